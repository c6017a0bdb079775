"""Laws of the reasoning split: a stream gives what a plain reading of the whole text gives.

The plain reading has all the text before it and searches it from the left, with `str` methods and
patterns for headers; it holds nothing back and knows nothing of chunks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fourthwall.stages import FORMATS, ReasoningFormat, ReasoningSplitter

Piece = tuple[str, str]
BREAKS, SPACE = "\r\n", " \t\r\n"


def first_of(markers: Iterable[str], text: str, at: int) -> tuple[int, str] | None:
    """Return where the first of some markers is, and which it is."""
    found = [(text.find(marker, at), marker) for marker in markers]
    return min((place for place in found if place[0] >= 0), default=None)


def starting(markers: Iterable[str], text: str, at: int) -> str | None:
    return next((marker for marker in markers if text.startswith(marker, at)), None)


def skip(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


@dataclass
class Reading:
    """A text as a row of the table reads it."""

    row: ReasoningFormat
    text: str
    out: list[Piece] = field(default_factory=list)

    def read(self) -> list[Piece]:
        row, text = self.row, self.text
        begin = skip(text, 0, SPACE)
        if opening := starting(row.openings, text, begin):
            self.thought(begin + len(opening), in_answer=False)
        elif wrap := starting(dict(row.wrappers), text, begin):
            self.answer(begin + len(wrap), wrap, in_answer=False)
        elif row.starts_in_reasoning:
            ended = starting((*row.closings, *row.implicit_ends), text, begin)
            self.thought(begin if ended else 0, in_answer=False)
        elif place := first_of(row.openings, text, 0):
            self.out.append(("content", text[: place[0]]))
            self.thought(place[0] + len(place[1]), in_answer=True)
        else:
            self.out.append(("content", text))
        return self.out

    def thought(self, at: int, *, in_answer: bool) -> None:
        row, text = self.row, self.text
        calls = dict(row.inner_calls)
        at = skip(text, at, BREAKS)
        while place := first_of((*row.closings, *row.implicit_ends, *calls), text, at):
            end, marker = place
            self.out.append(("reasoning", text[at:end].rstrip(BREAKS)))
            if marker in row.closings:
                self.closed(end + len(marker), in_answer=in_answer)
                return
            if marker in dict(row.wrappers):
                self.answer(end + len(marker), marker, in_answer=in_answer)
                return
            returned = text.find(calls.get(marker, "no call"), end)
            if returned == -1:
                self.out.append(("content", text[end:]))
                return
            at = returned + len(calls[marker])
            self.out.append(("content", text[end:at]))
        self.out.append(("reasoning", text[at:]))

    def closed(self, at: int, *, in_answer: bool) -> None:
        row, text = self.row, self.text
        begin = skip(text, at, SPACE)
        if in_answer:
            self.out.append(("content", text[at:begin]))
        if opening := starting(row.openings, text, begin):
            self.thought(begin + len(opening), in_answer=in_answer)
        elif wrap := starting(dict(row.wrappers), text, begin):
            self.answer(begin + len(wrap), wrap, in_answer=in_answer)
        elif text[begin:].rstrip(SPACE) not in row.ends:
            rest = text[begin:] if in_answer else text[skip(text, at, BREAKS) :]
            self.out.append(("content", rest))

    def answer(self, at: int, wrap: str, *, in_answer: bool) -> None:
        closing, body = dict(self.row.wrappers)[wrap], self.text[at:].lstrip(BREAKS)
        if not self.row.repeats:
            whole = body.rstrip(SPACE)
            if whole.endswith(closing):
                body = whole.removesuffix(closing).rstrip(BREAKS)
            self.out.append(("content", body))
            return
        inside, found, _ = body.partition(closing)
        self.out.append(("content", inside.rstrip(BREAKS) if found else inside))
        if found:
            self.closed(len(self.text) - len(body) + len(inside + closing), in_answer=in_answer)


WORDS = r"[\w .=:/-]{0,80}"
TYPED = rf"(?:<\|constrain\|>{WORDS})?<\|message\|>"
CHANNEL = rf"<\|channel\|>{WORDS}{TYPED}"
STARTED = rf"<\|start\|>assistant{WORDS}(?:{CHANNEL}|{TYPED})"
HEADER = re.compile(f"{STARTED}|{CHANNEL}")
IN_HEADER = re.compile(f"to={WORDS}(?:{CHANNEL}|{TYPED})")
AGAIN = re.compile(rf"{STARTED}|(?!<\|channel\|> ?analysis){CHANNEL}")


@dataclass
class Messages:
    """A text as a format of messages reads it."""

    ends: Sequence[str]
    kind: Callable[[str], str]
    text: str
    out: list[Piece] = field(default_factory=list)

    def read(self) -> list[Piece]:
        begin = skip(self.text, 0, SPACE)
        first = IN_HEADER.match(self.text, begin) or HEADER.match(self.text, begin)
        found = first or HEADER.search(self.text)
        if not first:
            self.out.append(("content", self.text[: found.start() if found else None]))
        if found:
            self.body(found)
        return self.out

    def between(self, at: int) -> None:
        found = HEADER.match(self.text, skip(self.text, at, SPACE))
        if found:
            self.body(found)
        else:
            self.out.append(("content", self.text[at:].lstrip(BREAKS)))

    def body(self, header: re.Match[str]) -> None:
        kind, at = self.kind(header[0]), header.end()
        if kind == "call":
            end = self.text.find("<|start|>assistant", at)
            self.out.append(("content", self.text[header.start() : None if end < 0 else end]))
            if end >= 0:
                self.between(end)
            return
        part = "reasoning" if kind == "reasoning" else "content"
        ends = "|".join(map(re.escape, self.ends))
        over = (
            f"({ends})"
            if kind == "reasoning"
            else rf"({ends})[ \t\r\n]*(?=<\|start\|>|<\|channel\|>)"
        )
        again = {"reasoning": AGAIN.pattern, "preamble": STARTED}.get(kind, "(?!)")
        at = skip(self.text, at, BREAKS)
        found = re.compile(f"{over}|{again}").search(self.text, at)
        if not found:
            self.last(part, self.text[at:])
            return
        self.out.append((part, self.text[at : found.start()].rstrip(BREAKS)))
        if found[1]:
            self.between(found.end())
        else:
            self.body(found)

    def last(self, part: str, body: str) -> None:
        whole = body.rstrip(SPACE)
        for end in self.ends:
            if part == "content" and whole.endswith(end):
                body = whole.removesuffix(end).rstrip(BREAKS)
                break
        self.out.append((part, body))


def recipient(header: str) -> str:
    named = re.search(r"to=([^\s<]+)", header)
    return named[1] if named else ""


def harmony(header: str) -> str:
    channel = header.partition("<|channel|>")[2].removeprefix(" ")
    is_thought = re.split(r"\W", channel)[0] == "analysis"
    to = recipient(header)
    if to and (not is_thought or to.startswith("functions.")):
        return "call"
    if is_thought:
        return "reasoning"
    return "preamble" if re.split(r"\W", channel)[0] == "commentary" else "answer"


def muse(header: str) -> str:
    kinds = {"": "answer", "self": "reasoning", "commentary": "preamble", "user": "answer"}
    return kinds.get(recipient(header), "call")


ENDS = {"harmony": ("<|end|>", "<|return|>", "<|call|>"), "muse": ("<|eom|>", "<|eot|>")}


def guessed(text: str) -> list[Piece]:
    begin = skip(text, 0, SPACE)
    for row in FORMATS.values():
        if row.guessable and starting(row.openings, text, begin):
            return Reading(row, text).read()
    if HEADER.match(text, begin):
        return Messages(ENDS["harmony"], harmony, text).read()
    return [("content", text)]


def read(name: str, text: str) -> list[Piece]:
    """Return the parts of a text as a plain reading gives them."""
    if name == "auto":
        return guessed(text)
    if name in ENDS:
        kinds = {"harmony": harmony, "muse": muse}
        return Messages(ENDS[name], kinds[name], text).read()
    return Reading(FORMATS[name], text).read()


def merged(pieces: Iterable[Piece]) -> list[Piece]:
    whole = [(kind, text) for kind, text in pieces if text]
    return [(kind, "".join(t for _, t in group)) for kind, group in groupby(whole, lambda p: p[0])]


def split(name: str, *chunks: str) -> list[Piece]:
    splitter = ReasoningSplitter(name)
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)] + splitter.finish()
    assert all(text for _, text in pieces)
    return merged(pieces)


IN_MESSAGES = (
    *("<|start|>assistant", "<|channel|>", "<|message|>", "<|constrain|>json", "<|start|>user"),
    *("analysis", "commentary", "final", " to=functions.f", " to=self", "to=user", " to=python"),
    *("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    "<|channel|>commentary to=functions.f <|constrain|>json<|message|>",
    *("<|start|>assistant to=user<|message|>", " to=self<|message|>"),
)
NAMES = (*FORMATS, *ENDS, "auto")


def markers(name: str) -> list[str]:
    """All markers that a format knows."""
    if name == "auto":
        return [
            marker
            for other in ("think", "cohere", "apertus", "harmony")
            for marker in markers(other)
        ]
    if name in ENDS:
        return [*ENDS[name], *IN_MESSAGES]
    row = FORMATS[name]
    pairs = [marker for pair in (*row.wrappers, *row.inner_calls) for marker in pair]
    return [*row.openings, *row.closings, *row.implicit_ends, *pairs, *row.ends] or ["<think>"]


AROUND = ("\n", "\r\n", " ", "\t", "  \n ", "a", "Hi", "<", "<think>", "🙂", "\ud83d", "\u200d", "")


@st.composite
def replies(draw: st.DrawFn) -> tuple[str, str]:
    """A format and a text made of its markers, pieces of them and what may stand around."""
    name = draw(st.sampled_from(NAMES))
    marker = st.sampled_from(markers(name))
    cut = st.builds(lambda whole, end: whole[: end % len(whole)], marker, st.integers(0, 40))
    parts = st.one_of(marker, marker, cut, st.sampled_from(AROUND))
    return name, "".join(draw(st.lists(parts, max_size=12)))


@settings(max_examples=1000)
@given(replies(), st.lists(st.integers(0, 1000), max_size=6))
@example(("harmony", "<|channel|>final<|message|>Say <|end|>.<|end|>"), [])
@example(("hunyuan-a13b", "<answer>\n<b></answer></b>\n</answer>\n"), [])
def test_any_chunking_gives_what_a_plain_reading_gives(
    reply: tuple[str, str], cuts: list[int]
) -> None:
    """Law: the stream's parts are those of the whole text, wherever it was cut."""
    name, text = reply
    expected = merged(read(name, text))
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    assert split(name, text) == expected
    assert split(name, *text) == expected
    assert split(name, *(text[a:b] for a, b in pairwise(places))) == expected


