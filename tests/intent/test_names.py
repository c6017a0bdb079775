"""What people call the models of a registry."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent._lexicon import load_lexicon
from fourthwall.intent._names import (
    Mention,
    NameFinder,
    NameWords,
    common_words,
    compile_names,
    finder_for,
)
from fourthwall.intent._tokens import fold_case, tokenize
from fourthwall.registry import ModelCard, Registry

Finder = Callable[[str], list[Mention]]


@pytest.fixture(scope="module")
def names(registry: Registry) -> NameFinder:
    return finder_for(registry, load_lexicon("en").name_words)


@pytest.fixture(scope="module")
def find(names: NameFinder) -> Finder:
    return lambda text: names.find(tokenize(fold_case(text)), text)


def found_in(text: str, *cards: ModelCard) -> list[tuple[str, ...]]:
    """Return the ids of the cards that each mention of ``text`` may mean."""
    registry = Registry(cards, guarded=())
    names = finder_for(registry, load_lexicon("en").name_words)
    return [tuple(c.id for c in m.cards) for m in names.find(tokenize(fold_case(text)), text)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("gpt-5", ["gpt-5"]),
        ("GPT 5 mini", ["gpt-5-mini"]),
        ("gpt5 mini", ["gpt-5-mini"]),
        ("gpt_5_mini", ["gpt-5-mini"]),
        ("GPT-4o", ["gpt-4o"]),
        ("gpt 4 o", ["gpt-4o"]),
        ("claude-sonnet-4-5", ["claude-sonnet-4.5"]),
        ("claude sonnet 4.5", ["claude-sonnet-4.5"]),
        ("claude 4.5 sonnet", ["claude-sonnet-4.5"]),
        ("4.5 sonnet", ["claude-sonnet-4.5"]),
        ("sonnet three point seven", ["claude-sonnet-3.7"]),
        ("three point seven", []),
        ("4.5 claude", ["claude-sonnet-4.5"]),
        ("Claude Monet", []),
        ("llama 3.3", ["llama-3.3-70b"]),
        ("llama 70b", ["llama-3.3-70b"]),
        ("llama 3.3 70b", ["llama-3.3-70b"]),
        ("gee pee tee five", ["gpt-5"]),
        ("deep seek", ["deepseek-v3"]),
        ("deepseek", ["deepseek-v3"]),
        ("deepseek r1 or gpt-5", ["deepseek-r1", "gpt-5"]),
        ("gpt-5 and claude", ["gpt-5", "claude-sonnet-4.5"]),
        ("anthropic", ["claude-sonnet-4.5"]),
        ("cluade", ["claude-sonnet-4.5"]),
        ("clauude", ["claude-sonnet-4.5"]),
        ("clade", ["claude-sonnet-4.5"]),
        ("gpt5-mni", ["gpt-5-mini"]),
        ("OpenAI o3", ["o3"]),
        ("Moonshot Kimi K2", ["kimi-k2"]),
        ("no model here", []),
        ("a $5 gpt", ["gpt-5"]),
        ("", []),
    ],
)
def test_a_mention_means_a_card(find: Finder, text: str, ids: list[str]) -> None:
    assert [mention.cards[0].id for mention in find(text)] == ids


@pytest.mark.parametrize(
    "text",
    [
        "gpt-6",
        "gpt 6",
        "gpt six",
        "gpt-5.5",
        "gpt-55",
        "gpt5o",
        "gpt v6",
        "gpt-4o-nano",
        "gpt-4o-2026-08-06",
        "claude 4.6",
        "claude-4.6",
        "claude three point nine",
        "claude three point five sonnet",
        "claude/9",
        "deepseek r2",
        "deepseek v4",
        "kimi k3",
        "llama 4",
        "gpt-5o",
        "Claude 3 Opus",
        "claude 3 opus",
        "DeepSeek Coder",
        "gpt-9 Turbo",
        "gemini 3 pro",
        "gemini ultra",
        "o4",
        "r2",
        "vicuna",
        "vicuna 13b",
        "HyperGPT",
        "MegaLlm 2",
        "TurboThing 3",
    ],
)
def test_what_the_registry_lacks_is_unknown_as_a_whole(find: Finder, text: str) -> None:
    mentions = find(text)
    assert [(m.unknown, m.cards) for m in mentions] == [(True, ())]
    assert mentions[0].last == len(tokenize(fold_case(text)))


class TestTitledWords:
    """A capitalised word after a name makes it another's."""

    @pytest.mark.parametrize("text", ["Claude Monet", "Gemini Hotel", "Opus Dei", "Llama Farm"])
    def test_an_ordinary_word_is_no_name_then(self, find: Finder, text: str) -> None:
        assert find(text) == []

    @pytest.mark.parametrize("text", ["DeepSeek Coder", "DeepSeek Prover", "Kimi Cartoon"])
    def test_a_name_that_is_no_word_is_of_a_model_that_is_not_there(
        self, find: Finder, text: str
    ) -> None:
        assert [(m.unknown, m.last) for m in find(text)] == [(True, 2)]

    @pytest.mark.parametrize("text", ["GPT-5 Cartoon", "Claude 3.7 Alpha"])
    def test_a_name_with_a_version_stands_by_itself(self, find: Finder, text: str) -> None:
        assert [m.unknown for m in find(text)] == [False]

    @pytest.mark.parametrize("text", ["Google Music", "OpenAI Academy"])
    def test_a_provider_makes_other_things_too(self, find: Finder, text: str) -> None:
        assert [(m.provider, m.unknown, m.last) for m in find(text)] == [(True, False, 1)]

    @pytest.mark.parametrize("text", ["Claude Please", "DeepSeek Instead", "claude monet"])
    def test_only_a_strange_and_capitalised_word_does(self, find: Finder, text: str) -> None:
        assert [(m.unknown, m.last) for m in find(text)] == [(False, 1)]


