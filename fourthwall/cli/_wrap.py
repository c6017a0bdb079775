"""Breaking lines between words while the text is still coming."""

from __future__ import annotations

from rich.cells import cell_len

__all__ = ["Wrapper"]

_FENCE = "```"


class Wrapper:
    """Breaks a stream of text into lines that fit.

    Only white space becomes a line break, so words can be copied as they were.  Code between
    fences is left alone: there, a line break means something.  Holds back the word that is still
    being written, and the white space before it.

    Args:
        width: columns of a line, at least 1.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._column = 0
        self._space = ""
        self._word = ""
        self._line = ""
        self._is_code = False

    def feed(self, text: str) -> str:
        """Take a piece; return what can be written now."""
        return "".join(map(self._take, text))

    def finish(self) -> str:
        """Return what was held back."""
        return self._end_word() + self._drop_space()

    def _take(self, character: str) -> str:
        if character == "\n":
            return self._end_line()
        if len(self._line) < len(_FENCE):
            self._line += character
        if character.isspace():
            out = self._end_word()
            self._space += character
            return out
        if cell_len(character) > 1:  # Chinese and its like may break anywhere
            out = self._end_word()
            self._word = character
            return out + self._end_word()
        self._word += character
        return ""

    def _end_word(self) -> str:
        """Write the word, on a new line if it doesn't fit on this one."""
        if not self._word:
            return ""
        cells, gap = cell_len(self._word), cell_len(self._space)
        breaks = self._column and not self._is_code and self._column + gap + cells > self._width
        out = ("\n" if breaks else self._space) + self._word
        self._column = cells if breaks else self._column + gap + cells
        self._space = self._word = ""
        return out

    def _end_line(self) -> str:
        out = self._end_word() + self._drop_space() + "\n"
        if self._line == _FENCE:
            self._is_code = not self._is_code
        self._column, self._line = 0, ""
        return out

    def _drop_space(self) -> str:
        """Leave out white space that would only run over the edge."""
        space, self._space = self._space, ""
        return space if self._column + cell_len(space) <= self._width else ""