@settings(max_examples=200)
@given(replies())
def test_no_cut_is_special(reply: tuple[str, str]) -> None:
    """Law: two chunks give the same, for each place between two characters."""
    name, text = reply
    expected = merged(read(name, text))
    for cut in range(len(text) + 1):
        assert split(name, text[:cut], "", text[cut:]) == expected


@settings(max_examples=300)
@given(replies())
def test_only_markers_and_the_white_space_next_to_them_are_dropped(reply: tuple[str, str]) -> None:
    """Law: what comes out, with markers and white space beside them, is what went in."""
    name, text = reply
    out = "".join(piece for _, piece in split(name, text))
    known = [*filter(None, markers(name))]
    header = re.compile(f"{HEADER.pattern}|{IN_HEADER.pattern}")
    # In the text, in what came out, and whether white space may or must go: it may where the
    # reply starts in reasoning, after a marker that the prompt held.
    places = {(0, 0, "after"), (0, 0, "text")}
    seen = set()
    while places:
        place = places.pop()
        seen.add(place)
        at, done, beside = place
        new = {(at, done, "before" if beside == "text" else "text")} - {(at, done, beside)}
        if beside == "before":
            new.discard((at, done, "text"))
        if beside != "before" and out[done : done + 1] == text[at : at + 1] != "":
            new.add((at + 1, done + 1, "text"))
        if beside != "text" and text[at : at + 1] in ("\n", "\r", " ", "\t"):
            new.add((at + 1, done, beside))
        ends = [at + len(marker) for marker in known if text.startswith(marker, at)]
        if found := header.match(text, at):
            ends.append(found.end())
        new |= {(end, done, "after") for end in ends}
        # A marker that ends the thought and stays in the answer.
        new |= {
            (end, done + end - at, "text") for end in ends if out.startswith(text[at:end], done)
        }
        places |= new - seen
    assert {(len(text), len(out), beside) for beside in ("text", "after")} & seen