@pytest.mark.parametrize(
    "text", ["GPT-based tools", "a Claude-like voice", "claude - better", "gpt/based"]
)
def test_a_compound_is_a_word_of_its_own(find: Finder, text: str) -> None:
    assert not any(mention.unknown for mention in find(text))


def test_a_count_after_an_unknown_version_is_no_part_of_it(find: Finder) -> None:
    assert [mention.last for mention in find("vicuna 7 13 apples")] == [2]


def test_a_word_of_the_lexicon_after_an_unknown_version_is_no_part_of_it(find: Finder) -> None:
    assert [(m.unknown, m.last) for m in find("gpt six point one ai")] == [(True, 4)]


@pytest.mark.parametrize("text", ["claude three point", "claude three point taken"])
def test_a_point_without_digits_is_no_version(find: Finder, text: str) -> None:
    assert [mention.last for mention in find(text)] == [2]


@pytest.mark.parametrize("text", ["claude 3 times", "claude 2 apples", "gpt-5 2 apples"])
def test_a_counted_noun_takes_the_number(find: Finder, text: str) -> None:
    assert [mention.unknown for mention in find(text)] == [False]


@pytest.mark.parametrize(
    ("text", "weak"),
    [
        ("opus", True),
        ("claude", True),
        ("mini", True),
        ("o3", True),
        ("4o", True),
        ("gpt", False),
        ("gpt-5", False),
        ("deepseek", False),
        ("claude 3.7", False),
        ("opus 4.1", False),
        ("opus 4", True),
    ],
)
def test_words_that_are_others_too_are_weak(find: Finder, text: str, weak: bool) -> None:
    assert [mention.weak for mention in find(text)] == [weak]


def test_a_providers_name_is_told_apart(find: Finder) -> None:
    assert [(m.provider, m.cards[0].id) for m in find("OpenAI")] == [(True, "gpt-5")]
    assert [m.provider for m in find("OpenAI o3")] == [False]


def test_a_slip_is_told(find: Finder) -> None:
    assert [m.fuzzy for m in find("cluade and claude")] == [True, False]


def test_a_spoken_letter_is_no_slip(find: Finder) -> None:
    assert [m.fuzzy for m in find("gee pee tee five")] == [False]


def test_several_that_fit_are_all_told(find: Finder) -> None:
    assert [{c.id for c in m.cards} for m in find("mini")] == [{"gpt-5-mini", "gpt-4o-mini"}]


def test_the_nearest_of_an_unknown_version_are_the_familys(find: Finder) -> None:
    assert {c.family for c in find("gemini 9")[0].near} == {"gemini"}


