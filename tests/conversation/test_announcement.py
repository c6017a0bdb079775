from __future__ import annotations

from typing import Any

import pytest

from fourthwall.chat import Switch, SwitchImpact
from fourthwall.conversation._announcement import PHRASES, Announced, Announcer, wording_of
from fourthwall.conversation._phrases import Book, languages, load
from fourthwall.errors import ConfigurationError, RequestError, UnknownModelError
from fourthwall.registry import ModelCard, Registry


def card(model: str, name: str | None = None, **facts: Any) -> ModelCard:
    return ModelCard(id=model, provider="p", name=name, **facts)


REGISTRY = Registry(
    [
        card("gpt-4o", "GPT-4o"),
        card("claude-sonnet-4.5", "Claude Sonnet 4.5", aliases=("sonnet",)),
        card("o1"),
    ],
    as_of="2026-11-22",
)


def switch(kind: str = "switch", **about: Any) -> Switch:
    return Switch(kind=kind, **{"from_model": "gpt-4o", "to_model": "claude-sonnet-4.5"} | about)


def told(text: str, registry: Registry = REGISTRY) -> Announced | None:
    return Announcer(registry).strip(text)[0]


class TestWording:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("switch", "Switched from GPT-4o to Claude Sonnet 4.5."),
            ("revert", "Switched back from GPT-4o to Claude Sonnet 4.5."),
            (
                "reset",
                "Switched back from GPT-4o to Claude Sonnet 4.5, "
                "the model this conversation began with.",
            ),
            ("once", "Claude Sonnet 4.5 answers this message, then GPT-4o is back."),
            ("retry", "Claude Sonnet 4.5 answers the last question again, then GPT-4o is back."),
            (
                "failover",
                "GPT-4o isn't available right now; Claude Sonnet 4.5 answers this message.",
            ),
        ],
    )
    def test_each_kind_has_its_sentence(self, kind: str, text: str) -> None:
        assert Announcer(REGISTRY).text(switch(kind)) == text

    def test_replaced_model_is_named_first(self) -> None:
        assert Announcer(REGISTRY).text(switch(asked_for="o1")) == (
            "o1 has been retired; Claude Sonnet 4.5 takes its place. "
            "Switched from GPT-4o to Claude Sonnet 4.5."
        )

    def test_retry_by_the_same_model_says_so(self) -> None:
        text = Announcer(REGISTRY).text(switch("retry", to_model="gpt-4o"))
        assert text == "GPT-4o answers the last question again."
        assert told(text) == Announced("retry", "gpt-4o", "gpt-4o")

    def test_switch_to_the_active_model_says_so(self) -> None:
        text = Announcer(REGISTRY).text(switch(to_model="gpt-4o"))
        assert text == "You are already talking to GPT-4o."
        assert told(text) == Announced("switch", "gpt-4o", "gpt-4o")

    def test_unknown_kind_is_refused_with_the_kinds_there_are(self) -> None:
        with pytest.raises(RequestError, match="'which'") as caught:
            Announcer(REGISTRY).text(switch("which"))
        assert "failover" in caught.value.remedy

    def test_unknown_model_is_refused(self) -> None:
        with pytest.raises(UnknownModelError):
            Announcer(REGISTRY).text(switch(to_model="gpt-9"))


