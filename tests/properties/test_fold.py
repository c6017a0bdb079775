"""Laws of the fold: what holds for every dialogue."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fourthwall.conversation import Announcer, Plan, plan
from fourthwall.conversation._phrases import languages
from fourthwall.intent import Intent
from fourthwall.registry import ModelCard, Registry

IDS = ("a", "b", "c")
REGISTRY = Registry(
    [
        *(ModelCard(id=i, provider="p", name=f"Model {i.upper()}") for i in IDS),
        ModelCard(id="old", provider="p", retires="2020-01-01", replaced_by="b"),
    ],
    as_of="2026-11-22",
)
ANNOUNCER = Announcer(REGISTRY)
IMAGE = {"type": "image_url", "image_url": {"url": "data:,"}}

targets = st.sampled_from([REGISTRY[i] for i in IDS])
remainders = st.sampled_from(["", "write a poem", "2+2?"])
spoken = st.sampled_from([None, "tlh", *languages()])
intents = st.one_of(
    st.builds(Intent, kind=st.just("none")),
    st.builds(
        Intent,
        kind=st.sampled_from(["switch", "once", "retry"]),
        target=targets,
        remainder=remainders,
        language=spoken,
    ),
    st.builds(
        Intent, kind=st.sampled_from(["revert", "reset"]), remainder=remainders, language=spoken
    ),
    st.builds(Intent, kind=st.sampled_from(["which", "list"]), language=spoken),
    st.builds(
        Intent,
        kind=st.sampled_from(["ambiguous", "unknown_model"]),
        candidates=st.lists(targets, max_size=3, unique_by=lambda card: card.id).map(tuple),
        remainder=remainders,
        wish=st.sampled_from(["switch", "once", "retry", "none"]),
        language=spoken,
    ),
)
INTENTS: dict[str, Intent] = {}


def parser(text: str, registry: Registry, **_: Any) -> Intent:
    """Know the intents by their repr: whatever else was typed is an ordinary message."""
    intent = INTENTS.get(text, Intent(kind="none", remainder=text))
    return Intent(kind="none", remainder=text) if intent.kind == "none" else intent


@st.composite
def utterances(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        intent = draw(intents)
        text = repr(intent)
        INTENTS[text] = intent
    else:
        said = ["hello", "the first", "a", "never mind", "yes", "Model B", "la segunda", "取消"]
        text = draw(st.sampled_from(said))
    return draw(st.sampled_from([text, text, [{"type": "text", "text": text}, IMAGE]]))


answers = st.sampled_from(
    [
        *("Sure.", "", "Switched from Model A to Model B.\n\nnot really", "Model C answers"),
        "Model AからModel Bに切り替えました。\n\nno",
    ]
)
turns = st.tuples(utterances(), answers, st.booleans())
dialogues = st.lists(turns, min_size=1, max_size=9)


def planned(messages: list[dict[str, Any]], **options: Any) -> Plan:
    options = {"model": "a", "parser": parser, **options}
    return plan(messages=messages, registry=REGISTRY, **options)


def stored(made: Plan, answer: str) -> str:
    """Return what a plain client stores of an answer."""
    if made.reply is not None:
        return made.reply
    return ANNOUNCER.apply(made.announcement, answer) if made.announcement else answer


def play(dialogue: list[tuple[Any, str, bool]], **options: Any) -> list[tuple[Plan, list[Any]]]:
    """Return each request's plan and history; a turn may call a tool before it answers."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    requests = []
    for content, answer, calls_tool in dialogue:
        messages = [*messages, {"role": "user", "content": content}]
        made = planned(messages, **options)
        requests.append((made, messages))
        text = stored(made, answer)
        if calls_tool and made.answered_by is not None:
            call = {"role": "assistant", "content": text or None, "tool_calls": [{"id": "c"}]}
            result = {"role": "tool", "tool_call_id": "c", "content": "4"}
            messages = [*messages, call, result]
            requests.append((planned(messages, **options), messages))
            text = answer
        messages = [*messages, {"role": "assistant", "content": text}]
    return requests


@given(dialogues, st.booleans(), st.sampled_from(["a", "old"]))
def test_a_request_is_a_prefix_of_the_next_as_long_as_the_model_stays(
    dialogue: list[tuple[Any, str, bool]], announce: bool, model: str
) -> None:
    """Law: append-only.

    A retry goes back to the question, so what it is sent is a beginning of what was sent before.
    Its tool loop belongs to that retry alone.
    """
    requests = [
        (made, messages)
        for made, messages in play(dialogue, announce=announce, model=model)
        if made.answered_by is not None
    ]
    loops = [messages[-1]["role"] == "tool" for _, messages in requests]
    retries = [made.intent.kind == "retry" for made, _ in requests]
    for number in range(1, len(requests)):
        before, after = requests[number - 1][0], requests[number][0]
        if before.answered_by is not after.answered_by:
            continue
        if loops[number - 1] and retries[number - 2]:
            continue
        shared = len(before.messages)
        if retries[number] and not loops[number]:
            shared = min(shared, len(after.messages))
        assert after.messages[:shared] == before.messages[:shared]


