"""How Arabic writing spells Latin names."""

from __future__ import annotations

import pytest

from fourthwall.intent._arabic import ArabicNames, is_arabic

NAMES = ("claude", "gemini", "mistral", "grok", "deepseek", "sonnet", "opus", "kimi", "llama")
MORE = ("cicero", "axel", "oo", "ivory", "aria", "lily", "bella", "hatchet", "eero")


@pytest.fixture(scope="module")
def names() -> ArabicNames:
    return ArabicNames((*NAMES, *MORE, "abc", "naïve"))


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("كلود", "claude"),
        ("جيميني", "gemini"),
        ("ميسترال", "mistral"),
        ("غروك", "grok"),
        ("جروك", "grok"),
        ("قروك", "grok"),
        ("ديبسيك", "deepseek"),
        ("سونيت", "sonnet"),
        ("اوبوس", "opus"),
        ("كيمي", "kimi"),
        ("لاما", "llama"),
        ("سيسيرو", "cicero"),
        ("ايفوري", "ivory"),
        ("هاتشيت", "hatchet"),
    ],
)
def test_a_name_is_found_by_its_consonants_and_most_vowels(
    names: ArabicNames, word: str, name: str
) -> None:
    assert names.named(word) == name


@pytest.mark.parametrize("word", ["خالد", "قرض", "فرصه", "سنوات", "مشتري", "كلب", "نموذج", "لم"])
def test_an_ordinary_word_is_no_name(names: ArabicNames, word: str) -> None:
    assert names.named(word) is None


@pytest.mark.parametrize(("word", "is_it"), [("كلود", True), ("claude", False), ("كلودx", False)])
def test_a_word_is_arabic_if_all_its_letters_are(word: str, is_it: bool) -> None:
    assert is_arabic(word) is is_it
