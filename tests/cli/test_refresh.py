from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from fourthwall.cli import _refresh, main

API = {
    "openai": {
        "id": "openai",
        "models": {
            "gpt-99": {
                "id": "gpt-99",
                "name": "GPT-99",
                "release_date": "2026-11-01",
                "cost": {"input": 1.5, "output": 6},
                "limit": {"context": 400000, "output": 128000},
            }
        },
    }
}


def refresh(url: str) -> int:
    return main(["models", "refresh", "--url", url])


def test_report_says_what_changed_and_where_it_is(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.body = json.dumps(API).encode()
    assert refresh(site.url) == 0
    out = capsys.readouterr().out
    assert "added" in out
    assert str(tmp_path / "data" / "catalogue.json") in out
    assert (tmp_path / "data" / "catalogue.json").exists()


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"<html>hello</html>", "isn't JSON"),
        (200, b"[1]", "error"),
        (200, b"[" * 100_000, "isn't JSON"),
        (503, b"{}", "HTTP 503"),
    ],
)
def test_something_else_changes_nothing(
    site: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: int,
    body: bytes,
    message: str,
) -> None:
    site.status, site.body = status, body
    assert refresh(site.url) == 1
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "data").exists()


def test_endless_answer_is_given_up(
    site: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_refresh, "_MOST_BYTES", 100)
    site.body = b" " * 1000
    assert refresh(site.url) == 1
    assert "too large" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["models.dev", "ftp://models.dev/api.json", "http://127.0.0.1:port/"]
)
def test_what_is_no_address_is_said(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refresh(url) == 1
    assert "is no address" in capsys.readouterr().err


def test_no_network_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        assert refresh(f"http://127.0.0.1:{taken.getsockname()[1]}/api.json") == 1
    err = capsys.readouterr().err
    assert "can't be reached" in err
    assert "Check the network" in err