class TestSpelling:
    def test_two_cards_of_one_name_are_told_apart_by_id(self) -> None:
        registry = Registry([card("r1", "DeepSeek R1"), card("r1-0528", "DeepSeek R1"), card("o1")])
        text = Announcer(registry).text(switch(from_model="r1", to_model="r1-0528"))
        assert text == "Switched from r1 to r1-0528."

    def test_a_name_that_is_another_models_alias_is_not_used(self) -> None:
        registry = Registry([card("s-4", "Sonnet"), card("s-5", aliases=("sonnet",))])
        text = Announcer(registry).text(switch(from_model="s-4", to_model="s-5"))
        assert text == "Switched from s-4 to s-5."

    @pytest.mark.parametrize("name", [" GPT", "GPT\n5", "GPT\u20285"])
    def test_a_name_that_would_not_survive_is_not_used(self, name: str) -> None:
        registry = Registry([card("a", name), card("b")])
        text = Announcer(registry).text(switch(from_model="a", to_model="b"))
        assert text == "Switched from a to b."

    def test_names_that_read_like_the_sentence_fall_back_to_escaped_ids(self) -> None:
        registry = Registry([card("A"), card("A to B"), card("B to C"), card("C")])
        announcer = Announcer(registry)
        text = announcer.text(switch(from_model="A to B", to_model="C"))
        assert announcer.strip(text) == (Announced("switch", "A to B", "C"), "")
        texts = {
            announcer.text(switch(from_model=a, to_model=b))
            for a, b in (("A", "B to C"), ("A to B", "C"))
        }
        assert len(texts) == 2


class TestDetails:
    IMPACT = SwitchImpact(
        price_in_before=0.15,
        price_in_after=15.0,
        price_out_before=10.0,
        price_out_after=12.5,
        context_before=1_000_000,
        context_after=200_000,
        images_hidden=2,
        cache_lost_tokens=12_000,
    )

    def text(self, impact: SwitchImpact = IMPACT, **options: Any) -> str:
        text = Announcer(REGISTRY, **options).text(switch(impact=impact))
        return text.removeprefix("Switched from GPT-4o to Claude Sonnet 4.5.").strip()

    def test_short_tells_what_is_past_the_threshold(self) -> None:
        assert self.text() == (
            "Note: images it can't see: 2; input: 0.15 → 15.00 USD per million tokens; "
            "context window: 1,000,000 → 200,000 tokens."
        )

    def test_threshold_can_be_set(self) -> None:
        assert "output: 10.00 → 12.50 USD" in self.text(threshold=1.25)
        assert self.text(threshold=1000) == "Note: images it can't see: 2."

    def test_full_tells_every_change(self) -> None:
        text = self.text(details="full")
        assert "output: 10.00 → 12.50 USD per million tokens; context" in text
        assert text.endswith("; prompt cache lost: 12,000 tokens.")

    def test_full_tells_a_price_that_falls_and_no_window_that_grows(self) -> None:
        impact = SwitchImpact(
            price_in_before=2.0, price_in_after=0.075, context_before=100, context_after=200
        )
        text = self.text(impact, details="full")
        assert text == "Note: input: 2.00 → 0.075 USD per million tokens."

    def test_what_is_of_no_use_any_more_is_always_told(self) -> None:
        impact = SwitchImpact(files_hidden=1, tools_lost=2, left_out_tokens=90_000)
        assert self.text(impact) == (
            "Note: files it can't take: 1; tools it can't use: 2; "
            "older messages it isn't shown: 90,000 tokens."
        )

    def test_a_lost_cache_is_told_from_a_threshold_on(self) -> None:
        note = "Note: prompt cache lost: 100,000 tokens."
        assert self.text(SwitchImpact(cache_lost_tokens=99_999)) == ""
        assert self.text(SwitchImpact(cache_lost_tokens=100_000)) == note
        assert self.text(SwitchImpact(cache_lost_tokens=5), cache_threshold=5).endswith("5 tokens.")

    def test_a_cost_is_told_if_it_is_money_and_grows(self) -> None:
        def cost(before: int, after: int, **options: Any) -> str:
            impact = SwitchImpact(cost_turn_before_nanousd=before, cost_turn_after_nanousd=after)
            return self.text(impact, **options)

        dear, cheap = 520_000_000, 31_234_567
        told = "Note: reading this conversation: 0.0312 → 0.52 USD."
        assert cost(cheap, dear) == told
        assert cost(cheap, dear, threshold=20) == ""
        assert cost(1, 99_999_999) == ""
        assert cost(1, 99_999_999, cost_threshold=0.01) != ""
        assert cost(dear, cheap) == cost(cheap, cheap, details="full") == ""
        assert cost(dear, cheap, details="full") != ""

    def test_unknown_facts_are_not_told(self) -> None:
        impact = SwitchImpact(price_in_before=2.0, context_after=10)
        assert self.text(impact, details="full") == ""

    def test_none_tells_nothing(self) -> None:
        assert self.text(details="none") == ""

    def test_a_note_too_long_to_be_recognised_is_left_out(self) -> None:
        impact = SwitchImpact(
            price_in_before=1e300,
            price_in_after=1e301,
            price_out_before=1e300,
            price_out_after=1e301,
        )
        assert self.text(impact) == ""


