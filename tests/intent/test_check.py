"""What whoever writes a language is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fourthwall.intent import check_lexicon
from fourthwall.intent._check import Finding
from fourthwall.intent._languages import all_languages, lexicon_data
from fourthwall.intent._roles import NEEDED_ROLES, ROLES
from fourthwall.intent._traits import TRAITS
from fourthwall.registry import Registry

WORDS = {
    **{role: f"x{role.replace('_', '')}" for role in ROLES},
    "go": "zumbo",
    "use": "utilo|xpick",
    "small": "vi",
}
EXAMPLES = {"switch": ["zumbo vi Claude"], "none": ["La maro estas bela"]}


def lexicon(roles: Mapping[str, str | None] | None = None, **parts: Any) -> dict[str, Any]:
    """Make a language that has all, or what is changed of it; None leaves a role out."""
    words = {**WORDS, **(roles or {})}
    return {
        "language": "xx",
        "name": "Xish",
        "roles": {role: text for role, text in words.items() if text is not None},
        "attributes": {trait: f"x{trait.replace('_', '')}" for trait in TRAITS},
        "examples": EXAMPLES,
        **parts,
    }


@pytest.fixture
def found(registry: Registry) -> Any:
    """Tell what is found in a lexicon, but for kinds that have no examples."""

    def found(data: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        return [
            (finding.severity, finding.where, finding.message)
            for finding in check_lexicon(data, registry)
            if not (finding.where.startswith("examples.") and finding.message == "is empty")
        ]

    return found


def test_nothing_is_found_where_all_is_well(found: Any) -> None:
    assert found(lexicon()) == []


def test_a_packaged_language_has_no_errors(found: Any) -> None:
    errors = [f for f in found({**lexicon_data("en"), "examples": EXAMPLES}) if f[0] == "error"]
    assert [where for _, where, _ in errors] == ["examples.switch"]


class TestHead:
    @pytest.mark.parametrize("part", ["language", "name"])
    @pytest.mark.parametrize("value", ["", None, 5])
    def test_a_language_has_a_code_and_a_name(self, found: Any, part: str, value: Any) -> None:
        assert found(lexicon(**{part: value})) == [("error", part, "is missing")]

    def test_a_language_has_roles(self, found: Any) -> None:
        assert found({"language": "xx", "name": "Xish"}) == [("error", "roles", "is missing")]

    def test_what_is_no_part_is_told(self, found: Any) -> None:
        assert found(lexicon(colour="blue")) == [("error", "colour", "is no part of a lexicon")]


class TestLists:
    def test_roles_and_attributes_that_are_not_there_are_told(self, found: Any) -> None:
        assert found(lexicon({"jump": "hop"}, attributes={"purple": "violet"})) == [
            ("error", "roles.jump", "isn't there"),
            ("error", "attributes.purple", "isn't there"),
        ]

    @pytest.mark.parametrize(
        ("part", "name"), [("roles", "go"), ("attributes", "newest"), ("names", "claude")]
    )
    def test_a_list_is_a_text(self, found: Any, part: str, name: str) -> None:
        data = lexicon(names={"claude": "klodo"})
        data[part][name] = ["zumbo"]
        assert found(data) == [("error", f"{part}.{name}", "must be a text")]

    def test_a_language_may_write_names_its_own_way(self, found: Any) -> None:
        examples = {"switch": ["zumbo vi Klodo"], "none": ["La maro estas bela"]}
        assert found(lexicon(names={"claude": "klodo"}, examples=examples)) == []

    @pytest.mark.parametrize("part", ["ordinary", "for_me", "of", "object_first", "object_marks"])
    def test_a_list_of_words_is_a_part_of_its_own(self, found: Any, part: str) -> None:
        words: dict[str, Any] = {part: "xvort"}
        assert found(lexicon(**words)) == []

    def test_a_phrase_that_cannot_be_read_is_told(self, found: Any) -> None:
        ((severity, where, message),) = found(lexicon({"go": "zumbo (vi"}))
        assert (severity, where) == ("error", "roles.go")
        assert "'(' is never closed" in message
        ((severity, where, message),) = found(lexicon(names={"claude": "klodo (vi"}))
        assert (severity, where) == ("error", "names.claude")
        assert "'(' is never closed" in message

    @pytest.mark.parametrize("text", [None, "", " | "])
    @pytest.mark.parametrize("role", ["go", "deal"])
    def test_a_role_without_phrases_is_told(self, found: Any, role: str, text: str | None) -> None:
        severity = "error" if role in NEEDED_ROLES else "warning"
        assert (severity, f"roles.{role}", "is empty") in found(lexicon({role: text}))

    def test_an_attribute_without_phrases_is_told(self, found: Any) -> None:
        data = lexicon()
        del data["attributes"]["newest"]
        assert found(data) == [("warning", "attributes.newest", "is empty")]


class TestClashes:
    @pytest.mark.parametrize("other", ["report", "condition", "person", "question", "not"])
    def test_what_speaks_against_a_command_cannot_make_one(self, found: Any, other: str) -> None:
        clashes = found(lexicon({"go": "zumbo|mi diras", other: "mi diras"}))
        assert clashes == [
            (
                "warning",
                "roles.go",
                f"'mi diras' is in {other!r} as well: what speaks against a command can't make one",
            )
        ]

    def test_to_repeat_may_be_to_work_on_a_text(self, found: Any) -> None:
        assert found(lexicon({"redo": "ripetu", "work_on": "ripetu"})) == []

    def test_a_single_letter_makes_no_command(self, found: Any) -> None:
        assert found(lexicon({"go": "zumbo|k|用"})) == [
            ("warning", "roles.go", "'k' is too short to make a command")
        ]

    def test_what_picks_also_uses(self, found: Any) -> None:
        assert found(lexicon({"pick": "elektu"})) == [
            ("warning", "roles.pick", "'elektu' isn't in 'use'")
        ]

    def test_names_of_models_are_left_out(self, found: Any) -> None:
        assert found(lexicon({"noun": "modelo|gpt|claude"})) == [
            ("warning", "roles.noun", "'gpt' is the name of models")
        ]


class TestExamples:
    def test_without_any_it_asks_for_them(self, found: Any) -> None:
        assert found(lexicon(examples={})) == [("warning", "examples", "is empty")]

    def test_a_sentence_that_is_misread_is_told(self, found: Any) -> None:
        examples = {"switch": ["zumbo vi Claude", "La maro"], "none": ["zumbo vi Claude"]}
        assert found(lexicon(examples=examples)) == [
            ("error", "examples.switch", "'La maro' is read as 'none'"),
            ("error", "examples.none", "'zumbo vi Claude' is read as 'switch'"),
        ]

    def test_a_kind_that_is_not_there_is_told(self, found: Any) -> None:
        assert found(lexicon(examples={**EXAMPLES, "jump": ["hop"]})) == [
            ("error", "examples.jump", "is no kind")
        ]

    def test_kinds_without_examples_are_told(self, registry: Registry) -> None:
        findings = check_lexicon(lexicon(), registry)
        assert {finding.where for finding in findings} == {
            f"examples.{kind}"
            for kind in (
                *("once", "retry", "revert", "reset", "which", "list"),
                *("ambiguous", "unknown_model"),
            )
        }
        assert findings[0] == Finding(
            "warning", "examples.once", "is empty", "Add sentences of this kind."
        )

    def test_they_are_not_read_where_there_are_errors(self, found: Any) -> None:
        data = lexicon({"go": None}, examples={"switch": ["La maro"]})
        assert found(data) == [("error", "roles.go", "is empty")]


@pytest.mark.parametrize("language", all_languages())
def test_a_packaged_lexicon_has_no_errors(language: str) -> None:
    findings = check_lexicon(lexicon_data(language), Registry.default())
    assert [finding for finding in findings if finding.severity == "error"] == []