class TestChoosing:
    def test_a_bare_family_means_its_default(self) -> None:
        one = ModelCard(id="fox-1", provider="p", family="fox", released="2025-01")
        two = ModelCard(id="fox-2", provider="p", family="fox", family_default=True)
        assert found_in("fox", one, two) == [("fox-2",)]

    def test_without_a_default_it_means_the_newest(self) -> None:
        one = ModelCard(id="fox-1", provider="p", family="fox", released="2024-01")
        two = ModelCard(id="fox-2", provider="p", family="fox", released="2025-01")
        assert found_in("fox", one, two) == [("fox-2",)]

    def test_a_bare_tier_means_its_newest(self) -> None:
        cards = [
            ModelCard(id=f"fox-red-{year}", provider="p", family="fox", tier="red", released=year)
            for year in ("2024", "2026", "2025")
        ]
        assert found_in("red", *cards) == [("fox-red-2026",)]

    def test_a_tier_of_two_families_is_open(self) -> None:
        fox = ModelCard(id="fox-red", provider="p", family="fox", tier="red")
        owl = ModelCard(id="owl-red", provider="p", family="owl", tier="red")
        assert found_in("red", fox, owl) == [("fox-red", "owl-red")]

    def test_a_provider_of_two_families_means_the_larger_ones_default(self) -> None:
        cards = [
            ModelCard(id="owl-1", provider="zoo", family="owl", family_default=True),
            ModelCard(id="fox-1", provider="zoo", family="fox"),
            ModelCard(id="fox-2", provider="zoo", family="fox", family_default=True),
        ]
        assert found_in("zoo", *cards) == [("fox-2",)]

    def test_a_retired_model_is_meant_only_by_its_own_name(self) -> None:
        old = ModelCard(id="fox-1", provider="p", family="fox", retires="2020-01-01")
        new = ModelCard(id="fox-2", provider="p", family="fox")
        assert found_in("fox", old, new) == [("fox-2",)]
        assert found_in("fox 1", old, new) == [("fox-1",)]

    def test_a_family_that_is_wholly_retired_is_still_known(self) -> None:
        old = ModelCard(id="fox-1", provider="p", family="fox", retires="2020-01-01")
        assert found_in("fox", old) == [("fox-1",)]

    def test_a_variant_of_another_family_is_not_there(self) -> None:
        fox = ModelCard(id="fox-1", provider="p", family="fox")
        owl = ModelCard(id="owl-1-swift", provider="p", family="owl")
        assert found_in("fox swift", fox, owl) == [()]

    def test_a_name_may_be_as_long_as_it_likes(self) -> None:
        long = ModelCard(id="fox-4-red-17b-128e-of-the-hills-and-the-sea-fp8", provider="p")
        assert found_in("fox 4 red 17b 128e of the hills and the sea fp8", long) == [(long.id,)]

    def test_an_id_wins_over_anothers_name(self) -> None:
        fox = ModelCard(id="fox", provider="p")
        owl = ModelCard(id="owl", provider="p", name="Fox")
        assert found_in("fox", owl, fox) == [("fox",)]

    def test_the_upstream_name_is_one_too(self) -> None:
        fox = ModelCard(id="fox", provider="p", upstream="vulpes-7")
        assert found_in("vulpes 7", fox) == [("fox",)]

    def test_names_without_letters_or_digits_are_no_names(self) -> None:
        odd = ModelCard(id="★", provider="☆", aliases=("…",), family="—", tier="·")
        assert found_in("★ ☆ … — ·", odd) == []


def test_names_are_compiled_once_for_a_registry(registry: Registry) -> None:
    lexicon = load_lexicon("en")
    assert finder_for(registry, lexicon.name_words) is finder_for(registry, lexicon.name_words)
    assert compile_names(registry) is finder_for(registry, lexicon.name_words).names
    assert compile_names(registry.at("2020-01-01")) is not compile_names(registry)