class TestStrip:
    ANNOUNCEMENT = "Switched from GPT-4o to Claude Sonnet 4.5."
    READ = Announced("switch", "gpt-4o", "claude-sonnet-4.5")

    def strip(self, text: str) -> tuple[Announced | None, str]:
        return Announcer(REGISTRY).strip(text)

    def test_announcement_alone_has_no_answer(self) -> None:
        assert self.strip(self.ANNOUNCEMENT) == (self.READ, "")
        assert self.strip(self.ANNOUNCEMENT + "\n\n") == (self.READ, "")

    def test_changed_line_endings_are_accepted(self) -> None:
        assert self.strip(self.ANNOUNCEMENT + "\r\n\r\nHi") == (self.READ, "Hi")

    def test_only_the_first_announcement_goes(self) -> None:
        text = f"{self.ANNOUNCEMENT}\n\n{self.ANNOUNCEMENT}\n\nHi"
        assert self.strip(text) == (self.READ, f"{self.ANNOUNCEMENT}\n\nHi")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\n\n",
            "Hello.",
            "Switched from tabs to spaces.\n\nHere is the file.",
            "Switched from GPT-4o to GPT-9.\n\nHi",
            "Switched from GPT-4o to Claude Sonnet 4.5.\nHi",
            "Switched from GPT-4o to Claude Sonnet 4.5. Hi",
            " Switched from GPT-4o to Claude Sonnet 4.5.\n\nHi",
            "Switched from  to .\n\nHi",
            "Switched from GPT-4o to .\n\nHi",
            "o1 has been retired; GPT-4o takes its place. Switched from o1 to o1.",
            f"Switched from GPT-4o to {'Claude ' * 100}.\n\nHi",
            "Switched from " + "GPT-4o to " * 1000,
        ],
    )
    def test_anything_else_is_left_alone(self, text: str) -> None:
        assert self.strip(text) == (None, text)

    def test_models_are_known_by_any_of_their_names(self) -> None:
        """The label may have been another when the answer was written."""
        assert told("Switched from gpt 4o to Sonnet.") == self.READ

    def test_a_model_that_is_gone_makes_it_an_ordinary_sentence(self) -> None:
        without = REGISTRY.restricted(["gpt-4o", "o1"])
        assert told(self.ANNOUNCEMENT, without) is None


