"""The line on which a person writes: history, completion, pasting of many lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style

__all__ = ["LineEditor", "Starts"]

_STYLE = Style.from_dict(
    {"you": "bold ansigreen", "bottom-toolbar": "noreverse ansibrightblack", "more": "ansigreen"}
)


class Starts(Completer):
    """Completes a line that begins with a slash.

    Args:
        lines: whole lines, to be offered where they begin with what is written.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Give the lines that begin like this one."""
        written = document.text_before_cursor
        if written.startswith("/"):
            for line in self._lines:
                if line.startswith(written) and line != written:
                    yield Completion(line, start_position=-len(written))


class LineEditor:
    """Asks for a line.  What was written before is kept in memory only.

    Args:
        completions: lines to offer, each beginning with a slash.
    """

    def __init__(self, completions: Sequence[str]) -> None:
        self._session: PromptSession[str] = PromptSession(
            completer=Starts(completions),
            key_bindings=_keys(),
            style=_STYLE,
            prompt_continuation=FormattedText([("class:more", "  … ")]),
        )

    def read(self, status: str) -> str:
        """Return a line, or several that were pasted or joined with Alt-Enter.

        Raises:
            EOFError: Ctrl-D on an empty line.
            KeyboardInterrupt: Ctrl-C.
        """
        prompt = FormattedText([("class:you", "you › ")])
        return self._session.prompt(prompt, bottom_toolbar=status).strip()


def _keys() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings
