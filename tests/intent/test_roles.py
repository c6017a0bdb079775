"""Lexicon files as words sorted by their roles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fourthwall.errors import ConfigurationError
from fourthwall.intent._phrases import PhraseError
from fourthwall.intent._roles import (
    NEEDED_ROLES,
    ROLES,
    Node,
    Role,
    RoleLexicon,
    compile_roles,
    read_lexicon,
)

Small = Callable[..., RoleLexicon]


def made(roles: dict[str, str] | None = None, **more: Any) -> RoleLexicon:
    return compile_roles({"language": "xx", "name": "Xish", "roles": roles or {}, **more})


def roles_at(lexicon: RoleLexicon, *words: str) -> int:
    end, node = lexicon.tree.longest(words, 0)
    return node.roles if node is not None and end == len(words) else 0


def test_every_role_has_a_bit_of_its_own() -> None:
    bits = [getattr(Role, role.upper()) for role in ROLES]
    assert len(set(bits)) == len(ROLES)
    assert all(bit.bit_count() == 1 for bit in bits)
    assert set(ROLES) >= NEEDED_ROLES


class TestPhrases:
    def test_a_phrase_has_the_roles_it_is_listed_under(self) -> None:
        lexicon = made({"go": "go to|move", "use": "move", "talk": "go"})
        assert roles_at(lexicon, "go", "to") == Role.GO
        assert roles_at(lexicon, "move") == Role.GO | Role.USE
        assert roles_at(lexicon, "go") == Role.TALK
        assert roles_at(lexicon, "to") == 0

    def test_the_longest_phrase_is_found(self) -> None:
        tree = made({"go": "go|go over to"}).tree
        assert tree.longest(["go", "over", "to", "it"], 0)[0] == 3
        assert tree.longest(["go", "over", "it"], 0)[0] == 1
        assert tree.longest(["now", "go"], 1)[0] == 2
        assert tree.longest(["go"], 1) == (1, None)
        assert tree.longest(["over"], 0) == (0, None)

    def test_the_longest_phrase_of_a_role_is_found(self) -> None:
        tree = made({"go": "go", "with": "go with"}).tree
        assert tree.longest(["go", "with"], 0, Role.GO)[0] == 1
        assert tree.longest(["go", "with"], 0, Role.GO | Role.WITH)[0] == 2
        assert tree.longest(["go", "with"], 0, Role.TALK) == (0, None)

    def test_an_empty_tree_finds_nothing(self) -> None:
        assert Node().longest(["go"], 0) == (0, None)

    def test_a_phrase_in_two_parts_goes_on_later(self) -> None:
        lexicon = made({"go": "stell sie … um", "use": "stell … ein", "talk": "stell … an"})
        end, node = lexicon.tree.longest(["stell", "es"], 0)
        assert node is not None
        assert (end, node.roles) == (1, 0)
        assert node.gaps == ((("ein",), Role.USE), (("an",), Role.TALK))
        assert lexicon.tree.longest(["stell", "sie"], 0)[0] == 2
        assert "…" not in lexicon.vocabulary
        assert {"stell", "sie", "um"} <= lexicon.vocabulary

    def test_without_its_second_part_it_has_no_role(self) -> None:
        tree = made({"go": "stell … um"}).tree
        assert tree.longest(["stell"], 0, Role.GO) == (0, None)

    def test_an_attribute_tells_its_trait(self) -> None:
        lexicon = made(
            {"use": "cheap"}, attributes={"cheaper": "cheap|not dear", "newest": "cheap"}
        )
        node = lexicon.tree.longest(["cheap"], 0)[1]
        assert node is not None
        assert (node.roles, node.trait) == (Role.USE | Role.ATTRIBUTE, "cheaper")
        assert roles_at(lexicon, "not", "dear") == Role.ATTRIBUTE

    def test_the_vocabulary_is_all_words(self) -> None:
        lexicon = made({"go": "Go [over] to", "noun": "l'IA"}, attributes={"newest": "new"})
        assert lexicon.vocabulary == {"go", "over", "to", "l", "'", "ia", "new"}


class TestErrors:
    def test_a_role_that_is_not_there_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match="there is no role 'jump'"):
            made({"jump": "hop"})

    def test_an_attribute_that_is_not_there_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match="there is no attribute 'purple'"):
            made(attributes={"purple": "purple"})

    @pytest.mark.parametrize("part", ["language", "name", "roles"])
    def test_a_part_that_is_missing_is_named(self, part: str) -> None:
        data = {"language": "xx", "name": "Xish", "roles": {}}
        del data[part]
        with pytest.raises(ConfigurationError, match=f"a lexicon needs '{part}'"):
            compile_roles(data)

    @pytest.mark.parametrize("part", ["roles", "names"])
    def test_a_phrase_that_cannot_be_read_is_named_with_its_place(self, part: str) -> None:
        key = "go" if part == "roles" else "claude"
        data = {"language": "xx", "name": "Xish", "roles": {}, part: {key: "zum (vi"}}
        with pytest.raises(PhraseError, match=rf"^xx, {part}\.{key}: '\(' is never closed"):
            compile_roles(data)


class TestSpellings:
    def found(self, lexicon: RoleLexicon, *words: str) -> str | None:
        end, node = lexicon.spellings.longest(words, 0)
        return node.trait if node is not None and end == len(words) else None

    def test_words_of_names_are_known_in_the_languages_own_spelling(self) -> None:
        lexicon = made(names={"Google": "谷歌|gugl", "claude": "klodo gran"})
        assert self.found(lexicon, "谷", "歌") == self.found(lexicon, "gugl") == "google"
        assert self.found(lexicon, "klodo", "gran") == "claude"
        assert self.found(lexicon, "klodo") is None

    def test_they_are_inflected(self) -> None:
        lexicon = made(names={"google": "谷歌|gugl", "claude": "klodo gran"}, endings="'ov")
        assert self.found(lexicon, "guglov") == "google"
        assert self.found(lexicon, "klodo", "granov") == "claude"
        assert self.found(lexicon, "谷", "歌ov") is None

    def test_they_wake_the_reader(self) -> None:
        lexicon = made(names={"google": "谷歌|gugl"})
        assert "gugl" in lexicon.cues
        assert "谷歌" in lexicon.cue_parts

    def test_they_are_no_slips(self) -> None:
        assert made({"go": "switch"}).slips["swithc"] == "switch"
        assert "swithc" not in made({"go": "switch"}, names={"google": "swithc"}).slips

    def test_a_language_may_have_none(self) -> None:
        assert made().spellings == Node()


class TestEndings:
    def test_an_ending_is_a_small_word(self) -> None:
        lexicon = made(endings="'a 'yla a")
        assert lexicon.endings == ("yla", "a")
        assert roles_at(lexicon, "'", "a") == roles_at(lexicon, "~a") == Role.SMALL

    def test_an_ending_with_a_role_has_it_without_its_apostrophe_too(self) -> None:
        lexicon = made({"with": "'yla", "from": "'dan"}, endings="yla")
        assert roles_at(lexicon, "'", "yla") == roles_at(lexicon, "~yla") == Role.WITH
        assert roles_at(lexicon, "~dan") == 0

    def test_a_language_may_have_none(self) -> None:
        assert made().endings == ()


def test_prefixes_are_tried_longest_first() -> None:
    assert made(prefixes="L li bil").prefixes == ("bil", "li", "l")


def test_words_that_folding_would_mistake_keep_their_accents() -> None:
    assert made(typed_otherwise="Où là").typed_otherwise == {"où", "là"}


def test_such_words_may_stand_in_a_clause_about_a_model() -> None:
    assert roles_at(made(typed_otherwise="usé"), "~use") == Role.HAD
    assert roles_at(made({"use": "use"}, typed_otherwise="usé"), "use") == Role.USE


@pytest.mark.parametrize("trait", ["ordinary", "for_me", "object_marks", "object_first"])
def test_words_with_a_part_of_their_own_are_kept(trait: str) -> None:
    words: dict[str, Any] = {trait: "Zum ĝi"}
    assert getattr(made(**words), trait) == {"zum", "gi"}
    assert getattr(made(), trait) == frozenset()


@pytest.mark.parametrize(
    ("words", "latin"), [("zum|vi", True), ("zum|на|это", False), ("zum|на", False)]
)
def test_a_language_is_latin_where_most_words_are(words: str, latin: bool) -> None:
    assert made({"go": words}).latin is latin


def test_words_that_begin_to_take_back_are_told() -> None:
    assert made({"cancel": "never mind", "not": "ne", "go": "zum"}).takes_back == {"never", "ne"}


def test_slips_of_long_words_of_commands_are_mended() -> None:
    lexicon = made({"go": "switch|go", "task": "scribble", "use": "don't"}, near_words="swatch")
    assert lexicon.slips["swithc"] == "switch"
    assert "swatch" not in lexicon.slips
    assert "scribbel" not in lexicon.slips


def test_sounds_are_of_one_or_more_letters() -> None:
    assert made(sounds={"Cinco": "5", "Gê": "g j"}).name_words.sounds == {
        "cinco": ("5",),
        "ge": ("g", "j"),
    }


def test_traits_of_the_language_are_told() -> None:
    plain = made()
    assert [plain.verb_final, plain.verb_last, plain.has_templates] == [False, False, False]
    other = made(verb_final=True, verb_last=True, frames={})
    assert other.verb_final
    assert other.verb_last
    assert other.has_templates
    data = {"language": "xx", "name": "Xish", "roles": {}}
    assert compile_roles(data, {"roles": {}, "frames": {}}).has_templates


def test_names_are_told_from_its_words() -> None:
    words = made(
        {
            "small": "the|of the",
            "and": "and|as well as",
            "or": "or",
            "noun": "model|the bot|-modell",
        },
        of="Of の",
        near_words="teh",
        sounds={"gee": "g"},
        outside={"names": "vicuna alpaca", "parts": "gpt llm"},
    ).name_words
    assert words.never_first == {"the", "of", "and", "as", "or"}
    assert words.connectors == {"and", "or"}
    assert words.nouns == {"model", "modell"}
    assert words.joiners == {"of", "の"}
    assert words.outside == {"vicuna", "alpaca"}
    assert words.outside_parts == ("gpt", "llm")
    assert [sorted(real) for real in words.real[1:]] == [["teh"], ["gee"]]


class TestCues:
    def test_commands_without_a_name_have_one_of_their_words(self) -> None:
        lexicon = made(
            {
                "reset": "zurb the model",
                "small": "the",
                "noun": "ai",
                "go": "zwitch",
                "nouns": "a b",
            },
            attributes={"cheaper": "kheaper"},
        )
        assert lexicon.cues == {"zurb", "kheaper", "ai"}

    def test_common_and_short_words_are_no_cues(self) -> None:
        assert made({"reset": "go on|xy", "revert": "back"}).cues == frozenset()

    def test_a_verb_in_another_script_is_one(self) -> None:
        assert made({"go": "переключи на|switch"}).cues == {"переключи"}

    def test_writing_without_spaces_has_parts(self) -> None:
        lexicon = made({"reset": "模型重置|重置", "go": "切换到|用", "noun": "模型"})
        assert lexicon.cues == frozenset()
        assert lexicon.cue_parts == {"重置", "切换到", "模型"}


def test_signs_are_its_words_of_letters() -> None:
    assert made({"go": "go 2 it!", "with": "'s"}, sounds={"gee": "g"}).signs == {
        "go",
        "it",
        "s",
        "gee",
    }


class TestMixing:
    def test_words_of_both_languages_are_read(self) -> None:
        data = {"language": "xx", "name": "Xish", "roles": {"go": "zum"}, "verb_final": True}
        other = {"roles": {"go": "switch", "small": "zum"}, "attributes": {"newest": "new"}}
        lexicon = compile_roles(data, other)
        assert (lexicon.language, lexicon.verb_final) == ("xx", False)
        assert roles_at(lexicon, "switch") == Role.GO
        assert roles_at(lexicon, "zum") == Role.GO | Role.SMALL
        assert roles_at(lexicon, "new") == Role.ATTRIBUTE


class TestReadingFiles:
    def test_the_content_is_that_of_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "xx.toml"
        file.write_text('language = "xx"\nname = "Ẋish"\n[roles]\ngo = "zum"', "utf-8")
        data = {"language": "xx", "name": "Ẋish", "roles": {"go": "zum"}}
        assert read_lexicon(file) == read_lexicon(str(file)) == data

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"can't read '.*xx\.toml': No such file"):
            read_lexicon(tmp_path / "xx.toml")

    @pytest.mark.parametrize("content", [b"language = ", b'name = "\xff"'])
    def test_a_file_that_is_no_toml_is_named(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "xx.toml"
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"xx.toml' isn't TOML in UTF-8"):
            read_lexicon(file)


def test_the_small_language_is_a_whole_one(small_language: Small) -> None:
    lexicon = small_language()
    assert roles_at(lexicon, "switch") == Role.GO
    assert small_language(go="zum").vocabulary - lexicon.vocabulary == {"zum"}
