"""The public face: what it lists, and what it loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fourthwall
from fourthwall import chat, errors


def test_the_list_is_sorted_and_everything_in_it_is_there() -> None:
    assert fourthwall.__all__ == sorted(fourthwall.__all__)
    for name in fourthwall.__all__:
        assert getattr(fourthwall, name) is not None
        assert name in dir(fourthwall)


def test_every_error_is_listed() -> None:
    assert set(errors.__all__) <= set(fourthwall.__all__)


def test_every_event_is_listed() -> None:
    events = {cls.__name__ for cls in chat.Event.__args__}
    assert events <= set(fourthwall.__all__)


def test_every_name_has_its_place() -> None:
    assert sorted(fourthwall._HOME) == fourthwall.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fourthwall.nonsense


def test_importing_loads_neither_http_client_nor_retries_nor_a_command_line() -> None:
    heavy = ["httpx", "httpx2", "tenacity", "click", "rich", "prompt_toolkit", "asyncio"]
    use = "import sys, fourthwall; fourthwall.parse, fourthwall.plan, fourthwall.Registry"
    script = f"{use}; print([m for m in {heavy} if m in sys.modules])"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
