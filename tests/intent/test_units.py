"""A sentence as units: phrases with their roles, names, marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.intent._line import Description
from fourthwall.intent._roles import Role, RoleLexicon
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._units import Unit, units_of

Units = Callable[..., list[Unit]]
Words = Callable[..., list[str]]


@pytest.fixture
def units(
    role_lines: Callable[..., list[Sentence]], small_language: Callable[..., RoleLexicon]
) -> Units:
    """Return the units of a text of one sentence."""

    def units(text: str, **language: Any) -> list[Unit]:
        (sentence,) = role_lines(text, **language)
        return units_of(sentence.line.items, small_language(**language).tree)

    return units


@pytest.fixture
def spelled(role_lines: Callable[..., list[Sentence]], units: Units) -> Words:
    """Return the text of each unit, that of models in brackets."""

    def spelled(text: str, **language: Any) -> list[str]:
        (sentence,) = role_lines(text, **language)
        items = sentence.line.items
        out = []
        for unit in units(text, **language):
            said = text[items[unit.first].start : items[unit.last - 1].end]
            out.append(f"[{said}]" if unit.roles & Role.MODEL else said)
        return out

    return spelled


class TestPhrases:
    def test_the_longest_phrase_wins(self, spelled: Words) -> None:
        assert spelled("leave it and then change the model") == [
            "leave it",
            "and then",
            "change the model",
        ]

    def test_a_unit_has_all_roles_of_its_phrase(self, units: Units) -> None:
        (unit,) = units("no")
        assert unit.roles == Role.NOT | Role.FIX

    def test_a_word_that_no_phrase_explains_has_no_role(self, units: Units) -> None:
        assert [unit.roles for unit in units("bicycles rust")] == [0, 0]

    def test_units_leave_no_gaps(self, units: Units) -> None:
        found = units("well, give me a much cheaper model - or Claude: it rains!")
        assert [unit.first for unit in found[1:]] == [unit.last for unit in found[:-1]]

    def test_a_name_stands_in_a_models_place(self, units: Units) -> None:
        _, unit = units("use Claude")
        assert unit.roles == Role.MODEL
        assert unit.item is not None

    def test_half_a_contraction_is_no_phrase(self, units: Units) -> None:
        cut, *_ = units("can't", request="can")
        assert cut.roles == 0
        whole, *_ = units("can'a", request="can")
        assert whole.roles == Role.REQUEST
        apart, *_ = units("can 't", request="can")
        assert apart.roles == Role.REQUEST

    def test_a_phrase_may_end_with_an_apostrophe_of_its_own(self, units: Units) -> None:
        first, *_ = units("can''t", request="can'")
        assert first.roles == Role.REQUEST


class TestMarks:
    @pytest.mark.parametrize(
        ("text", "role"),
        [
            ("bikes !", Role.END),
            ("bikes ,", Role.COMMA),
            ("bikes ;", Role.COMMA),
            ("bikes –", Role.COMMA),
            ("bikes :", Role.COLON),
            ("bikes ~", Role.FILLER),
            ("bikes 🙂", Role.FILLER),
            ("bikes @", 0),
            ("bikes 7", 0),
            ("bikes ж", 0),
            ("bikes жж", 0),
        ],
    )
    def test_what_is_no_word_has_the_role_of_its_mark(
        self, units: Units, text: str, role: int
    ) -> None:
        assert units(text)[-1].roles == role

    def test_a_hyphen_joins_and_a_dash_parts(self, units: Units) -> None:
        assert units("rain-coat")[1].roles == Role.SMALL
        assert units("rain - coat")[1].roles == Role.COMMA

    @pytest.mark.parametrize(("text", "place"), [("-rain", 0), ("rain -", 1)])
    def test_a_hyphen_at_an_edge_joins_nothing_but_is_no_comma(
        self, units: Units, text: str, place: int
    ) -> None:
        assert units(text)[place].roles == Role.SMALL

    def test_a_mark_inside_code_has_no_role(self, units: Units) -> None:
        assert [unit.roles for unit in units("bikes.ride")] == [0, 0, 0]


class TestMakers:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use the model of OpenAI", ["use", "the", "[model of OpenAI]"]),
            ("use the OpenAI model", ["use", "the", "[OpenAI model]"]),
            ("use OpenAI 's model", ["use", "[OpenAI]", "'", "s", "model"]),
            ("use OpenAI'a model", ["use", "[OpenAI'a model]"]),
            ("use OpenAI", ["use", "[OpenAI]"]),
            ("the model rains on OpenAI", ["the", "model", "rains", "on", "[OpenAI]"]),
            (
                "the model of the on over OpenAI",
                ["the", "model", "of", "the", "on", "over", "[OpenAI]"],
            ),
        ],
    )
    def test_a_model_and_its_maker_are_one_unit_where_nothing_parts_them(
        self, spelled: Words, text: str, expected: list[str]
    ) -> None:
        assert spelled(text) == expected

    def test_it_is_a_description_by_the_maker(self, units: Units) -> None:
        unit = units("the model of OpenAI")[-1]
        assert unit.item is not None
        assert isinstance(unit.item.payload, Description)
        assert unit.item.payload.traits == ()
        (maker,) = unit.item.payload.named
        assert {card.provider for card in maker.cards} == {"openai"}


class TestDescriptions:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use a cheaper model", ["use", "a", "[cheaper model]"]),
            ("use a model much cheaper", ["use", "a", "[model much cheaper]"]),
            ("use something cheaper", ["use", "[something cheaper]"]),
            ("use cheaper Claude", ["use", "[cheaper Claude]"]),
            ("use another cheaper model", ["use", "another", "[cheaper model]"]),
            ("use the newest you have", ["use", "the", "[newest you have]"]),
            ("use a cheaper seeing model", ["use", "a", "[cheaper seeing model]"]),
        ],
    )
    def test_words_that_describe_a_model_are_one_unit(
        self, spelled: Words, text: str, expected: list[str]
    ) -> None:
        assert spelled(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("cheaper bikes rust", ["cheaper", "bikes", "rust"]),
            ("a cheaper car, a model", ["a", "cheaper", "car", ",", "a", "model"]),
            ("you have cheaper", ["you have", "cheaper"]),
        ],
    )
    def test_an_attribute_alone_describes_no_model(
        self, spelled: Words, text: str, expected: list[str]
    ) -> None:
        assert spelled(text) == expected

    @pytest.mark.parametrize(
        ("text", "bare", "offered"),
        [
            ("something cheaper", True, False),
            ("a cheaper model", False, False),
            ("something cheaper you have", False, True),
            ("cheaper Claude", False, False),
        ],
    )
    def test_a_description_knows_how_sure_it_is(
        self, units: Units, text: str, bare: bool, offered: bool
    ) -> None:
        unit = units(text)[-1]
        assert unit.item is not None
        payload = unit.item.payload
        assert isinstance(payload, Description)
        assert (payload.bare, payload.offered) == (bare, offered)
        assert payload.traits == ("cheaper",)

    def test_it_keeps_the_names_that_narrow_it_down(self, units: Units) -> None:
        (unit,) = units("cheaper Claude")
        assert unit.item is not None
        assert isinstance(unit.item.payload, Description)
        (named,) = unit.item.payload.named
        assert {card.family for card in named.cards} == {"claude"}

    def test_what_stands_at_its_edges_belongs_to_the_clause(self, units: Units) -> None:
        edge = units("a cheaper model even")[-1]
        assert edge.roles & Role.SMALL
        assert edge.roles & Role.DEGREE
