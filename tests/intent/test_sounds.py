"""Names written as they sound."""

from __future__ import annotations

import pytest

from fourthwall.intent._sounds import SoundIndex, coarse_sound, latin_spelling, rhythm, skeleton
from fourthwall.intent._tokens import fold_case

NAMES = ("claude", "gemini", "mistral", "grok", "llama", "opus", "sonnet", "haiku", "qwen", "o3")


@pytest.fixture(scope="module")
def index() -> SoundIndex:
    return SoundIndex(NAMES, others=("mini", "pro", "x"))


class TestLatinSpelling:
    @pytest.mark.parametrize(
        ("word", "spelling"),
        [
            ("claude", "claude"),
            ("клод", "klod"),
            ("чат", "chat"),
            ("объект", "obekt"),
            ("クロード", "kurodo"),
            ("チャット", "chiato"),
            ("클로드", "kulrodu"),
            ("克劳德", "kelaode"),
            ("क्लॉड", "klod"),
            ("क़", "k"),
            ("ク\u3099", ""),
            ("ｸﾛｰﾄ", "kuroto"),
            ("gpt四", ""),
            ("ωμ", ""),
            ("", ""),
        ],
    )
    def test_a_word_is_spelled_as_it_sounds(self, word: str, spelling: str) -> None:
        assert latin_spelling(word) == spelling


class TestSkeleton:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("claude", "klod"),
            ("mistral", "misutoraru"),
            ("grok", "grokk"),
            ("phi", "fi"),
            ("qwen", "kven"),
            ("gemini", "jemini"),
        ],
    )
    def test_spellings_of_one_sound_have_one(self, one: str, other: str) -> None:
        assert skeleton(one) == skeleton(other)

    def test_other_consonants_make_another(self) -> None:
        assert skeleton("claude") != skeleton("clause")


class TestRhythm:
    @pytest.mark.parametrize(
        ("spelling", "beats"),
        [
            ("claude", "kl·d"),
            ("sonnet", "s·n·t"),
            ("opus", "·p·s"),
            ("e", "·"),
            ("me", "m·"),
            ("the", "th"),
        ],
    )
    def test_every_run_of_vowels_is_a_beat(self, spelling: str, beats: str) -> None:
        assert rhythm(spelling) == beats


class TestSieve:
    @pytest.mark.parametrize(
        ("word", "name"), [("clawed", "claude"), ("jemini", "gemini"), ("kwen", "qwen")]
    )
    def test_words_that_sound_alike_pass_it(self, index: SoundIndex, word: str, name: str) -> None:
        assert coarse_sound(word) == coarse_sound(name)
        assert coarse_sound(word) in index.coarse

    @pytest.mark.parametrize("word", ["window", "plod", "o3", "mini"])
    def test_others_do_not(self, index: SoundIndex, word: str) -> None:
        assert coarse_sound(word) not in index.coarse


class TestFinding:
    @pytest.mark.parametrize(
        ("word", "name"),
        [
            # heard
            ("clawed", "claude"),
            ("clode", "claude"),
            ("jemini", "gemini"),
            ("sonnit", "sonnet"),
            # other alphabets
            ("Клод", "claude"),
            ("Джемини", "gemini"),
            ("Мистраль", "mistral"),
            ("Опус", "opus"),
            ("мини", "mini"),
            # vowels left out or inherent
            ("كلود", "claude"),
            ("ميسترال", "mistral"),
            ("اوبوس", "opus"),
            ("क्लॉड", "claude"),
            ("मिस्ट्रल", "mistral"),
            # one consonant, one sign
            ("クロード", "claude"),
            ("ミストラル", "mistral"),
            ("オーパス", None),
            ("オプス", "opus"),
            ("클로드", "claude"),
            ("克劳德", "claude"),
            # none
            ("clod", "claude"),
            ("clad", None),
            ("cold", None),
            ("cloud", "claude"),
            ("plod", None),
            ("код", None),
            ("ωμ", None),
            ("он", None),
            ("it", None),
            ("window", None),
        ],
    )
    def test_a_word_is_told_by_its_sound(
        self, index: SoundIndex, word: str, name: str | None
    ) -> None:
        assert index.named(fold_case(word)) == name

    def test_a_word_is_told_the_same_again(self, index: SoundIndex) -> None:
        assert [index.named("клод"), index.named("клод")] == ["claude", "claude"]

    def test_of_names_that_sound_alike_the_first_wins(self) -> None:
        assert SoundIndex(("grok", "groq")).named("грок") == "grok"
        assert SoundIndex(("groq", "grok")).named("гроу") is None
        assert SoundIndex(("graq", "grak")).named("грак") == "grak"

    @pytest.mark.parametrize("name", ["o3", "ai", "gpt4", "née", "r"])
    def test_short_names_and_those_with_digits_are_not_told_by_sound(self, name: str) -> None:
        assert SoundIndex((name,)).named(f"{name}e") is None

    def test_short_names_are_told_by_their_letters_in_another_alphabet(self) -> None:
        index = SoundIndex(("kim",), others=("pro", "x"))
        assert [index.named(word) for word in ("ким", "про", "кс", "kimm")] == [
            "kim",
            "pro",
            None,
            None,
        ]

    def test_with_few_consonants_the_vowels_must_be_right(self) -> None:
        index = SoundIndex(("kimi", "nova"))
        assert index.named("キミ") == "kimi"
        assert index.named("キム") is None
        assert index.named("किमी") == "kimi"
        assert index.named("कमा") is None
        assert index.named("нова") == "nova"
        assert index.named("нёва") is None

    def test_more_consonants_than_the_name_has_are_another_word(self) -> None:
        index = SoundIndex(("mistral",))
        assert index.named("ミストラルズ") is None
        assert index.named("アミストラル") is None

    def test_a_vowel_of_the_name_that_is_not_there_makes_another_word(self) -> None:
        index = SoundIndex(("gemini",))
        assert index.named("제미니") == "gemini"
        assert index.named("젬니") is None

    def test_any_number_of_words_can_be_asked(self) -> None:
        index = SoundIndex(("claude",))
        for number in range(50_001):
            assert index.named(str(number)) is None
        assert index.named("клод") == "claude"