@given(dialogues, st.booleans())
def test_folding_again_gives_the_same(
    dialogue: list[tuple[Any, str, bool]], announce: bool
) -> None:
    """Law: a plan is a function of the history, however often it is made."""
    for made, messages in play(dialogue, announce=announce):
        assert planned(messages, announce=announce) == made
        assert planned(copy.deepcopy(messages), announce=announce) == made


@given(dialogues, st.sampled_from(["a", "old"]))
def test_a_models_requests_stay_beginnings_of_each_other_with_its_identity_in_front(
    dialogue: list[tuple[Any, str, bool]], model: str
) -> None:
    """Law: the line is the same for the whole conversation, whoever answered in between."""
    lines: dict[str, set[tuple[Any, ...]]] = {}
    plain = [(content, "Sure.", calls_tool) for content, _, calls_tool in dialogue]
    for made, _ in play(plain, model=model, identity=True):
        if made.answered_by is not None:
            told = tuple(m["content"] for m in made.messages if m["role"] == "system")
            lines.setdefault(made.answered_by.id, set()).add(told)
            assert made.messages[: len(told)] == [
                {"role": "system", "content": text} for text in told
            ]
    assert all(len(told) == 1 for told in lines.values())
    first = "b" if model == "old" else "a"
    for name, ((*_, last),) in lines.items():
        assert (last == "Be brief.") == (name == first)


@given(dialogues)
def test_identity_changes_nothing_else(dialogue: list[tuple[Any, str, bool]]) -> None:
    """Law: with the line taken out, a model is sent what it is sent without it."""
    plain = [made.messages for made, _ in play(dialogue)]
    told = [made.attributed for made, _ in play(dialogue, identity=True)]
    assert plain == [
        [
            {key: value for key, value in message.items() if key != "model"}
            for message in messages
            if message["role"] != "system" or "model" not in message
        ]
        for messages in told
    ]


@given(dialogues)
def test_no_message_is_changed(dialogue: list[tuple[Any, str, bool]]) -> None:
    """Law: the history that was given is the history that comes out."""
    for _, messages in play(dialogue):
        before = copy.deepcopy(messages)
        planned(messages)
        assert messages == before


@given(dialogues)
def test_announcing_or_not_changes_nothing_else(dialogue: list[tuple[Any, str, bool]]) -> None:
    """Law: what a model is sent, and which, doesn't depend on how switches are told."""
    # A model that begins with the very sentence is the one case that can't be told apart.
    plain = [(content, "Sure.", calls_tool) for content, _, calls_tool in dialogue]
    loud = [(made.answered_by, made.active, made.messages) for made, _ in play(plain)]
    silent = play(plain, announce=False)
    assert [(made.answered_by, made.active, made.messages) for made, _ in silent] == loud


@given(dialogues, st.sampled_from(languages()))
def test_the_language_that_is_spoken_changes_nothing_else(
    dialogue: list[tuple[Any, str, bool]], language: str
) -> None:
    """Law: commands in different languages fold as commands in one; so does a language set."""
    plain = [(content, "Sure.", calls_tool) for content, _, calls_tool in dialogue]
    mixed = play(plain)
    single = play(plain, language=language)
    for (made, _), (alone, _) in zip(mixed, single, strict=True):
        assert (made.answered_by, made.active, made.previous) == (
            alone.answered_by,
            alone.active,
            alone.previous,
        )
        assert (made.messages, made.switch) == (alone.messages, alone.switch)
        assert alone.language == language


@given(dialogues)
def test_a_turn_speaks_the_language_of_its_command(
    dialogue: list[tuple[Any, str, bool]],
) -> None:
    """Law: what is said about a command is said in its language, where there are words in it."""
    for made, messages in play(dialogue):
        spoken_in = made.intent.language
        if messages[-1]["role"] == "user" and made.intent.kind != "none":
            assert made.language == (spoken_in if spoken_in in languages() else "en")
        if made.announcement is not None and made.switch is not None:
            assert made.announcement == ANNOUNCER.speaking(made.language).text(made.switch)


@given(dialogues)
def test_a_model_is_sent_no_command_and_no_word_of_the_engine(
    dialogue: list[tuple[Any, str, bool]],
) -> None:
    """Law: neither commands nor the engine's own answers reach a model.

    A question about models isn't one where there is a picture that it can be about.
    """
    requests = play(dialogue)
    replies = {made.reply for made, _ in requests if made.reply is not None}
    for made, _ in requests:
        for message in made.messages:
            content = message["content"]
            has_picture = isinstance(content, list) and IMAGE in content
            text = content[0].get("text", "") if isinstance(content, list) else content
            assert text not in replies
            kind = INTENTS[text].kind if text in INTENTS else "none"
            assert kind == "none" or (has_picture and kind in ("which", "list"))