def test_a_family_without_a_default_means_its_newest_where_there_is_one() -> None:
    def local(card_id: str, released: str | None = None) -> ModelCard:
        return ModelCard(id=card_id, provider="ollama", family="qwen", released=released)

    old, new = local("qwen3:8b", "2025-04-28"), local("qwen4:8b", "2026-04-28")
    assert found_in("qwen", old, new) == [("qwen4:8b",)]
    assert found_in("qwen", local("qwen3:8b"), local("qwen3:14b")) == [("qwen3:8b", "qwen3:14b")]


# -- with another language's words -------------------------------------------------------------

WORDS = NameWords(
    language="xx",
    sounds={
        "cinco": ("5",),
        "punto": (".",),
        "siete": ("7",),
        "un": ("1",),
        "ge": ("g",),
        "a": ("a",),
    },
    vocabulary=frozenset(("modelo", "usa")),
    real=(frozenset(("cloud", "modelo")),),
    outside=frozenset(("vicuna",)),
    outside_parts=("gpt",),
    never_first=frozenset(("el", "tiny")),
    connectors=frozenset(("y",)),
    nouns=frozenset(("modelo",)),
    joiners=frozenset(("de", "の")),
)


def mentions_in(text: str, *cards: ModelCard) -> list[Mention]:
    names = finder_for(Registry(cards, guarded=("fox",)), WORDS)
    return names.find(tokenize(fold_case(text)), text)


FOX = ModelCard(id="fox-5", provider="zoo", family="fox")
OWL = ModelCard(id="owl-3.7", provider="zoo", family="owl")


class TestAnotherLanguage:
    def test_its_sounds_are_digits(self) -> None:
        assert [m.cards for m in mentions_in("fox cinco", FOX, OWL)] == [(FOX,)]
        assert [m.cards for m in mentions_in("owl 3 punto siete", FOX, OWL)] == [(OWL,)]

    def test_its_words_for_a_model_may_be_joined_to_a_name(self) -> None:
        assert [(m.last, m.unknown) for m in mentions_in("fox-modelo", FOX)] == [(1, False)]

    def test_a_word_that_begins_no_name_in_it_begins_none(self) -> None:
        card = ModelCard(id="el-zumbo-9", provider="zoo")
        assert [m.cards for m in mentions_in("el zumbo 9", card)] == [(card,)]
        assert mentions_in("el 9", card) == []

    def test_names_known_everywhere_are_known_in_it(self) -> None:
        assert [m.unknown for m in mentions_in("usa vicuna", FOX)] == [True]


class TestOne:
    """The word for 1 is an article as well."""

    CARDS = tuple(
        ModelCard(id=f"owl-{number}-red", provider="zoo", family="owl") for number in (1, 2)
    )

    @pytest.mark.parametrize("text", ["owl un red", "owl red 1", "owl red-un"])
    def test_it_is_a_digit_of_a_whole_name_or_behind_a_hyphen(self, text: str) -> None:
        assert [m.cards for m in mentions_in(text, *self.CARDS)] == [self.CARDS[:1]]

    def test_elsewhere_it_is_none(self) -> None:
        assert [(m.last, m.cards) for m in mentions_in("owl red un", *self.CARDS)] == [
            (2, self.CARDS)
        ]

    def test_it_is_no_version_that_is_not_there(self) -> None:
        assert [(m.last, m.unknown) for m in mentions_in("owl un mes", OWL)] == [(1, False)]
        assert [(m.last, m.unknown) for m in mentions_in("owl cinco", OWL)] == [(2, True)]


