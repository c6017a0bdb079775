"""The notation of the lexicon, and what it becomes."""

from __future__ import annotations

import re

import pytest

from fourthwall.errors import ConfigurationError
from fourthwall.intent._template import TemplateCompiler, TemplateError, template_words

SLOTS = {"model": "[MW] "}


def fits(template: str, line: str, **rules: str) -> bool:
    """Whether the whole line is what the template describes; every token ends with a space."""
    source = TemplateCompiler(rules, SLOTS).compile(template)
    return re.fullmatch(source, line) is not None


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("go", "go "),
        ("go home", "go home "),
        ("(go|run) home", "run home "),
        ("[please] go", "go "),
        ("[please] go", "please go "),
        ("(really)? go", "go "),
        ("(very)* good", "very very good "),
        ("[very]* good", "good "),
        ("(very)+ good", "very good "),
        ("[very]+ good", "very very good "),
        ("a|b c", "a "),
        ("a|b c", "b c "),
        ("(a|b|) c", "c "),
        ("to {model}", "to M "),
        ("\\( so \\)", "( so ) "),
        ("\\| so", "| so "),
        ("what's up", "what 's up "),
        ("don't", "don't "),
        ("  spaced   out  ", "spaced out "),
        ("4.5", "4.5 "),
    ],
)
def test_a_template_describes_lines(template: str, line: str) -> None:
    assert fits(template, line)


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("go", "gone "),
        ("go home", "go "),
        ("(very)+ good", "good "),
        ("a.b", "axb "),
        ("to {model}", "to X "),
        ("(go|run) home", "go run home "),
    ],
)
def test_a_template_describes_nothing_else(template: str, line: str) -> None:
    assert not fits(template, line)


def test_a_loop_is_bounded() -> None:
    assert fits("(very)* good", "very " * 12 + "good ")
    assert not fits("(very)* good", "very " * 13 + "good ")


def test_rules_stand_for_their_templates() -> None:
    assert fits("<lead> go", "oh well go ", lead="oh <soft>", soft="well|fine")


@pytest.mark.parametrize(
    ("template", "rules", "message"),
    [
        ("go <where>", {}, "there is no rule <where>"),
        ("<a>", {"a": "<b>", "b": "<a>"}, "rule <a> leads in a circle: a -> b -> a"),
        ("<a>", {"a": "x <a>"}, "rule <a> leads in a circle: a -> a"),
        ("go {where}", {}, "there is no slot {where} in 'go {where}'"),
        ("(go", {}, "'(' is never closed in '(go'"),
        ("[go (home)", {}, "'[' is never closed in '[go (home)'"),
        ("go)", {}, "')' closes nothing in 'go)'"),
        ("(go]", {}, "']' closes nothing in '(go]'"),
        ("[go)*", {}, "')*' closes nothing in '[go)*'"),
        ("go <Up>", {}, "can't read 'go <Up>' from column 3"),
        ("{", {}, "can't read '{' from column 1"),
        ("go \\", {}, "can't read 'go \\\\' from column 3"),
    ],
)
def test_a_broken_template_is_refused_with_the_place(
    template: str, rules: dict[str, str], message: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        TemplateCompiler(rules, SLOTS).compile(template)
    assert str(caught.value) == message
    assert caught.value.code == "lexicon_error"
    assert "lexicon" in caught.value.remedy
    assert isinstance(caught.value, ConfigurationError)


def test_a_rule_is_compiled_once_for_all_templates() -> None:
    compiler = TemplateCompiler({"a": "one|two"}, {})
    assert compiler.rule("a") is compiler.rule("a")


def test_the_words_of_templates_are_those_that_stand_in_messages() -> None:
    templates = ["(go|what's) [to] {model} <rule> \\(", "don't go"]
    assert template_words(templates) == {"go", "what", "'s", "to", "don't", "\\", "("}