@settings(max_examples=300)
@given(replies())
def test_only_the_beginning_of_a_marker_is_held_back(reply: tuple[str, str]) -> None:
    """Law: what finish gives is white space, then at most the beginning of a marker."""
    name, text = reply
    splitter = ReasoningSplitter(name)
    splitter.feed(text)
    for _, held in splitter.finish():
        rest = held.lstrip(SPACE)
        if name in FORMATS:
            assert not rest or any(m.startswith(rest) and m != rest for m in markers(name))
        else:
            assert not rest or rest.startswith(("<", "[", "◁", "H", "t"))


@given(st.text(st.characters()), st.lists(st.integers(0, 1000), max_size=4))
def test_text_without_markers_is_content_as_it_is(text: str, cuts: list[int]) -> None:
    """Law: ``none`` changes nothing at all, and ``auto`` nothing in text that opens no thought."""
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    chunks = [text[a:b] for a, b in pairwise(places)]
    assert split("none", *chunks) == merged([("content", text)])
    assert split("auto", "x", *chunks) == [("content", "x" + text)]


@settings(max_examples=300)
@given(replies(), st.integers(0, 1000))
def test_what_came_out_is_never_taken_back(reply: tuple[str, str], cut: int) -> None:
    """Law: what a part of the text gives at once is the beginning of what all of it gives."""
    name, text = reply
    splitter = ReasoningSplitter(name)
    early = merged(splitter.feed(text[: cut % (len(text) + 1)]))
    whole = split(name, text)
    assert [kind for kind, _ in early] == [kind for kind, _ in whole[: len(early)]]
    assert early[:-1] == whole[: len(early) - 1] or not early
    assert not early or whole[len(early) - 1][1].startswith(early[-1][1])
