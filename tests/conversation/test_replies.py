"""What the engine says by itself."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from fourthwall.conversation._phrases import Book, languages, load
from fourthwall.conversation._replies import (
    PhraseKey,
    TooLong,
    choices,
    is_description,
    listing,
    phrases_for,
    phrases_of,
    seeing,
)
from fourthwall.errors import ConfigurationError
from fourthwall.registry import ModelCard, Registry

A, B, C = (ModelCard(id=i, provider="p", name=i.upper()) for i in "abc")


def say(key: PhraseKey, language: str = "en", **about: Any) -> str:
    filled: dict[str, Any] = {
        "active": A,
        "target": A,
        "named": "",
        "offers": (),
        "menu": (),
        "too_long": TooLong(size=250_000, window=128_000, ways=("stay",)),
        **about,
    }
    return phrases_for(language).say(key, **filled)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", get_args(PhraseKey))
def test_every_phrase_can_be_said(key: PhraseKey, language: str) -> None:
    said = say(key, language, offers=(A, B), menu=(A, B), named="x", waits=True)
    assert said.strip() == said != ""
    assert "{" not in said
    assert "  " not in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "¿Cuál prefieres: A, B o C?"),
        ("fr", "Lequel voulez-vous\u00a0: A, B ou C\u00a0?"),
        ("de", "Welches Modell meinst du: A, B oder C?"),
        ("pl", "Który model: A, B czy C?"),
        ("ar", "أي نموذج تقصد: A، B أم C؟"),
        ("zh", "你指的是哪一个：A、B 还是 C？"),
        ("ja", "どれにしますか：A、B、それともC？"),
    ],
)
def test_each_language_asks_in_its_own_way(language: str, said: str) -> None:
    assert say("ambiguous", language, offers=(A, B, C)) == said


def test_a_question_and_an_offer_may_be_joined_differently() -> None:
    assert "B czy C" in say("ambiguous", "pl", offers=(A, B, C))
    assert "B lub C" in say("declined", "pl", offers=(A, B, C))


def test_offers_are_joined_as_people_do() -> None:
    assert say("ambiguous", offers=(A, B, C)) == "Which one: A, B or C?"
    assert say("ambiguous", offers=(A, B)) == "Which one: A or B?"
    assert say("ambiguous", offers=(A,)) == "Which one: A?"


@pytest.mark.parametrize(
    "named",
    [
        *("something cheaper", "a model that can see images", "the fastest model", "faster"),
        *("one that reasons", "more context", "the smartest one you have", "cheapest model"),
    ],
)
def test_a_description_isnt_a_name(named: str) -> None:
    assert is_description(named, "en")


@pytest.mark.parametrize(
    ("language", "named"),
    [
        *(
            ("es", "algo más barato"),
            ("es", "el más rápido"),
            ("fr", "quelque chose de moins cher"),
        ),
        *(("fr", "un modèle plus rapide"), ("fr", "l'autre"), ("de", "etwas Günstigeres")),
        *(("de", "ein schnelleres Modell"), ("de", "besseres"), ("pt", "algo mais barato")),
        *(("it", "qualcosa di più economico"), ("it", "un'altra"), ("nl", "iets goedkopers")),
        *(("nl", "snellere"), ("pl", "coś tańszego"), ("pl", "najszybszy"), ("ru", "подешевле")),
        *(("ru", "что-нибудь подешевле"), ("tr", "daha ucuz bir şey"), ("ar", "شيء أرخص")),
        *(("hi", "कुछ सस्ता"), ("hi", "सबसे तेज़ मॉडल"), ("zh", "更便宜的模型"), ("zh", "便宜点")),
        *(
            ("ja", "もっと安いの"),
            ("ja", "画像が見えるモデル"),
            ("ko", "더 싼 모델"),
            ("ko", "더 빠른 거"),
        ),
    ],
)
def test_each_language_has_its_own_descriptions(language: str, named: str) -> None:
    assert is_description(named, language)


@pytest.mark.parametrize("named", ["GPT-9", "llama 5", "Opus", "onenote", "anthropic", "Theta"])
@pytest.mark.parametrize("language", languages())
def test_a_name_isnt_a_description(named: str, language: str) -> None:
    assert not is_description(named, language)


def test_what_is_unknown_is_named_as_the_person_did() -> None:
    assert say("unknown_model", named="GPT-9", offers=(B,)) == (
        "“GPT-9” isn't here; A stays. You can have B. Which one?"
    )
    assert say("nothing_fits", named="something cheaper", offers=(B,)) == (
        "Nothing here fits “something cheaper”; A stays. You can have B."
    )
    assert say("unknown_model", "fr", named="GPT-9", offers=(B,)).startswith("«\u00a0GPT-9\u00a0»")


def test_a_model_that_wasnt_named_is_that_model() -> None:
    assert say("unknown_model", named=" ", offers=(B,)) == (
        "That model isn't here; A stays. You can have B. Which one?"
    )


@pytest.mark.parametrize("key", ["declined", "unknown_model", "nothing_fits"])
def test_a_question_that_waits_is_mentioned(key: PhraseKey) -> None:
    said = say(key, offers=(B,), waits=True)
    assert said == f"{say(key, offers=(B,))} Or say “go on”, and A answers."


def test_the_active_model_is_marked_in_the_list() -> None:
    assert "A (answering now), B" in say("list", menu=(A, B))
    assert "A（正在回答）、B" in say("list", "zh", menu=(A, B))


def test_braces_in_a_persons_words_mean_nothing() -> None:
    assert "“{model}”" in say("unknown_model", named="{model}", offers=(A,))


def test_a_long_list_is_cut() -> None:
    cards = [ModelCard(id=f"m{n}", provider="p") for n in range(23)]
    said = say("list", menu=cards)
    assert "m19" in said
    assert "m20" not in said
    assert said.endswith("- and 3 more")


def test_a_dialect_speaks_its_language_and_an_unknown_one_english() -> None:
    assert phrases_for("en-GB") is phrases_for("en") is phrases_for("tlh") is phrases_for(None)
    assert phrases_for("pt-BR") is phrases_for("pt") is not phrases_for("en")


@pytest.mark.parametrize(
    ("section", "key", "value", "problem"),
    [
        ("replies", "ready", None, "replies.ready is missing"),
        ("replies", "which", "Hello.", r"replies.which lacks the field \{model\}"),
        ("replies", "description", "(", "replies.description isn't a pattern"),
        ("marks", "quoted", "“”", r"marks.quoted lacks the field \{named\}"),
        ("marks", "or", 5, "marks.or must be of the type str"),
    ],
)
def test_a_bad_file_is_refused_by_key(section: str, key: str, value: Any, problem: str) -> None:
    data = {name: dict(part) for name, part in load("en").data.items()}
    data[section] |= {key: value}
    if value is None:
        del data[section][key]
    with pytest.raises(ConfigurationError, match=problem) as caught:
        phrases_of(Book("xx", data))
    assert caught.value.param == "phrases/xx.toml"


def test_a_provider_without_a_row_is_named_as_it_is() -> None:
    assert say("which") == "You're talking to A (p)."


class TestListing:
    def test_defaults_come_first_and_retired_models_not_at_all(self) -> None:
        old = ModelCard(id="old", provider="p", retires="2020-01-01", replaced_by="a")
        default = ModelCard(id="d", provider="p", family_default=True)
        registry = Registry([old, A, default, B], as_of="2026-01-01")
        assert [card.id for card in listing(registry)] == ["d", "a", "b"]
        assert [card.id for card in listing(registry, {"b", "old"})] == ["b"]


class TestChoices:
    registry = Registry([A, B, C])

    def test_the_candidates_are_offered_as_they_stand(self) -> None:
        assert choices((C, B), self.registry, None, A) == (C, B)

    def test_what_isnt_allowed_is_left_out(self) -> None:
        assert choices((C, B), self.registry, {"b"}, A) == (B,)

    def test_without_candidates_the_others_are_offered(self) -> None:
        assert choices((), self.registry, None, A) == (B, C)

    def test_the_nearest_come_first_where_those_wanted_cant_be_had(self) -> None:
        cards = [
            ModelCard(id="a", provider="p"),
            ModelCard(id="zephyr-small", provider="p"),
            ModelCard(id="storm", provider="p", family="breeze"),
            ModelCard(id="zephyr-max", provider="p", family="breeze"),
        ]
        allowed = {"a", "zephyr-small", "storm"}
        found = choices((cards[3],), Registry(cards), allowed, C, "zephyr max")
        assert [card.id for card in found] == ["storm", "zephyr-small", "a"]

    def test_where_there_is_no_other_the_active_model_is(self) -> None:
        assert choices((), Registry([A]), None, A) == (A,)

    def test_at_most_four(self) -> None:
        cards = tuple(ModelCard(id=f"m{n}", provider="p") for n in range(9))
        assert choices(cards, Registry(cards), None, cards[0]) == cards[:4]


class TestTooLong:
    WAYS = ("stay", "trim", "summarise")

    def said(self, language: str = "en", ways: tuple[str, ...] = WAYS) -> str:
        too_long = TooLong(size=250_000, window=128_000, ways=ways)
        return say("too_long", language, target=B, too_long=too_long)

    def test_it_says_how_large_both_are_and_what_can_be_done(self) -> None:
        assert self.said() == (
            "This conversation is about 250,000 tokens long and B reads at most 128,000; A stays. "
            "You can say:\n"
            "1. “stay”: A goes on\n"
            "2. “trim”: B isn't shown the oldest messages\n"
            "3. “summarise”: A sums them up for B"
        )

    def test_where_nothing_can_be_done_nothing_is_offered(self) -> None:
        assert self.said(ways=("stay",)).endswith("A stays.")

    @pytest.mark.parametrize("language", languages())
    def test_every_language_lists_the_ways(self, language: str) -> None:
        lines = self.said(language).split("\n")
        assert [line[:3] for line in lines[1:]] == ["1. ", "2. ", "3. "]
        assert all("A" in line or "B" in line for line in lines)
        assert "{" not in "".join(lines)


class TestSeeing:
    def card(self, name: str, *, vision: bool | None = True, **about: Any) -> ModelCard:
        return ModelCard(id=name, **{"provider": "p", **about}, vision=vision)

    def test_the_nearest_that_see_are_offered(self) -> None:
        blind = self.card("blind", vision=False, family="f")
        far, near = self.card("far", provider="q"), self.card("near")
        kin, unsure = self.card("kin", provider="q", family="f"), self.card("unsure", vision=None)
        registry = Registry([A, blind, far, near, unsure, kin, self.card("last", provider="q")])
        assert seeing(blind, registry, None, A) == (kin, near, far)
        assert seeing(blind, registry, {"far"}, A) == (far,)

    def test_the_active_model_is_offered_where_no_other_sees(self) -> None:
        blind, other = self.card("blind", vision=False), self.card("other", vision=False)
        registry = Registry([A, blind, other])
        assert seeing(blind, registry, None, A) == (A,)
        assert seeing(blind, registry, None, other) == ()
