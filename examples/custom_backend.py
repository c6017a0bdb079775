"""A backend of one's own: an encyclopaedia that can be talked to like any other model.

A backend is an object with a `name` (the provider that it serves) and a method `stream`, which
gives the events of one answer; `astream` in its place, or beside it, does the same in async code.
It knows nothing of switching, announcements, prices or retries: those work with it all the same.
What goes wrong is raised as the `FourthwallError` that says what can be done: `UnsupportedError`
asks the model's `fallbacks` at once, a `TryAgainError` after some more attempts.

Here it is registered by object.  A distribution registers it for everybody who installs it by an
entry point named like the provider, in its pyproject.toml::

    [project.entry-points."fourthwall.backends"]
    encyclopaedia = "my_package:Encyclopaedia"

What ``python examples/custom_backend.py`` prints::

    > Switch to the encyclopaedia and tell me about Ada Lovelace
    Switched from GPT-4o to Pocket Encyclopaedia.
    (looks up: tell me about Ada Lovelace)
    Ada Lovelace published the first program, in 1843.
    13 tokens, 0.000021 USD
    > And what is bread?
    (looks up: And what is bread?)
    Bread is older than farming.
    9 tokens, 0.000014 USD
    > And 6 * 7?
    Pocket Encyclopaedia isn't available right now; GPT-4o answers this message.
    [offline demo of GPT-4o] Here is what a demo can say. 6 * 7 = 42
    47 tokens, 0.000275 USD
"""

from __future__ import annotations

from collections.abc import Iterator

import fourthwall as fw
from fourthwall.chat import content_text

ENTRIES = {
    "ada lovelace": "Ada Lovelace published the first program, in 1843.",
    "bread": "Bread is older than farming.",
}


class Encyclopaedia:
    """Answers from `ENTRIES`."""

    name = "encyclopaedia"

    def stream(
        self, card: fw.ModelCard, request: fw.ChatRequest, *, timeouts: fw.Timeouts
    ) -> Iterator[fw.Event]:
        """Look the last message up; give the entry word by word."""
        question = content_text(request.messages[-1])
        entry = next((e for name, e in ENTRIES.items() if name in question.casefold()), None)
        if entry is None:
            # Before the first event: once something has been shown, nobody else can answer.
            raise fw.UnsupportedError("there is no such entry", provider=self.name, model=card.id)
        words = entry.split(" ")
        yield fw.Started(card.id, self.name)
        yield fw.ReasoningDelta(f"looks up: {question}")
        for number, word in enumerate(words):
            yield fw.ContentDelta(f" {word}" if number else word)
        yield fw.UsageReported(
            fw.Usage(prompt_tokens=len(question.split()), completion_tokens=len(words))
        )
        yield fw.Finished("stop")


REGISTRY = fw.Registry(
    [
        fw.ModelCard(id="gpt-4o", provider="openai", name="GPT-4o", price_in=2.5, price_out=10.0),
        fw.ModelCard(
            id="pocket-encyclopaedia",
            provider=Encyclopaedia.name,
            name="Pocket Encyclopaedia",
            aliases=("encyclopaedia", "the encyclopaedia"),
            price_in=1.0,
            price_out=2.0,
            fallbacks=("gpt-4o",),
        ),
    ]
)


def main() -> None:
    # Give an OpenAIBackend in the place of the demo, or leave `default` out.
    backends = fw.Backends([Encyclopaedia()], default=fw.OfflineBackend())
    chat = fw.Conversation("gpt-4o", registry=REGISTRY, backends=backends)
    for text in (
        "Switch to the encyclopaedia and tell me about Ada Lovelace",
        "And what is bread?",
        "And 6 * 7?",
    ):
        print(f"> {text}")
        reply = chat.send(text)
        if reply.announcement:
            print(reply.announcement)
        if reply.reasoning:
            print(f"({reply.reasoning})")
        print(reply.text.splitlines()[0])
        if reply.usage is not None and reply.cost is not None:
            print(f"{reply.usage.total_tokens} tokens, {reply.cost:.6f} USD")


if __name__ == "__main__":
    main()