class TestTemplates:
    def test_own_template_is_written_and_read(self) -> None:
        announcer = Announcer(REGISTRY, templates={"switch": "_{to_model}_ ← {from_model}"})
        text = announcer.text(switch())
        assert text == "_Claude Sonnet 4.5_ ← GPT-4o"
        assert announcer.strip(announcer.apply(text, "Hi")) == (TestStrip.READ, "Hi")

    def test_the_packaged_phrases_are_still_read(self) -> None:
        announcer = Announcer(REGISTRY, templates={"switch": "{from_model} -> {to_model}"})
        assert announcer.strip(TestStrip.ANNOUNCEMENT + "\n\nHi") == (TestStrip.READ, "Hi")

    @pytest.mark.parametrize(
        ("key", "template", "problem"),
        [
            ("swich", "{from_model} to {to_model}", "no such phrase"),
            ("switch", "Now {to_model}.", r"lacks the field \{from_model\}"),
            ("switch", "{from_model}, {to_model}, {model}", r"unknown field \{model\}"),
            ("switch", "{from_model} {to_model} {to_model}", "each field once"),
            ("switch", "{from_model} to {to_model:>9}", "each field once"),
            ("switch", "{from_model}{to_model}.", "text between two fields"),
            ("stay", "{to_model}", "text beside its fields"),
            ("switch", "{from_model} to {to_model", "isn't a template"),
            ("switch", "{from_model} to\n{to_model}", "one line"),
            ("switch", "{from_model} to {to_model} ", "one line"),
            ("switch", 5, "one line"),
            ("revert", "Switched from {to_model} to {from_model}.", "read differently"),
        ],
    )
    def test_a_bad_template_is_refused_by_name(self, key: str, template: Any, problem: str) -> None:
        with pytest.raises(ConfigurationError, match=problem) as caught:
            Announcer(REGISTRY, templates={key: template})
        assert f"templates[{key!r}]" in caught.value.message

    def test_a_sentence_that_cannot_be_told_apart_is_refused(self) -> None:
        """A model's id is a word of the template here, which no check of templates can foresee."""
        registry = Registry([card("to"), card("x"), card("y")])
        announcer = Announcer(
            registry, templates={"switch": "{from_model} to {to_model}", "stay": "x to {to_model}"}
        )
        with pytest.raises(ConfigurationError, match="read differently"):
            announcer.text(switch(from_model="y", to_model="y"))

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            ({"language": "tlh"}, "there are: en"),
            ({"details": "long"}, "'short'"),
            ({"threshold": 0.5}, "at least 1.0"),
            ({"threshold": float("nan")}, "at least 1.0"),
            ({"cache_threshold": -1}, "at least 0"),
            ({"cost_threshold": float("nan")}, "at least 0"),
        ],
    )
    def test_a_bad_option_is_refused(self, options: dict[str, Any], problem: str) -> None:
        with pytest.raises(ConfigurationError, match=problem):
            Announcer(REGISTRY, **options)


