"""Reading a message where some of the known models can't be had, with the real parser."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.conversation._reading import read_intent
from fourthwall.intent import Intent, parse
from fourthwall.registry import ModelCard, Registry


def card(model: str, provider: str, family: str, price: float, **about: Any) -> ModelCard:
    return ModelCard(
        id=model, provider=provider, family=family, price_in=price, price_out=price, **about
    )


REGISTRY = Registry(
    [
        card("gpt-4o", "openai", "gpt", 4.0, family_default=True, fallbacks=("grok-4",)),
        card("gpt-4o-mini", "openai", "gpt", 2.0),
        card("gpt-3", "openai", "gpt", 4.0, retires="2020-01-01", replaced_by="gpt-4o"),
        card("o4-mini", "openai", "o", 3.0),
        card("claude-sonnet-4.5", "anthropic", "claude", 5.0, tier="sonnet", family_default=True),
        card("claude-opus-4.1", "anthropic", "claude", 9.0, tier="opus"),
        card("deepseek-v3", "deepseek", "deepseek", 0.5, name="DeepSeek V3", family_default=True),
        card("grok-4", "xai", "grok", 3.0, family_default=True, vision=True),
        card("llama-3.3-70b", "groq", "llama", 0.1, family_default=True),
        card("qwen3-max", "alibaba", "qwen", 1.0, family_default=True),
        ModelCard(id="qwen3:8b", provider="ollama"),
    ],
    as_of="2026-11-22",
)


def read(text: str, *usable: str, active: str = "gpt-4o", **about: Any) -> Intent:
    return read_intent(
        text,
        **{"parser": parse, "registry": REGISTRY, **about},
        usable=frozenset((active, *usable)),
        active=REGISTRY[active],
        previous=None,
    )


def goes_to(intent: Intent) -> str | None:
    return intent.target.id if intent.target is not None else None


class TestWhatCanBeHadComesFirst:
    @pytest.mark.parametrize(
        ("text", "usable", "target"),
        [
            ("use something cheaper and sing", ("gpt-4o-mini",), "gpt-4o-mini"),
            ("switch to the cheapest model", ("gpt-4o-mini",), "gpt-4o-mini"),
            ("switch to qwen", ("qwen3:8b",), "qwen3:8b"),
            ("switch to mini", ("o4-mini",), "o4-mini"),
        ],
    )
    def test_a_wish_is_for_one_of_them(
        self, text: str, usable: tuple[str, ...], target: str
    ) -> None:
        assert goes_to(read(text, *usable)) == target

    def test_several_of_them_are_asked_about(self) -> None:
        intent = read("switch to mini", "gpt-4o-mini", "o4-mini")
        assert intent.kind == "ambiguous"
        assert {one.id for one in intent.candidates} == {"gpt-4o-mini", "o4-mini"}

    def test_a_description_compares_with_the_active_model(self) -> None:
        intent = read("use something cheaper", "o4-mini", active="gpt-4o-mini")
        assert intent.kind == "unknown_model"

    def test_the_cards_are_the_registrys_own(self) -> None:
        usable = ("gpt-4o", "qwen3:8b")
        intent = read("switch to something cheaper", *usable, active="claude-sonnet-4.5")
        assert intent.target is REGISTRY["gpt-4o"]

    def test_a_retired_model_is_as_good_as_its_replacement(self) -> None:
        intent = read("switch to gpt-3", active="gpt-4o")
        assert (intent.target, intent.asked_for) == (REGISTRY["gpt-4o"], REGISTRY["gpt-3"])


class TestWhatCannotBeHad:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("switch to Claude and sing", "claude-sonnet-4.5"),
            ("switch to deepseak", "deepseek-v3"),  # a slip is a name, too
            ("use the cheapest claude", "claude-sonnet-4.5"),
        ],
    )
    def test_a_model_is_known_by_its_name(self, text: str, target: str) -> None:
        assert goes_to(read(text)) == target

    def test_a_longer_name_is_never_cut_to_one_that_is_there(self) -> None:
        assert goes_to(read("switch to claude opus", "claude-sonnet-4.5")) == "claude-opus-4.1"

    def test_a_name_is_never_taken_for_a_slip_of_one_that_is_there(self) -> None:
        assert goes_to(read("switch to grok", "llama-3.3-70b")) == "grok-4"

    def test_a_description_that_fits_none_names_none(self) -> None:
        intent = read("switch to a model that can see images and sing")
        assert (intent.kind, intent.wish, intent.target) == ("unknown_model", "switch", None)
        assert intent.remainder == "sing"

    def test_several_that_cant_be_had_are_no_choice(self) -> None:
        intent = read("switch to mini")
        assert (intent.kind, intent.wish) == ("unknown_model", "switch")

    def test_instead_of_what_nobody_knows_something_near_is_offered(self) -> None:
        intent = read("switch to gpt-9", "gpt-4o-mini")
        assert intent.kind == "unknown_model"
        assert {one.id for one in intent.candidates} <= {"gpt-4o", "gpt-4o-mini"}


class TestHowOften:
    def asked(self, text: str, *usable: str, **about: Any) -> list[int]:
        sizes = []

        def parser(text: str, registry: Registry, **kwargs: Any) -> Intent:
            sizes.append(len(registry))
            return parse(text, registry, **kwargs)

        read(text, *usable, parser=parser, **about)
        return sizes

    @pytest.mark.parametrize("text", ["hello", "switch to gpt-4o and sing", "switch back", "help"])
    def test_what_is_settled_is_read_once(self, text: str) -> None:
        assert self.asked(text) == [len(REGISTRY)]

    def test_where_everything_can_be_had_once_too(self) -> None:
        assert self.asked("switch to gpt-9", *REGISTRY) == [len(REGISTRY)]

    def test_what_cant_be_had_is_read_twice(self) -> None:
        assert self.asked("switch to claude", "o4-mini") == [len(REGISTRY), 3]


class TestParsersOfOnesOwn:
    def test_one_that_takes_a_model_for_granted_still_works(self) -> None:
        def parser(text: str, registry: Registry, **_: Any) -> Intent:
            return Intent(kind="switch", target=registry["grok-4"])

        assert goes_to(read("over to you", parser=parser)) == "grok-4"

    def test_one_that_looks_at_no_registry_still_works(self) -> None:
        def parser(text: str, registry: Registry, **_: Any) -> Intent:
            return Intent(kind="switch", target=REGISTRY["grok-4"], named=text)

        assert goes_to(read("grok", parser=parser)) == "grok-4"
