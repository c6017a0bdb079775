"""A sentence as units: phrases with their roles, names, marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.intent._line import Description
from fourthwall.intent._roles import Role, RoleLexicon
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._units import Unit, units_of, with_topics

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


class TestBeginnings:
    @pytest.mark.parametrize(
        ("text", "place", "role"),
        [
            ("que bikes", 0, Role.QUESTION),
            ("bikes, que", 2, Role.QUESTION),
            ("bikes que", 1, Role.SMALL),
            ("que to bikes", 0, Role.QUESTION),
            ("bikes que to", 1, Role.SMALL),
        ],
    )
    def test_a_phrase_may_count_at_the_beginning_of_a_clause_only(
        self, units: Units, text: str, place: int, role: int
    ) -> None:
        found = units(text, question="^que|^que to", small="que")
        assert found[place].roles == role

    def test_a_longer_phrase_wins_there_too(self, spelled: Words, units: Units) -> None:
        phrases = {"question": "^que", "request": "que go"}
        assert spelled("que go", **phrases) == ["que go"]
        assert [unit.roles for unit in units("que go", **phrases)] == [Role.REQUEST]


class TestGaps:
    @pytest.mark.parametrize(
        "text",
        [
            "stell um",
            "stell it um",
            "stell it over rivers um",
            "stell 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 um",
        ],
    )
    def test_a_phrase_in_two_parts_has_its_roles_at_the_first(
        self, units: Units, text: str
    ) -> None:
        first, *_, last = units(text, go="stell … um", opinion="um")
        assert first.roles == Role.GO
        assert last.roles == Role.SMALL

    @pytest.mark.parametrize(
        "text",
        [
            "stell",
            "stell it",
            "stell it, um",
            "stell it: um",
            "stell 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 um",
            "um stell",
        ],
    )
    def test_both_parts_must_stand_in_one_clause_and_near(self, units: Units, text: str) -> None:
        assert not any(unit.roles & Role.GO for unit in units(text, go="stell … um"))

    def test_of_several_second_parts_the_nearest_counts(self, units: Units) -> None:
        phrases = {"go": "stell … um", "talk": "stell … an"}
        assert units("stell it an", **phrases)[0].roles == Role.TALK
        assert units("stell it um an", **phrases)[0].roles == Role.GO

    def test_a_first_part_alone_leaves_what_else_its_words_are(
        self, units: Units, spelled: Words
    ) -> None:
        phrases = {"use": "make the … up", "request": "make"}
        assert spelled("make the move", **phrases) == ["make", "the", "move"]
        assert units("make the move", **phrases)[0].roles == Role.REQUEST
        assert units("make it", go="make … up")[0].roles == 0

    def test_a_second_part_may_have_several_words(self, units: Units) -> None:
        found = units("take it into service", use="take … into service")
        assert found[0].roles == Role.USE
        assert (found[-1].roles, found[-1].last - found[-1].first) == (Role.SMALL, 2)

    def test_a_second_part_may_be_a_phrase(self, units: Units) -> None:
        assert units("stell it in order to", go="stell … in order to")[0].roles == Role.GO

    @pytest.mark.parametrize(
        ("text", "role"),
        [("stell it", Role.TASK | Role.USE), ("stell it um", Role.TASK | Role.GO)],
    )
    def test_a_verb_of_tasks_stays_one(self, units: Units, text: str, role: int) -> None:
        assert units(text, go="stell … um", task="stell", use="stell")[0].roles == role


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

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use that one of OpenAI", ["use", "[that one of OpenAI]"]),
            ("use that one OpenAI", ["use", "that one", "[OpenAI]"]),
            ("use mini from OpenAI", ["use", "[mini from OpenAI]"]),
            ("use OpenAI mini", ["use", "[OpenAI mini]"]),
            ("use r1 from DeepSeek", ["use", "[r1 from DeepSeek]"]),
            ("use gpt-5 from OpenAI", ["use", "[gpt-5]", "from", "[OpenAI]"]),
            ("use r1 from Claude", ["use", "[r1]", "from", "[Claude]"]),
            ("use mini from", ["use", "[mini]", "from"]),
            ("use mini over the OpenAI", ["use", "[mini]", "over", "the", "[OpenAI]"]),
            ("use mini from the bot", ["use", "[mini]", "from", "the", "bot"]),
            ("use mini from rivers OpenAI", ["use", "[mini]", "from", "rivers", "[OpenAI]"]),
            (
                "the bot over Claude and OpenAI",
                ["the", "bot", "over", "[Claude]", "and", "[OpenAI]"],
            ),
        ],
    )
    def test_so_are_a_pronoun_or_a_name_of_several_and_their_maker(
        self, spelled: Words, text: str, expected: list[str]
    ) -> None:
        assert spelled(text, that_model="that one") == expected

    def test_a_name_and_its_maker_both_narrow_it_down(self, units: Units) -> None:
        unit = units("use mini from OpenAI")[-1]
        assert unit.item is not None
        assert isinstance(unit.item.payload, Description)
        maker, mini = unit.item.payload.named
        assert maker.provider
        assert {card.id for card in mini.cards} == {"gpt-5-mini", "gpt-4o-mini"}

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
            ("use the cheaper from OpenAI", ["use", "the", "[cheaper from OpenAI]"]),
            ("use a cheaper model of OpenAI", ["use", "a", "[cheaper model of OpenAI]"]),
            ("use cheaper claudeov model", ["use", "[cheaper claudeov model]"]),
            ("use cheaper claude'ov model", ["use", "[cheaper claude'ov model]"]),
            ("use Claude cheaper", ["use", "[Claude cheaper]"]),
            ("which Claude cheaper", ["which", "[Claude cheaper]"]),
            ("Claude cheaper bot", ["[Claude cheaper bot]"]),
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
            ("cheaper from", ["cheaper", "from"]),
            ("cheaper from rivers", ["cheaper", "from", "rivers"]),
            ("bikes from cheaper", ["bikes", "from", "cheaper"]),
        ],
    )
    def test_an_attribute_alone_describes_no_model(
        self, spelled: Words, text: str, expected: list[str]
    ) -> None:
        assert spelled(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude cheaper", ["[Claude]", "cheaper"]),
            ("rivers, Claude much cheaper", ["rivers", ",", "[Claude]", "much", "cheaper"]),
            ("use it, Claude cheaper", ["use", "it", ",", "[Claude]", "cheaper"]),
            ("rivers Claude cheaper", ["rivers", "[Claude]", "cheaper"]),
        ],
    )
    def test_a_trait_behind_a_name_without_an_order_is_a_statement(
        self, spelled: Words, text: str, expected: list[str]
    ) -> None:
        assert spelled(text) == expected

    def test_a_verb_that_only_says_how_much_gives_no_order(self, spelled: Words) -> None:
        text = "rivers zum rust Claude cheaper"
        assert spelled(text, use="zum")[-1] == "[Claude cheaper]"
        assert spelled(text, use="zum", degree="zum")[-1] == "cheaper"

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

    def test_it_keeps_the_maker_of_the_model(self, units: Units) -> None:
        (unit,) = units("cheaper OpenAI model")
        assert unit.item is not None
        assert isinstance(unit.item.payload, Description)
        assert unit.item.payload.traits == ("cheaper",)
        assert [maker.provider for maker in unit.item.payload.named] == [True]

    def test_what_stands_at_its_edges_belongs_to_the_clause(self, units: Units) -> None:
        edge = units("a cheaper model even")[-1]
        assert edge.roles & Role.SMALL
        assert edge.roles & Role.DEGREE


class TestTopics:
    @pytest.fixture
    def topics(self, units: Units, role_lines: Callable[..., list[Sentence]]) -> Words:
        """Return the words of a text that say what for."""

        def topics(text: str, *, verb_last: bool = False) -> list[str]:
            (sentence,) = role_lines(text)
            before = units(text)
            after = with_topics(list(before), verb_last=verb_last)
            return [
                text[sentence.line.items[new.first].start : sentence.line.items[new.last - 1].end]
                for old, new in zip(before, after, strict=True)
                if (old.roles, new.roles) == (0, Role.SMALL)
            ]

        return topics

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("in order to rivers use Claude", ["rivers"]),
            ("in order to the tax rivers use Claude", ["tax", "rivers"]),
            ("in order to a rivers i want to go to Claude", ["rivers"]),
            ("rust, in order to rivers use Claude, rust", ["rivers"]),
        ],
    )
    def test_one_or_two_words_behind_for_say_what_a_wish_is_for(
        self, topics: Words, text: str, expected: list[str]
    ) -> None:
        assert topics(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "in order to my long tax use Claude",
            "in order to use Claude",
            "in order to rivers",
            "in order to the",
            "rivers use Claude",
            "in order to rivers, use Claude",
            "in order to rivers use it",
            "in order to rivers go over Claude",
            "in order to rivers draw over Claude i want to",
            "use Claude in order to rivers and rust",
        ],
    )
    def test_elsewhere_they_stay_unexplained(self, topics: Words, text: str) -> None:
        assert topics(text) == []

    def test_a_for_that_is_a_verb_as_well_leads_to_no_topic(self, units: Units) -> None:
        found = units("zum rivers use Claude", for_task="zum", use="zum")
        assert with_topics(list(found), verb_last=False) == found

    def test_where_verbs_stand_last_a_name_may_follow(self, topics: Words) -> None:
        text = "in order to rivers Claude use"
        assert topics(text, verb_last=True) == ["rivers"]
        assert topics(text) == []
