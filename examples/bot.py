"""A chatbot that serves several people at once, and lets each of them choose who answers.

Every person has a conversation of their own.  It is loaded when a message comes and saved when it
is answered, so the bot may be stopped at any time; messages of one person are answered one after
the other, those of different people at the same time.  A switch is announced as data, so that
the bot's own front end can show it as it likes.

Put your messenger's library in the place of `INBOX` and `main`; leave out `registry` and
`backends`, and the packaged catalogue and whatever keys stand in the environment are used.

What ``python examples/bot.py`` prints::

    ada: Hello!
      [offline demo of GPT-4o] Hello! Sure! Here is the short version.
    bob: Ask Claude what 6 * 7 is
      (Claude Sonnet 5.5 instead of GPT-4o; 2.0 instead of 2.5 USD per million tokens)
      [offline demo of Claude Sonnet 5.5] Happy to think about this with you. 6 * 7 = 42
    ada: Switch to Claude and write a poem
      (Claude Sonnet 5.5 instead of GPT-4o; 2.0 instead of 2.5 USD per million tokens)
      [offline demo of Claude Sonnet 5.5] Happy to think about this with you.
    ada: Which model is this?
      You're talking to Claude Sonnet 5.5 (Anthropic).
    bob: Which model is this?
      You're talking to GPT-4o (OpenAI).
    After a restart ada is talking to claude-sonnet-5.5 and bob to gpt-4o.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import fourthwall as fw

REGISTRY = fw.Registry(
    [
        fw.ModelCard(
            id="gpt-4o",
            provider="openai",
            name="GPT-4o",
            family="gpt",
            family_default=True,
            price_in=2.5,
            price_out=10.0,
        ),
        fw.ModelCard(
            id="claude-sonnet-5.5",
            provider="anthropic",
            name="Claude Sonnet 5.5",
            family="claude",
            family_default=True,
            price_in=2.0,
            price_out=10.0,
        ),
    ]
)

INBOX = [
    ("ada", "Hello!"),
    ("bob", "Ask Claude what 6 * 7 is"),
    ("ada", "Switch to Claude and write a poem"),
    ("ada", "Which model is this?"),
    ("bob", "Which model is this?"),
]


class Bot:
    """One conversation a person, kept in a folder between the messages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._backends = fw.Backends(default=fw.OfflineBackend())
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def open(self, person: str) -> fw.AsyncConversation:
        """Return the person's conversation, where it was left."""
        file = self._file(person)
        if file.exists():
            return fw.AsyncConversation.load(file, registry=REGISTRY, backends=self._backends)
        return fw.AsyncConversation("gpt-4o", registry=REGISTRY, backends=self._backends)

    async def answer(self, person: str, text: str) -> list[str]:
        """Return what the person is shown, line by line."""
        async with self._turns[person]:
            chat = self.open(person)
            try:
                reply = await chat.send(text)
            except fw.FourthwallError as error:
                return [f"(no answer: {error.remedy})"]
            chat.save(self._file(person))
        shown = [] if reply.switch is None else [notice(reply.switch)]
        return [*shown, reply.text.splitlines()[0]]  # the first line will do here

    def _file(self, person: str) -> Path:
        # Who writes is decided outside: no name may lead out of the folder.
        return self._folder / f"{quote(person, safe='')}.json"


def notice(switch: fw.Switch) -> str:
    """Word a switch for this bot's people, from its data."""
    models = f"{REGISTRY[switch.to_model].label} instead of {REGISTRY[switch.from_model].label}"
    prices = f"{switch.impact.price_in_after} instead of {switch.impact.price_in_before}"
    return f"({models}; {prices} USD per million tokens)"


async def main() -> None:
    with TemporaryDirectory() as name:
        bot = Bot(Path(name))
        answers = await asyncio.gather(*(bot.answer(person, text) for person, text in INBOX))
        for (person, text), lines in zip(INBOX, answers, strict=True):
            print(f"{person}: {text}", *lines, sep="\n  ")
        again = Bot(Path(name))
        ada, bob = again.open("ada"), again.open("bob")
        print(f"After a restart ada is talking to {ada.model} and bob to {bob.model}.")


if __name__ == "__main__":
    asyncio.run(main())
