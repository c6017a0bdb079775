"""Laws of the announcement: taking it out is the exact inverse of putting it in."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fourthwall.chat import Switch, SwitchImpact
from fourthwall.conversation._announcement import PHRASES, Announced, Announcer
from fourthwall.errors import ConfigurationError
from fourthwall.registry import ModelCard, Registry

KINDS = ("switch", "revert", "reset", "once", "retry", "failover")

# Names made of what sentences are made of, so that they collide with them where they can.
SENTENCE_BITS = ("Switched from ", " answers this message, then ", " is back", "Note: ", " to ")
WORDS = st.sampled_from(
    ["GPT", "o1", "4.5", "A", "B", " ", ".", "; ", "%20", "%", "\n", "é", "🙂", "_", *SENTENCE_BITS]
)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map("".join).filter(str.strip)

TEMPLATES: tuple[Mapping[str, str] | None, ...] = (
    None,
    {"switch": "*{from_model} → {to_model}*"},
    {"switch": "Now {to_model} instead of {from_model}", "retired": "{to_model} for {asked_for}:"},
    {"once": "> {{just once}} {to_model} ({from_model})", "details": "[{facts}]"},
    {"revert": "{from_model} {to_model}!", "price_in": "{after}/{before}"},
)


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    ids = draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=str.casefold))
    names = draw(st.lists(st.one_of(st.none(), NAMES), min_size=len(ids), max_size=len(ids)))
    return Registry(
        [ModelCard(id=i, provider="p", name=n) for i, n in zip(ids, names, strict=True)],
        as_of="2026-11-22",
    )


prices = st.one_of(st.none(), st.floats(0, 1e6), st.just(1e300))
windows = st.one_of(st.none(), st.integers(0, 10**8))
impacts = st.builds(
    SwitchImpact,
    price_in_before=prices,
    price_in_after=prices,
    price_out_before=prices,
    price_out_after=prices,
    context_before=windows,
    context_after=windows,
    images_hidden=st.integers(0, 10**6),
    cache_lost_tokens=st.integers(0, 10**9),
)
answers = st.one_of(
    st.text(st.characters()),  # with lone surrogates
    st.lists(
        st.sampled_from(
            ["\n", "\r\n", " ", "\t", "word", "Switched from o1 to GPT.", "\n\n", "\u2028", "🙂"]
        )
    ).map("".join),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Announcer, Switch]:
    registry = draw(registries())
    model = st.sampled_from(list(registry))
    announcer = Announcer(
        registry,
        language=draw(st.sampled_from(sorted(PHRASES))),
        templates=draw(st.sampled_from(TEMPLATES)),
        details=draw(st.sampled_from(["none", "short", "full"])),
    )
    switch = Switch(
        kind=draw(st.sampled_from(KINDS)),
        from_model=draw(model),
        to_model=draw(model),
        asked_for=draw(st.one_of(st.none(), model)),
        impact=draw(impacts),
    )
    return announcer, switch


@settings(max_examples=400)
@given(cases(), answers)
def test_stripping_is_the_exact_inverse_of_applying(
    case: tuple[Announcer, Switch], answer: str
) -> None:
    """Law: whatever the names, the template and the answer, both come out as they went in."""
    announcer, switch = case
    told, rest = announcer.strip(announcer.apply(announcer.text(switch), answer))
    assert told is not None
    assert (told.from_model, told.to_model) == (switch.from_model, switch.to_model)
    assert rest == answer


@given(
    st.sampled_from(KINDS),
    st.permutations(["gpt-4o", "claude-sonnet-4.5", "o1"]),
    impacts,
    answers,
)
def test_the_kind_is_read_from_the_packaged_phrases(
    kind: str, models: list[str], impact: SwitchImpact, answer: str
) -> None:
    """Law: the packaged phrases word every kind differently."""
    registry = Registry([ModelCard(id=i, provider="p") for i in models], as_of="2026-11-22")
    left, taken, retired = models
    announcer = Announcer(registry, details="full")
    for asked_for in (None, retired):
        switch = Switch(
            kind=kind, from_model=left, to_model=taken, asked_for=asked_for, impact=impact
        )
        text = announcer.apply(announcer.text(switch), answer)
        assert announcer.strip(text) == (Announced(kind, left, taken), answer)


@given(registries(), st.one_of(answers, NAMES, st.lists(WORDS).map("".join)))
@example(Registry([ModelCard(id="A", provider="p")]), "Switched from A to A.\nno blank line")
def test_strip_changes_nothing_unless_it_says_so(registry: Registry, text: str) -> None:
    """Law: any text at all can be stripped, and without an announcement it is given back."""
    told, rest = Announcer(registry).strip(text)
    assert text.endswith(rest)
    if told is None:
        assert rest == text


TEXTS = st.lists(st.sampled_from([" to ", "x", "x to x", ".", ": ", "{{"]), max_size=3).map("".join)


@st.composite
def templates(draw: st.DrawFn) -> tuple[str, str]:
    """Templates that have the fields they need, in any order, and any text around them."""
    key = draw(st.sampled_from(["switch", "once", "stay"]))
    fields = ["{to_model}"] if key == "stay" else ["{from_model}", "{to_model}"]
    parts = [field + draw(TEXTS) for field in draw(st.permutations(fields))]
    return key, "".join([draw(TEXTS), *parts])


fragments = st.sampled_from(
    ["{from_model}", "{to_model}", "{count}", " to ", "x", "{", "}", "{{", ".", "\n", "!r", ":>9"]
)


noise = st.tuples(
    st.sampled_from(["switch", "once", "stay"]), st.lists(fragments, max_size=6).map("".join)
)


@given(st.one_of(templates(), noise))
@example(("switch", "From {from_model}: {to_model}."))
def test_a_template_is_refused_or_read_back(keyed: tuple[str, str]) -> None:
    """Law: no template gets through that strip couldn't undo."""
    key, template = keyed
    registry = Registry([ModelCard(id=i, provider="p") for i in ("x", "to", "x to x")])
    try:
        announcer = Announcer(registry, templates={key: template})
    except ConfigurationError:
        return
    taken = "to" if key == "stay" else "x to x"
    switch = Switch(kind=key.replace("stay", "switch"), from_model="to", to_model=taken)
    told, rest = announcer.strip(announcer.apply(announcer.text(switch), "\nanswer"))
    assert told is not None
    assert (told.from_model, told.to_model, rest) == ("to", taken, "\nanswer")
