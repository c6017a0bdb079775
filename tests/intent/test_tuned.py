"""A parser set up to a caller's liking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fourthwall.errors import ConfigurationError
from fourthwall.intent import IntentParser, parse
from fourthwall.intent._phrases import PhraseError
from fourthwall.registry import Registry

XISH = """
language = "xx"
name = "Xish"
[roles]
go = "zumbo"
small = "vi"
"""


def test_as_it_is_made_it_reads_as_parse_does(registry: Registry) -> None:
    parser = IntentParser()
    for text in ("Switch to GPT-5 and write a poem", "Passe à Claude", "Good day", ""):
        assert parser(text, registry, active="o3", previous="gpt-4o") == parse(
            text, registry, active="o3"
        )


def test_it_explains_what_it_reads(registry: Registry) -> None:
    parser = IntentParser(kinds={"revert"})
    assert parser.explain("Switch to GPT-5", registry).intent.kind == "none"
    assert parser.explain("Switch back", registry, active="o3").intent.kind == "revert"


class TestThreshold:
    def test_what_is_less_sure_is_an_ordinary_message(self, registry: Registry) -> None:
        text = "Switch to GPT-5"
        confidence = parse(text, registry).confidence
        assert IntentParser(threshold=confidence)(text, registry).kind == "switch"
        intent = IntentParser(threshold=1.0)(text, registry)
        assert (intent.kind, intent.remainder) == ("none", text)

    @pytest.mark.parametrize("threshold", [-0.1, 1.01, float("nan")])
    def test_it_lies_between_nothing_and_one(self, threshold: float) -> None:
        with pytest.raises(ConfigurationError, match=r"from 0\.0 to 1\.0") as caught:
            IntentParser(threshold=threshold)
        assert caught.value.param == "threshold"


class TestKinds:
    @pytest.mark.parametrize(
        ("text", "kinds", "kind"),
        [
            ("Switch to GPT-5", {"switch"}, "switch"),
            ("Switch to GPT-5", ["revert", "reset"], "none"),
            ("Switch to GPT-9", {"switch"}, "none"),
            ("Switch to GPT-9", {"switch", "unknown_model"}, "unknown_model"),
            ("Switch to GPT-9", {"unknown_model"}, "none"),
            ("Switch to GPT-5", (), "none"),
        ],
    )
    def test_only_these_are_recognised(
        self, registry: Registry, text: str, kinds: Any, kind: str
    ) -> None:
        assert IntentParser(kinds=kinds)(text, registry).kind == kind

    def test_a_strange_one_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match="kinds has 'hop', 'jump', which") as caught:
            IntentParser(kinds={"switch", "jump", "hop"})
        assert caught.value.param == "kinds"


class TestModels:
    def test_only_these_can_be_switched_to(self, registry: Registry) -> None:
        parser = IntentParser(models={"gpt-4o", "claude-opus-4.1"})
        target = parser("Switch to gpt-4o", registry).target
        assert target is not None
        assert target.id == "gpt-4o"
        intent = parser("Switch to GPT-5", registry)
        assert (intent.kind, intent.target) == ("unknown_model", None)
        assert [card.id for card in intent.candidates] == ["gpt-4o"]


class TestLanguages:
    def test_only_these_are_read(self, registry: Registry) -> None:
        assert IntentParser(languages={"fr"})("Passe à Claude", registry).kind == "switch"
        assert IntentParser(languages={"en"})("Passe à Claude", registry).kind == "none"
        assert IntentParser(languages={"fr"})("Switch to Claude", registry).kind == "none"

    def test_one_that_is_not_there_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match="languages has 'xx', which isn't there"):
            IntentParser(languages={"en", "xx"})


class TestPhrases:
    def test_they_are_read_besides_ours(self, registry: Registry) -> None:
        parser = IntentParser(phrases={"switch": ["(zorp|blorp) [the] {model}"]})
        intent = parser("Zorp the GPT-5, then say hi", registry)
        assert (intent.kind, intent.remainder) == ("switch", "say hi")
        assert parser("Switch to GPT-5", registry).kind == "switch"
        assert parse("Zorp the GPT-5", registry).kind == "none"

    def test_they_wake_the_parser_without_a_name(self, registry: Registry) -> None:
        parser = IntentParser(phrases={"revert": ["beam home"]})
        assert parser("Beam home!", registry).kind == "revert"

    @pytest.mark.parametrize(
        ("phrases", "message"),
        [
            ([("revert", "beam home")], "phrases must map kinds to lists of phrases"),
            ({"revert": "beam home"}, "phrases must be a collection of strings"),
        ],
    )
    def test_each_kind_has_a_list_of_them(self, phrases: Any, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message) as caught:
            IntentParser(phrases=phrases)
        assert caught.value.param == "phrases"

    def test_one_that_cannot_be_read_is_told(self) -> None:
        with pytest.raises(PhraseError, match="is never closed"):
            IntentParser(phrases={"revert": ["beam (home"]})


class TestLexicons:
    def test_a_language_of_ones_own_is_read(self, registry: Registry, tmp_path: Path) -> None:
        file = tmp_path / "xx.toml"
        file.write_text(XISH, "utf-8")
        intent = IntentParser(lexicons=[file])("zumbo vi Claude", registry)
        assert (intent.kind, intent.language) == ("switch", "xx")
        assert parse("zumbo vi Claude", registry).kind == "none"

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="can't read"):
            IntentParser(lexicons=[tmp_path / "xx.toml"])


@pytest.mark.parametrize("param", ["kinds", "models", "languages"])
@pytest.mark.parametrize("given", ["switch", [1]])
def test_a_collection_holds_strings_and_is_none(param: str, given: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{param} must be a collection") as caught:
        IntentParser(**{param: given})
    assert caught.value.param == param
