"""The files of the engine's words: how they are found, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fourthwall.chat import Switch
from fourthwall.conversation import _announcement, _clarify, _phrases, _replies
from fourthwall.conversation._announcement import Announcer, wording_of
from fourthwall.conversation._clarify import read_answer, read_way, words_of_book
from fourthwall.conversation._phrases import (
    Book,
    known_language,
    languages,
    load,
    parts_of,
    problem_of,
)
from fourthwall.conversation._replies import phrases_for, phrases_of
from fourthwall.errors import ConfigurationError
from fourthwall.registry import ModelCard, Registry

A, B = (ModelCard(id=i, provider="p", name=i.upper()) for i in "ab")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the packaged files, in place of the packaged folder."""
    for code in languages():
        text = _phrases.folder().joinpath(f"{code}.toml").read_text(encoding="utf-8")
        (tmp_path / f"{code}.toml").write_text(text, encoding="utf-8")

    def forget() -> None:
        for cached in (
            _phrases.languages,
            _phrases.load,
            _replies._packaged,
            _clarify._packaged,
            _announcement._packaged,
            _announcement._wording,
            _announcement._reader,
        ):
            cached.cache_clear()

    monkeypatch.setattr(_phrases, "folder", lambda: tmp_path)
    forget()
    yield tmp_path
    forget()


class TestLanguages:
    def test_there_are_fifteen_and_english_is_first(self) -> None:
        assert languages()[0] == "en"
        assert " ".join(sorted(languages())) == "ar de en es fr hi it ja ko nl pl pt ru tr zh"

    @pytest.mark.parametrize(
        ("asked", "known"),
        [
            *(("de", "de"), ("DE", "de"), ("de-AT", "de"), ("pt_BR", "pt"), ("zh-Hant-TW", "zh")),
            *(("tlh", None), ("", None), (None, None)),
        ],
    )
    def test_a_dialect_counts_as_its_language(self, asked: str | None, known: str | None) -> None:
        assert known_language(asked) == known

    def test_a_language_is_a_file_and_needs_no_code(self, shelf: Path) -> None:
        english = (shelf / "en.toml").read_text(encoding="utf-8")
        (shelf / "eo.toml").write_text(
            english.replace("Switched from {from_model} to", "De {from_model} al")
            .replace("You're talking to {model} (", "Vi parolas kun {model} (")
            .replace("second 2nd", "dua"),
            encoding="utf-8",
        )
        (shelf / "README.md").write_text("not a language", encoding="utf-8")
        assert "eo" in languages()
        announcer = Announcer(Registry([A, B]))
        text = announcer.speaking("eo").text(Switch(kind="switch", from_model="a", to_model="b"))
        assert text == "De A al B."
        told, rest = announcer.strip(f"{text}\n\nHi")
        assert told is not None
        assert rest == "Hi"
        assert phrases_for("eo").texts["which"].startswith("Vi parolas kun")
        assert read_answer("dua", (A, B), lambda _: None).cards == (B,)

    def test_a_file_that_is_no_toml_is_refused_by_name(self, shelf: Path) -> None:
        (shelf / "eo.toml").write_text("what = is this", encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"phrases/eo\.toml: can't be read"):
            load("eo")


@pytest.mark.parametrize("language", languages())
class TestPackaged:
    def test_every_section_is_whole(self, language: str) -> None:
        book = load(language)
        assert book.language == language
        assert phrases_of(book) == phrases_for(language)
        assert wording_of(book).phrases
        assert words_of_book(book).command

    def test_keys_and_fields_are_those_of_english(self, language: str) -> None:
        def shape(code: str) -> dict[str, dict[str, Any]]:
            def of(value: Any) -> Any:
                return sorted(parts_of(value)[1]) if isinstance(value, str) else type(value)

            skipped = ("description", "command")
            return {
                section: {key: of(text) for key, text in part.items() if key not in skipped}
                for section, part in load(code).data.items()
            }

        assert shape(language) == shape("en")

    def test_what_a_waiting_question_offers_to_say_is_understood(self, language: str) -> None:
        words = phrases_for(language).texts["waits"]
        said = re.findall("[“«„‘「](.+?)[”»“’」]", words)[0]
        assert read_answer(said, (A, B), lambda _: None, language=language).goes_on

    def test_what_can_be_said_about_a_window_that_is_too_small_is_understood(
        self, language: str
    ) -> None:
        texts, ways = phrases_for(language).texts, ("stay", "trim", "summarise")
        stay, trim, summarise = (
            re.findall("[“«„‘「](.+?)[”»“’」]", texts[f"way_{way}"])[0] for way in ways
        )
        answer = read_answer(stay, (), lambda _: None, language=language)
        assert answer.goes_on or answer.cancelled
        assert read_way(trim, ("stay", "trim", "summarise"), language=language) == "trim"
        assert read_way(summarise, ("stay", "trim", "summarise"), language=language) == "summarise"

    def test_a_whole_answer_has_one_meaning(self, language: str) -> None:
        words = words_of_book(load(language))
        assert not words.ways.keys() & (words.cancel | words.go_on)

    def test_no_word_has_two_meanings(self, language: str) -> None:
        words = words_of_book(load(language))
        assert not words.fillers & (words.assent | words.places.keys())
        assert not words.assent & words.places.keys()
        assert set(words.places.values()) == {0, 1, 2, 3, -1}


class TestBook:
    def book(self, **section: Any) -> Book:
        return Book("xx", {"s": section})

    def test_texts_are_given_as_they_stand(self) -> None:
        book = self.book(hello="Hi {name}", bye="{}")
        assert book.texts("s", {"hello": frozenset({"name"}), "bye": None}) == {
            "hello": "Hi {name}",
            "bye": "{}",
        }

    @pytest.mark.parametrize(
        ("ask", "problem"),
        [
            (lambda b: b.section("t"), r"phrases/xx\.toml: lacks the section \[t\]"),
            (lambda b: b.texts("s", {}), "s.hello is unknown"),
            (lambda b: b.texts("s", {"hello": frozenset()}), r"s.hello has an unknown field \{x\}"),
            (lambda b: b.value("s", "bye", str), "s.bye is missing"),
            (lambda b: b.value("s", "hello", list), "s.hello must be of the type list"),
        ],
    )
    def test_what_is_wrong_is_named(self, ask: Callable[[Book], Any], problem: str) -> None:
        with pytest.raises(ConfigurationError, match=problem):
            ask(self.book(hello="Hi {x}"))

    def test_a_list_must_be_of_texts(self) -> None:
        assert self.book(l=["a", "b"]).texts_in("s", "l") == ["a", "b"]
        with pytest.raises(ConfigurationError, match=r"s\.l must be a list of texts"):
            self.book(l=["a", 1]).texts_in("s", "l")


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{a} and {b}", None),
        ("{a}", "lacks the field {b}"),
        ("{a} {b} {c}", "has an unknown field {c}"),
        ("{a} {b} {b}", "must have each field once, and as a plain {name}"),
        ("{a} {b!r}", "must have each field once, and as a plain {name}"),
        ("{a} {b", "isn't a template: expected '}' before end of string"),
    ],
)
def test_the_problem_of_a_template_is_told(template: str, problem: str | None) -> None:
    assert problem_of(template, frozenset({"a", "b"})) == problem