class TestSizes:
    BIG, SMALL, RED, BLUE = (
        ModelCard(id="emu-9-70b", provider="zoo", family="emu"),
        ModelCard(id="emu-9-7b", provider="zoo", family="emu"),
        ModelCard(id="emu-red", provider="zoo", family="emu", tier="red"),
        ModelCard(id="ibis-70b", provider="zoo", family="ibis"),
    )

    def found(self, text: str, *cards: ModelCard) -> list[tuple[int, int, list[str]]]:
        known = cards or (self.BIG, self.SMALL, self.RED, self.BLUE)
        return [(m.first, m.last, [c.id for c in m.cards]) for m in mentions_in(text, *known)]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("emu de 70b", (0, 4, ["emu-9-70b"])),
            ("emu の 7b", (0, 4, ["emu-9-7b"])),
            ("emu de red", (0, 3, ["emu-red"])),
            ("7b emu", (0, 3, ["emu-9-7b"])),
            ("usa 70b emu", (1, 4, ["emu-9-70b"])),
            ("70b de emu", (0, 4, ["emu-9-70b"])),
            ("usa 70b de emu 9", (1, 6, ["emu-9-70b"])),
        ],
    )
    def test_a_size_may_stand_apart_from_the_name(
        self, text: str, expected: tuple[int, int, list[str]]
    ) -> None:
        assert self.found(text) == [expected]

    @pytest.mark.parametrize(
        "text", ["emu", "emu de", "emu de madrid", "emu de 8b", "emu de zoo", "emu de ibis"]
    )
    def test_what_is_no_size_or_tier_of_it_is_not_joined(self, text: str) -> None:
        assert self.found(text)[0][:2] == (0, 1)

    @pytest.mark.parametrize(
        ("text", "first"), [("8b emu", 2), ("x b emu", 2), ("b emu", 1), ("de emu", 1)]
    )
    def test_neither_is_another_size_before_it(self, text: str, first: int) -> None:
        assert self.found(text)[0][:2] == (first, first + 1)

    def test_a_size_belongs_to_the_name_before_it_first(self) -> None:
        assert [place[:2] for place in self.found("emu 9 70b ibis")] == [(0, 4), (4, 5)]

    def test_a_size_before_a_model_that_is_not_there_stays(self) -> None:
        assert self.found("70b vicuna") == [(2, 3, [])]

    def test_a_size_of_several_models_decides_nothing(self) -> None:
        cards = [ModelCard(id=f"emu-{n}-70b", provider="zoo", family="emu") for n in (8, 9)]
        assert [place[:2] for place in self.found("70b emu", *cards)] == [(2, 3)]

    @pytest.mark.parametrize(
        ("text", "last"),
        [
            ("emu medium", 2),
            ("emu medium 5", 3),
            ("emu medium 5, usa", 3),
            ("emu medium 5 apples", 2),
            ("emu medium 5 Plumas", 4),
            ("emu medium 19 Prozent", 2),
        ],
    )
    def test_a_size_that_the_name_lacks_is_another_model_with_its_number(
        self, text: str, last: int
    ) -> None:
        assert [(m.last, m.unknown) for m in mentions_in(text, self.BIG)] == [(last, True)]

    def test_a_size_that_is_a_word_of_the_language_is_none(self) -> None:
        assert self.found("emu tiny")[0][:2] == (0, 1)

    @pytest.mark.parametrize(
        ("text", "last"), [("emu 8 Plumas", 3), ("emu 1.5 Plumas", 3), ("emu 19 Prozent", 1)]
    )
    def test_a_title_may_follow_a_version_but_no_count(self, text: str, last: int) -> None:
        assert self.found(text)[0][1] == last


class TestSlips:
    CARDS = tuple(ModelCard(id=f"zumbo-{number}", provider="zoo") for number in (1, 2))

    def test_a_slip_of_a_word_that_several_models_share_names_none(self) -> None:
        family = [ModelCard(id=c.id, provider="zoo", family="zumbo") for c in self.CARDS]
        assert [len(m.cards) for m in mentions_in("zumbo", *family)] == [2]
        assert mentions_in("zubmo", *family) == []

    def test_a_slip_of_the_only_one_names_it(self) -> None:
        card = ModelCard(id="zumbo-1", provider="zoo", family="zumbo")
        assert [(m.fuzzy, m.cards) for m in mentions_in("zubmo", card)] == [(True, (card,))]

    def test_any_number_of_words_can_be_asked(self) -> None:
        letters = "abcdefghijklmnopqrstuvwxyz"
        words = [f"k{a}{b}{c}" for a in letters for b in letters for c in letters[:13]]
        text = " ".join([*words, *(f"k{word}" for word in words), *(f"j{w}" for w in words)])
        assert len(text.split()) > 20_000
        assert [m.cards for m in mentions_in(f"{text} fox", FOX)] == [(FOX,)]


