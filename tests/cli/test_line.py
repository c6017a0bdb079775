from __future__ import annotations

from collections.abc import Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from fourthwall.cli._line import LineEditor, Starts


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


def test_line_is_returned(keys: PipeInput) -> None:
    keys.send_text("  hello \r")
    assert LineEditor([]).read("status") == "hello"


def test_paste_of_several_lines_is_one_message(keys: PipeInput) -> None:
    keys.send_text("\x1b[200~first\nsecond\x1b[201~\r")
    assert LineEditor([]).read("") == "first\nsecond"


def test_alt_enter_begins_a_new_line(keys: PipeInput) -> None:
    keys.send_text("first\x1b\rsecond\r")
    assert LineEditor([]).read("") == "first\nsecond"


def test_ctrl_d_ends_and_ctrl_c_interrupts(keys: PipeInput) -> None:
    keys.send_text("\x04")
    with pytest.raises(EOFError):
        LineEditor([]).read("")
    keys.send_text("\x03")
    with pytest.raises(KeyboardInterrupt):
        LineEditor([]).read("")


@pytest.mark.parametrize(
    ("written", "offered"),
    [("/m", ["/model", "/model gpt-5"]), ("/model", ["/model gpt-5"]), ("hello /m", []), ("", [])],
)
def test_slash_words_are_completed(written: str, offered: list[str]) -> None:
    starts = Starts(["/help", "/model", "/model gpt-5"])
    found = starts.get_completions(Document(written), CompleteEvent())
    assert [completion.text for completion in found] == offered