class TestLanguages:
    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("es", "Cambio de GPT-4o a Claude Sonnet 4.5."),
            ("fr", "GPT-4o cède la place à Claude Sonnet 4.5."),
            ("de", "Wechsel von GPT-4o zu Claude Sonnet 4.5."),
            ("ru", "Теперь вместо GPT-4o отвечает Claude Sonnet 4.5."),
            ("ar", "تم التبديل من GPT-4o إلى Claude Sonnet 4.5."),
            ("ja", "GPT-4oからClaude Sonnet 4.5に切り替えました。"),
            ("ko", "GPT-4o 모델에서 Claude Sonnet 4.5 모델로 바꿨어요."),
        ],
    )
    def test_each_language_has_its_sentence(self, language: str, text: str) -> None:
        assert Announcer(REGISTRY, language=language).text(switch()) == text

    @pytest.mark.parametrize("language", languages())
    def test_every_language_is_read_whatever_is_spoken(self, language: str) -> None:
        text = Announcer(REGISTRY, language=language).text(switch())
        for reader in (Announcer(REGISTRY), Announcer(REGISTRY, language="de")):
            assert reader.strip(f"{text}\n\nHi") == (TestStrip.READ, "Hi")

    def test_a_dialect_counts_as_its_language(self) -> None:
        assert Announcer(REGISTRY, language="de-AT").text(switch()).startswith("Wechsel von")

    def test_without_a_language_it_is_english_until_told_better(self) -> None:
        announcer = Announcer(REGISTRY)
        assert announcer.text(switch()).startswith("Switched")
        assert announcer.speaking("pt-BR").text(switch()).startswith("Mudança de")
        assert announcer.speaking("pt-BR") == Announcer(REGISTRY, language="pt")

    @pytest.mark.parametrize("language", ["tlh", None])
    def test_an_unknown_language_changes_nothing(self, language: str | None) -> None:
        announcer = Announcer(REGISTRY)
        assert announcer.speaking(language) is announcer

    def test_a_language_of_its_own_stays(self) -> None:
        announcer = Announcer(REGISTRY, language="de")
        assert announcer.speaking("es") is announcer

    def test_numbers_are_written_as_in_the_language(self) -> None:
        announcer = Announcer(REGISTRY, language="de", details="full")
        text = announcer.text(switch(impact=TestDetails.IMPACT))
        assert text.endswith(
            " Hinweis: Bilder, die es nicht sehen kann: 2; Eingabe: 0,15 → 15,00 USD pro Million "
            "Tokens; Ausgabe: 10,00 → 12,50 USD pro Million Tokens; Kontextfenster: 1.000.000 → "
            "200.000 Tokens; Prompt-Cache verloren: 12.000 Tokens."
        )
        assert announcer.strip(text) == (TestStrip.READ, "")

    def test_sentences_are_joined_as_in_the_language(self) -> None:
        announcer = Announcer(REGISTRY, language="zh")
        impact = SwitchImpact(images_hidden=2, context_before=9000, context_after=100)
        text = announcer.text(switch(asked_for="o1", impact=impact))
        assert text == (
            "o1 已下线，由 Claude Sonnet 4.5 接替。已从 GPT-4o 切换到 Claude Sonnet 4.5。"
            "注意：它看不到的图片：2 张；上下文窗口：从 9,000 变为 100 token。"
        )
        assert announcer.strip(text + "\n\n好") == (TestStrip.READ, "好")

    def test_own_templates_hold_in_every_language(self) -> None:
        announcer = Announcer(REGISTRY, templates={"switch": "{from_model} > {to_model}"})
        spanish = announcer.speaking("es")
        assert spanish.text(switch()) == "GPT-4o > Claude Sonnet 4.5"
        assert spanish.text(switch("revert")) == "De vuelta de GPT-4o a Claude Sonnet 4.5."
        assert announcer.strip(spanish.text(switch())) == (TestStrip.READ, "")

    def test_an_own_template_that_another_language_has_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="read differently"):
            Announcer(REGISTRY, templates={"switch": "Retour à {from_model} après {to_model}."})

    def test_the_phrases_are_a_mapping(self) -> None:
        assert list(PHRASES) == list(languages())
        assert len(PHRASES) == 15
        assert PHRASES["de"]["stay"] == "Du bist schon bei {to_model}."
        assert "tlh" not in PHRASES

    @pytest.mark.parametrize("language", languages())
    def test_phrases_of_a_language_will_do_as_templates(self, language: str) -> None:
        announcer = Announcer(REGISTRY, templates=PHRASES[language])
        assert announcer.text(switch()) == Announcer(REGISTRY, language=language).text(switch())

    @pytest.mark.parametrize(
        ("section", "key", "value", "problem"),
        [
            ("announcement", "stay", None, "announcement.stay is missing"),
            ("announcement", "stay", "Hi.", r"announcement.stay lacks the field \{to_model\}"),
            ("announcement", "stay", " {to_model}.", "announcement.stay must be one line"),
            ("announcement", "stay", "x" * 1299 + "{to_model}", "longer than 1300 code points"),
            ("marks", "decimal", None, "marks.decimal is missing"),
        ],
    )
    def test_a_bad_file_is_refused_by_key(
        self, section: str, key: str, value: str | None, problem: str
    ) -> None:
        data = {name: dict(part) for name, part in load("en").data.items()}
        data[section] |= {key: value}
        if value is None:
            del data[section][key]
        with pytest.raises(ConfigurationError, match=problem) as caught:
            wording_of(Book("xx", data))
        assert caught.value.param == "phrases/xx.toml"


def test_nothing_is_read_before_a_text_may_be_an_announcement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_reader(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("fourthwall.conversation._announcement._reader", no_reader)
    announcer = Announcer(REGISTRY)
    for answer in ("x" * 9000, "One line\nand another", "", "\n\nHi"):
        assert announcer.strip(answer) == (None, answer)


def test_announcers_are_values() -> None:
    assert Announcer(REGISTRY) == Announcer(REGISTRY)
    assert hash(Announcer(REGISTRY, templates={})) == hash(Announcer(REGISTRY, templates={}))
