"""Laws of the announcement: taking it out is the exact inverse of putting it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fourthwall.chat import Switch, SwitchImpact
from fourthwall.conversation._announcement import PHRASES, Announced, Announcer
from fourthwall.conversation._phrases import languages, load, parts_of
from fourthwall.conversation._replies import PhraseKey, TooLong, phrases_for
from fourthwall.errors import ConfigurationError
from fourthwall.registry import ModelCard, Registry

KINDS = ("switch", "revert", "reset", "once", "retry", "failover")

# Names made of what sentences are made of, so that they collide with them where they can.
SENTENCE_BITS = ("Switched from ", " answers this message, then ", " is back", "Note: ", " to ")
# Right-to-left names, and the marks that change the direction of a text.
SCRIPT_BITS = ("جيميني", "قود", "ג'מיני", "文心", "通義", "क्लॉड", "\u200f", "\u2067", "から", "، ")
WORDS = st.sampled_from(
    [
        *("GPT", "o1", "4.5", "A", "B", " ", ".", "; ", "%20", "%", "\n", "é", "🙂", "_"),
        *SENTENCE_BITS,
        *SCRIPT_BITS,
    ]
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
    files_hidden=st.integers(0, 10**6),
    tools_lost=st.integers(0, 10**6),
    left_out_tokens=st.integers(0, 10**9),
    cache_lost_tokens=st.integers(0, 10**9),
    cost_turn_before_nanousd=st.one_of(st.none(), st.integers(0, 10**15)),
    cost_turn_after_nanousd=st.one_of(st.none(), st.integers(0, 10**15)),
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
        language=draw(st.sampled_from([None, *languages()])),
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


@settings(max_examples=200)
@given(cases(), st.sampled_from(languages()), answers)
def test_an_announcement_is_read_whatever_language_the_reader_speaks(
    case: tuple[Announcer, Switch], language: str, answer: str
) -> None:
    """Law: the language of an announcer says how it writes, not what it reads."""
    announcer, switch = case
    reader = Announcer(announcer.registry, language=language, templates=announcer.templates)
    assert announcer.strip(answer) == reader.strip(answer)
    text = announcer.apply(announcer.text(switch), answer)
    assert announcer.strip(text) == reader.strip(text)


@given(
    st.sampled_from(languages()),
    st.sampled_from(KINDS),
    st.permutations(["gpt-4o", "claude-sonnet-4.5", "o1"]),
    impacts,
    answers,
)
def test_the_kind_is_read_from_the_packaged_phrases(
    language: str, kind: str, models: list[str], impact: SwitchImpact, answer: str
) -> None:
    """Law: the packaged phrases word every kind differently."""
    registry = Registry([ModelCard(id=i, provider="p") for i in models], as_of="2026-11-22")
    left, taken, retired = models
    announcer = Announcer(registry, language=language, details="full")
    for asked_for in (None, retired):
        switch = Switch(
            kind=kind, from_model=left, to_model=taken, asked_for=asked_for, impact=impact
        )
        text = announcer.apply(announcer.text(switch), answer)
        assert announcer.strip(text) == (Announced(kind, left, taken), answer)
        assert Announcer(registry).strip(text) == (Announced(kind, left, taken), answer)


@given(registries(), st.one_of(answers, NAMES, st.lists(WORDS).map("".join)))
@example(Registry([ModelCard(id="A", provider="p")]), "Switched from A to A.\nno blank line")
def test_strip_changes_nothing_unless_it_says_so(registry: Registry, text: str) -> None:
    """Law: any text at all can be stripped, and without an announcement it is given back."""
    told, rest = Announcer(registry).strip(text)
    assert text.endswith(rest)
    if told is None:
        assert rest == text


# What models begin their answers with, models' names in it or not.
OPENINGS = (
    "Sure! Here is your poem:",
    "GPT-4o and o1 are two models.",
    "GPT-4o answers this message.",
    "Switched from GPT-4o to a newer model.",
    "Note: GPT-4o isn't available right now.",
    "You are already talking to me.",
    "Claro, aquí tienes la lista.",
    "Cambio de GPT-4o a otro modelo.",
    "De vuelta de vacaciones a la rutina.",
    "Bien sûr, voici le résumé.",
    "Le roi cède la place à son fils.",
    "Retour à la ligne après o1.",
    "Gerne! Hier ist die Liste.",
    "Zurück von GPT-4o zu den Grundlagen.",
    "Wechsel von GPT-4o zu einem anderen Modell.",
    "Claro! Mudança de planos para amanhã.",
    "Da Roma si passa a Firenze.",
    "Natuurlijk, terug van vakantie naar huis.",
    "Powrót z modelu GPT-4o do wersji podstawowej.",
    "Теперь вместо этого отвечает другой человек.",
    "Модель GPT-4o больше не поддерживается.",
    "GPT-4o yerine artık başka bir şey yanıt veriyor.",
    "تم التبديل من GPT-4o إلى نموذج آخر.",
    "GPT-4o की जगह अब कोई और जवाब देगा।",
    "已从 GPT-4o 切换到其他模型。",
    "東京から京都に戻しました。",
    "GPT-4oから別のモデルに切り替えました。",
    "GPT-4o 모델에서 다른 모델로 바꿨어요.",
)


@given(st.sampled_from(OPENINGS), answers, st.booleans())
def test_an_ordinary_opening_is_no_announcement(opening: str, answer: str, alone: bool) -> None:
    """Law: an answer that begins with an ordinary sentence stays as it is."""
    registry = Registry([ModelCard(id=i, provider="p") for i in ("gpt-4o", "o1", "o3")])
    text = opening if alone else f"{opening}\n\n{answer}"
    assert Announcer(registry).strip(text) == (None, text)


MODELS = tuple(ModelCard(id=i, provider="p") for i in ("gpt-4o", "o1", "o3"))


@given(
    st.sampled_from(languages()),
    st.sampled_from(get_args(PhraseKey)),
    st.permutations(MODELS),
    NAMES,
    st.integers(0, 3),
    st.booleans(),
)
def test_every_reply_renders_and_is_no_announcement(
    language: str,
    key: PhraseKey,
    models: list[ModelCard],
    named: str,
    offered: int,
    waits: bool,
) -> None:
    """Law: whatever a reply is filled with, nothing of the template shows and nothing is lost."""
    active, target, _ = models
    said = phrases_for(language).say(
        key,
        active=active,
        target=target,
        named=named,
        offers=models[:offered],
        menu=models,
        waits=waits,
        too_long=TooLong(size=9000, window=8192, ways=("stay", "trim", "summarise")),
    )
    template = load(language).data["replies"][key]
    fields = parts_of(template)[1]
    assert ("model" not in fields) or active.label in said
    assert ("target" not in fields) or target.label in said
    assert ("choices" not in fields) or all(card.label in said for card in models[:offered])
    assert ("menu" not in fields) or all(card.label in said for card in models)
    assert Announcer(Registry(MODELS)).strip(said) == (None, said)


@given(st.sampled_from(languages()), st.sampled_from(languages()))
def test_no_two_languages_share_a_sentence(one: str, other: str) -> None:
    """Law: an announcement has one language."""
    sentences = {*KINDS, "again", "no_way_back", "stay"}
    if one != other:
        assert not {PHRASES[one][key] for key in sentences} & {
            PHRASES[other][key] for key in sentences
        }


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