class TestCommonWords:
    """A model may be called by words that stand in every other message."""

    @pytest.mark.parametrize(
        ("text", "common"),
        [("auto", True), ("fox", False), ("the step", True), ("zumbo", False), ("auto 4", False)],
    )
    def test_a_name_of_nothing_else_is_common(self, text: str, common: bool) -> None:
        cards = (
            ModelCard(id="auto", provider="zoo"),
            ModelCard(id="auto-4", provider="zoo"),
            ModelCard(id="step", provider="zoo"),
            ModelCard(id="fox", provider="zoo"),
            ModelCard(id="zumbo", provider="zoo"),
        )
        assert [m.common for m in mentions_in(text, *cards)] == [common]

    def test_several_of_them_that_are_a_whole_name_are_not(self) -> None:
        card = ModelCard(id="x1", provider="zoo", aliases=("the step",))
        assert [(m.cards, m.common) for m in mentions_in("the step", card)] == [((card,), False)]

    def test_a_word_of_two_letters_may_be_anything(self) -> None:
        card = ModelCard(id="cc-4.1", provider="zoo", family="cc")
        assert [(m.weak, m.common) for m in mentions_in("cc", card)] == [(True, True)]
        assert [(m.weak, m.common) for m in mentions_in("cc 4.1", card)] == [(False, False)]

    def test_of_many_models_words_of_the_language_are_common_too(self) -> None:
        card = ModelCard(id="modelo", provider="zoo")
        many = [ModelCard(id=f"zumbo-{number}", provider="zumbo") for number in range(200)]
        assert [m.common for m in mentions_in("modelo", card)] == [False]
        assert [m.common for m in mentions_in("modelo", card, *many)] == [True]

    def test_common_words_are_lower_case_and_english(self) -> None:
        assert {"auto", "step"} <= common_words()
        assert "claude" not in common_words()
        assert all(word == word.lower() for word in common_words())


class TestWaking:
    def test_a_name_wakes_by_its_uncommon_word(self) -> None:
        cards = [
            ModelCard(id="zumbo-large-2", provider="zoo", aliases=("the zerbinetta",)),
            ModelCard(id="step-3", provider="zoo"),
        ]
        words = compile_names(Registry(cards)).strong_heads
        assert {"zumbo", "zerbinetta", "step"} <= words
        assert words.isdisjoint(("large", "the", "2"))

    def test_halves_that_are_common_words_are_told_with_what_follows(self) -> None:
        card = ModelCard(id="openzumbo-1", provider="zoo", family="openzumbo")
        names = compile_names(Registry([card]))
        assert names.halves["open"] == {"zumbo"}
        assert "open" not in names.split_words

    def test_common_words_wake_only_in_a_small_registry(self) -> None:
        many = [ModelCard(id=f"zumbo-{number}", provider="zumbo") for number in range(200)]
        auto = ModelCard(id="auto", provider="zumbo")
        assert "auto" in compile_names(Registry([*many[:199], auto])).strong_heads
        assert "auto" not in compile_names(Registry([*many, auto])).strong_heads

    def test_names_known_everywhere_spoken_letters_and_halves_wake_too(self) -> None:
        card = ModelCard(id="zumbawumba-1", provider="zoo", family="zumbawumba")
        finder = NameFinder(compile_names(Registry([card])), WORDS)
        assert {"zumbawumba", "vicuna", "ge", "zumba"} <= finder.wake
        assert finder.wake.isdisjoint(("cinco", "a", "modelo"))


class TestSounds:
    def test_a_name_is_told_by_its_sound(self) -> None:
        sounds = compile_names(Registry([ModelCard(id="zumbo-1", provider="rabidco")])).sounds
        assert sounds.named("зумбо") == "zumbo"
        assert sounds.named("робидко") is None

    def test_it_is_made_once(self) -> None:
        names = compile_names(Registry([FOX]))
        assert names.sounds is names.sounds

    def test_a_provider_that_is_a_family_too_is_told(self) -> None:
        card = ModelCard(id="zumbo-1", provider="zumbo", family="zumbo")
        assert compile_names(Registry([card])).sounds.named("зумбо") == "zumbo"


def test_the_letter_of_a_short_name_is_looked_at_wherever_it_stands() -> None:
    card = ModelCard(id="q1", provider="zoo")
    found = mentions_in("q and q7 and q", card)
    assert [(m.first, m.last, m.unknown) for m in found] == [(2, 4, True)]