@given(dialogues)
def test_somebody_answers_and_the_question_comes_last(
    dialogue: list[tuple[Any, str, bool]],
) -> None:
    """Law: either a model answers and is asked something, or the engine says something."""
    for made, messages in play(dialogue):
        assert (made.answered_by is None) == (made.reply is not None)
        if made.answered_by is None:
            assert made.messages == []
        elif messages[-1]["role"] == "user":
            assert made.messages[-1]["role"] == "user"
            assert made.messages[-1]["content"]


@given(dialogues)
def test_a_failed_switch_changes_nothing(dialogue: list[tuple[Any, str, bool]]) -> None:
    """Law: without a change that is told, the active model is the one before."""
    active = "a"
    for made, messages in play(dialogue):
        if messages[-1]["role"] == "user" and made.switch is None:
            assert made.active.id == active
        active = made.active.id


SMALL = Registry(
    [
        ModelCard(id="a", provider="p", name="Model A", context=4_000),
        ModelCard(id="b", provider="p", name="Model B", context=600, max_output=100),
        ModelCard(id="c", provider="p", name="Model C"),
    ]
)
SMALL_CARDS = {"a": SMALL["a"], "b": SMALL["b"], "c": SMALL["c"]}


def small_parser(text: str, registry: Registry, **_: Any) -> Intent:
    """Read "/a remainder" as a switch to that model."""
    if text[:1] != "/":
        return Intent(kind="none", remainder=text)
    return Intent(kind="switch", target=SMALL_CARDS[text[1]], remainder=text[3:])


small_turns = st.tuples(
    st.sampled_from(["hello", "/b", "/b go on", "/a", "/a go on", "/c hi", "trim", "1", "2"]),
    st.integers(0, 900),
    st.booleans(),
)


@given(
    st.lists(small_turns, min_size=1, max_size=14),
    st.sampled_from(["ask", "trim"]),
    st.booleans(),
)
def test_what_is_left_out_is_left_out_for_good(
    dialogue: list[tuple[str, int, bool]], overflow: str, announce: bool
) -> None:
    """Law: a model's requests are beginnings of each other, but where its window was full.

    Where older messages went, a note says so.  The same history gives the same request, and no
    exchange is torn apart.
    """
    about: dict[str, Any] = {"parser": small_parser, "overflow": overflow, "announce": announce}
    announcer = Announcer(SMALL)
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    before: dict[str, list[Any]] = {}
    for said, length, calls_tool in dialogue:
        messages = [*messages, {"role": "user", "content": said}]
        made = plan(model="a", messages=messages, registry=SMALL, **about)
        assert plan(model="a", messages=copy.deepcopy(messages), registry=SMALL, **about) == made
        if made.answered_by is None:
            assert made.offers == () or made.impact is not None
            messages = [*messages, {"role": "assistant", "content": made.reply}]
            continue
        asked, model = made.messages, made.answered_by.id
        earlier = before.get(model, [])
        if asked[: len(earlier)] != earlier:
            assert any(message["role"] == "system" for message in asked[1:])
        assert asked[-1]["role"] == "user"
        assert all(
            asked[n - 1].get("tool_calls") for n, m in enumerate(asked) if m["role"] == "tool"
        )
        before[model] = asked
        text = "x" * length
        if calls_tool:
            call = {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}
            messages = [*messages, call, {"role": "tool", "tool_call_id": "c", "content": "4"}]
        if made.announcement and not calls_tool:
            text = announcer.apply(made.announcement, text)
        messages = [*messages, {"role": "assistant", "content": text}]


@given(st.sampled_from(IDS), st.sampled_from(IDS), remainders, st.integers(0, 3))
def test_the_pickers_later_word_wins(
    target: str, picked: str, remainder: str, earlier: int
) -> None:
    """Law: an announced switch is void once the picker stands elsewhere than it began."""
    intent = Intent(kind="switch", target=REGISTRY[target], remainder=remainder)
    INTENTS[repr(intent)] = intent
    talk: list[tuple[Any, str, bool]] = [("hello", "Sure.", False)] * earlier
    made, messages = play([*talk, (repr(intent), "Sure.", False)])[-1]
    answer = {"role": "assistant", "content": stored(made, "Sure.")}
    later = planned([*messages, answer, {"role": "user", "content": "x"}], model=picked)
    believed = picked == "a" or made.switch is None
    assert later.active.id == (target if believed else picked)


@settings(max_examples=200)
@given(st.text(), st.text())
def test_no_text_at_all_raises(first: str, second: str) -> None:
    """Law: whatever was typed, there is a plan."""
    messages = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": second},
        {"role": "user", "content": second},
    ]
    made = plan(model="a", messages=messages, registry=REGISTRY)
    assert made.active.id in REGISTRY
