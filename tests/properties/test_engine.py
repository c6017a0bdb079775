"""Laws of the conversation that asks models."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import OfflineBackend
from fourthwall.engine import Conversation, Options
from fourthwall.errors import RequestError
from fourthwall.intent import Intent
from fourthwall.registry import ModelCard, Registry

REGISTRY = Registry([ModelCard(id=name, provider="p") for name in "abc"])
KINDS = {"go": "switch", "ask": "once", "again": "retry", "back": "revert", "reset": "reset"}


def parser(
    text: str,
    registry: Registry,
    *,
    active: ModelCard | None = None,
    previous: ModelCard | None = None,
) -> Intent:
    """Read "go b remainder" and the like; anything else is a question."""
    word, _, rest = text.partition(" ")
    if word not in KINDS:
        return Intent(kind="none", remainder=text)
    name, _, remainder = rest.partition(" ")
    return Intent(
        kind=KINDS[word],  # type: ignore[arg-type]  # one of the kinds
        target=REGISTRY.get(name),
        remainder=remainder,
    )


names = st.sampled_from("abc")
said = st.one_of(
    st.just("hello"),
    st.sampled_from(["back", "reset"]),
    st.builds(" ".join, st.tuples(st.sampled_from(["go", "ask", "again"]), names)),
    st.builds(" ".join, st.tuples(st.sampled_from(["go", "ask"]), names, st.just("count"))),
)
picked = names.map(lambda name: ("pick", name))


@given(st.lists(said | picked, max_size=6), st.booleans())
def test_asking_again_changes_the_answer_and_nothing_else(
    steps: list[str | tuple[str, str]], announce: bool
) -> None:
    """Law: a retry leaves the active model and what was said; the old answer's place is kept."""
    chat = Conversation(
        "a",
        registry=REGISTRY,
        backends=OfflineBackend(),
        announce=announce,
        options=Options(parser=parser),
    )
    for step in steps:
        if isinstance(step, tuple):
            chat.model = step[1]
        else:
            chat.send(step)
    before, active = chat.history, chat.model
    try:
        again = chat.retry()
    except RequestError:
        assert chat.history == before
        # Only where no model was asked anything is there nothing to ask again.
        assert all(message.get("fourthwall", {}).get("engine") for message in before[1::2])
    else:
        assert again.model is not None
        changed = [
            n for n, (old, new) in enumerate(zip(before, chat.history, strict=True)) if old != new
        ]
        assert all(chat.history[n].get("model") == again.model for n in changed)
        assert len(changed) <= 1
    assert chat.model == active
    assert [m["content"] for m in chat.history[::2]] == [m["content"] for m in before[::2]]
    restored = Conversation.from_json(
        chat.to_json(), registry=REGISTRY, backends=OfflineBackend(), options=Options(parser=parser)
    )
    assert restored.model == active
