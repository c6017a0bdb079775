"""A stage of one's own: masks e-mail addresses in an answer while it streams.

A stage turns one stream of events into another: `feed` takes an event and gives what can be passed
on now, `finish` gives whatever was still held back.  The law to keep: the result doesn't depend on
where the stream was cut.  An address may come in pieces ("ada@exam", "ple.org"), so the word that
is being written is held back until it is over.

`Options.stages` makes them for every answer of a `Conversation`: what they pass on is what the
caller is given and what the history keeps.  `fourthwall.stages.run` (or `arun`, in async code) puts
stages behind any other stream of events.

What ``python examples/custom_stage.py`` prints::

    Ada's address is (hidden); Grace left none. Write to (hidden)!
    10 words
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

import fourthwall as fw
from fourthwall.backends import ScriptedBackend
from fourthwall.stages import run

ADDRESS = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}", re.IGNORECASE)
ADDRESS_CHARACTERS = string.ascii_letters + string.digits + "._%+-@"


class MaskAddresses:
    """Puts ``(hidden)`` in the place of e-mail addresses in the answer.

    Holds back the end of the text that may be a part of an address, until another character or
    another kind of event comes.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, event: fw.Event) -> list[fw.Event]:
        """Pass the text on up to the last character that can't stand in an address."""
        if not isinstance(event, fw.ContentDelta):
            return [*self.finish(), event]
        text = self._held + event.text
        done = text.rstrip(ADDRESS_CHARACTERS)
        self._held = text[len(done) :]
        return self._masked(done)

    def finish(self) -> list[fw.Event]:
        """Pass on what was held back."""
        text, self._held = self._held, ""
        return self._masked(text)

    def _masked(self, text: str) -> list[fw.Event]:
        return [fw.ContentDelta(ADDRESS.sub("(hidden)", text))] if text else []


class CountWords:
    """Counts the words that pass; changes nothing and holds back nothing."""

    def __init__(self) -> None:
        self.words = 0
        self._in_word = False

    def feed(self, event: fw.Event) -> Iterable[fw.Event]:
        """Count the beginnings of words: one may come in several pieces."""
        for character in event.text if isinstance(event, fw.ContentDelta) else "":
            self.words += not (self._in_word or character.isspace())
            self._in_word = not character.isspace()
        return (event,)

    def finish(self) -> Iterable[fw.Event]:
        """Nothing is held back."""
        return ()


def main() -> None:
    pieces = ("Ada's address is ada@exam", "ple.org; Grace left no", "ne. Write to a.l@x.org!")
    script: list[fw.Event] = [*map(fw.ContentDelta, pieces), fw.Finished("stop")]
    registry = fw.Registry([fw.ModelCard(id="gpt-4o", provider="scripted")])
    chat = fw.Conversation(
        "gpt-4o",
        registry=registry,
        backends=[ScriptedBackend([script])],
        options=fw.Options(stages=lambda: [MaskAddresses()]),
    )
    counter = CountWords()
    for event in run([counter], chat.stream("Whom can I write to?")):
        if isinstance(event, fw.ContentDelta):
            print(event.text, end="", flush=True)
    print(f"\n{counter.words} words")
    assert "@" not in chat.history[-1]["content"]


if __name__ == "__main__":
    main()
