"""Reading the answer to "Which one: A or B?"."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.conversation._clarify import (
    Answer,
    Way,
    read_answer,
    read_way,
    words_in,
    words_of_book,
)
from fourthwall.conversation._phrases import Book, load
from fourthwall.errors import ConfigurationError
from fourthwall.registry import ModelCard

MINIS = (
    ModelCard(id="gpt-5-mini", provider="openai", name="GPT-5 mini", aliases=("gpt5 mini",)),
    ModelCard(id="gpt-4o-mini", provider="openai", name="GPT-4o mini", family="gpt"),
)
CLAUDES = (
    ModelCard(id="claude-sonnet-4.5", provider="anthropic", tier="sonnet"),
    ModelCard(id="claude-sonnet-3.7", provider="anthropic", tier="sonnet"),
    ModelCard(id="claude-opus-4.1", provider="anthropic", tier="opus"),
)


def nobody(_: str) -> ModelCard | None:
    return None


def chosen(text: str, candidates: tuple[ModelCard, ...]) -> list[str]:
    return [card.id for card in read_answer(text, candidates, nobody).cards]


@pytest.mark.parametrize(
    "text",
    [
        *("the 4o one", "4o", "GPT-4o mini", "gpt 4o mini please", "gpt-4o-mini.", "the second"),
        *("2", "#2", "option 2", "number 2", "The 2nd one, please", "the last one", "the latter"),
        *("I meant the 4o mini", "let's go with 4o", "I'd like the 4o", "gpt4omini"),
    ],
)
def test_the_second_is_named_in_many_ways(text: str) -> None:
    assert chosen(text, MINIS) == ["gpt-4o-mini"]


@pytest.mark.parametrize("text", ["gpt5 mini", "gpt5-mini", "first", "the former", "1", "the 5"])
def test_the_first_is_named_in_many_ways(text: str) -> None:
    assert chosen(text, MINIS) == ["gpt-5-mini"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("opus", ["claude-opus-4.1"]),
        ("4.5", ["claude-sonnet-4.5"]),
        ("sonnet", ["claude-sonnet-4.5", "claude-sonnet-3.7"]),
        ("anthropic", ["claude-sonnet-4.5", "claude-sonnet-3.7", "claude-opus-4.1"]),
        ("third", ["claude-opus-4.1"]),
        ("fourth", []),
    ],
)
def test_words_of_the_names_narrow_the_choice(text: str, ids: list[str]) -> None:
    assert chosen(text, CLAUDES) == ids


def test_a_whole_name_wins_over_a_longer_one() -> None:
    cards = (ModelCard(id="gpt-4o", provider="openai"), MINIS[1])
    assert chosen("gpt-4o", cards) == ["gpt-4o"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "?!", "the one", "tell me about the first mini", "what is 2+2?", "mini golf"),
        *("thanks", "4.2", "yes", "the first\nof many", "the second " * 20),
    ],
)
def test_other_messages_are_no_answer(text: str) -> None:
    assert read_answer(text, MINIS, nobody) == Answer()


@pytest.mark.parametrize("text", ["never mind", "Cancel.", "no", "No, thanks!", "none of them"])
def test_the_wish_can_be_taken_back(text: str) -> None:
    assert read_answer(text, MINIS, nobody).cancelled


@pytest.mark.parametrize("text", ["go on", "Go ahead.", "stay, please"])
def test_the_question_can_be_left_to_the_active_model(text: str) -> None:
    assert read_answer(text, MINIS, nobody).goes_on


@pytest.mark.parametrize("text", ["yes", "Yes, please", "ok sure"])
def test_assent_takes_the_only_offer(text: str) -> None:
    assert chosen(text, MINIS[:1]) == ["gpt-5-mini"]


def test_filler_alone_assents_to_nothing() -> None:
    assert chosen("ok", MINIS[:1]) == []


def test_what_wasnt_on_offer_is_asked_of_the_parser_as_a_command() -> None:
    asked: list[str] = []

    def named_by(command: str) -> ModelCard | None:
        asked.append(command)
        return CLAUDES[2]

    answer = read_answer("something smarter", MINIS, named_by)
    assert answer.cards == (CLAUDES[2],)
    assert asked == ["switch to something smarter"]


class TestLanguages:
    @pytest.mark.parametrize(
        "text",
        [
            *("el segundo", "La segunda, por favor", "quiero el 2", "ultimo", "opción 2", "2º"),
            *("le deuxième", "la seconde svp", "plutôt le 2", "le dernier", "n° 2", "2e"),
            *("das zweite", "Ich nehme das Zweite bitte", "Nummer 2", "letzteres", "den zweiten"),
            *("o segundo", "prefiro a segunda", "a última", "opção 2", "fico com o segundo"),
            *("il secondo", "la seconda, per favore", "l'ultimo", "numero 2", "preferisco il 2"),
            *("de tweede", "doe maar de tweede", "nummer 2", "de laatste", "ik bedoel de 2e"),
            *("drugi", "wybieram drugą", "ten drugi, proszę", "ostatni", "numer 2", "ostatnia"),
            *("вторая", "давайте вторую", "номер 2", "последнюю, пожалуйста", "ВТОРОЙ"),
            *("ikincisi", "İKİNCİSİ", "ikinciyi istiyorum", "2 numara", "sonuncusu lütfen"),
            *("الثاني", "الثانية من فضلك", "رقم ٢", "أريد الأخير", "الخيار الثاني"),
            *("दूसरा", "दूसरा वाला", "मुझे दूसरा चाहिए", "विकल्प २", "आख़िरी"),
            *("第二个", "用第二个吧", "第2个", "２", "我要后者", "最後一個", "选二"),
            *("2番目", "二つ目で", "二番目のモデルでお願いします", "最後のやつ", "２番", "後者で"),
            *("두 번째", "두번째로 해줘", "2번", "2번으로 해 주세요", "마지막 거요", "후자"),
        ],
    )
    def test_the_second_is_named_in_many_languages(self, text: str) -> None:
        assert chosen(text, MINIS) == ["gpt-4o-mini"]

    @pytest.mark.parametrize(
        "text",
        [
            *("el 4o mini, por favor", "le 4o", "das 4o-mini", "o GPT-4o mini", "il 4o"),
            *("liever 4o", "ten 4o", "давайте 4o", "4o olsun", "4o من فضلك", "4o वाला"),
            *(
                "用GPT-4o mini吧",
                "就用4o",
                "GPT-4o miniでお願いします",
                "4oにします",
                "4o로 해주세요",
            ),
        ],
    )
    def test_a_name_may_stand_in_any_language(self, text: str) -> None:
        assert chosen(text, MINIS) == ["gpt-4o-mini"]

    @pytest.mark.parametrize(
        "text",
        [
            *("olvídalo", "Cancela, por favor", "ninguno de los dos", "laisse tomber", "Non."),
            *("ni l'un ni l'autre", "vergiss es", "Nein, danke!", "weder noch", "abbrechen bitte"),
            *("deixa pra lá", "não", "lascia perdere", "no grazie", "laat maar", "nee dank je"),
            *("zapomnij o tym", "nie, dzięki", "забудь", "НЕТ", "boş ver", "HAYIR", "iptal et"),
            *(
                "إلغاء",
                "لا شكرا",
                "रहने दो",
                "नहीं",
                "算了吧",
                "不用了",
                "取消",
                "やめて",
                "いいえ。",
            ),
            *("キャンセルしてください", "취소해 줘", "아니요", "됐어요"),
        ],
    )
    def test_the_wish_is_taken_back_in_any_language(self, text: str) -> None:
        assert read_answer(text, MINIS, nobody).cancelled

    @pytest.mark.parametrize(
        "text",
        [
            *("continúa", "sigue tú", "continuez", "vas-y", "mach weiter", "Weiter bitte"),
            *("continue", "pode continuar", "vai avanti", "ga door", "kontynuuj", "продолжайте"),
            *("devam et", "تابع", "जारी रखें", "कृपया जारी रखें", "请继续", "继续", "続けて"),
            *("そのままでいい", "계속해 주세요", "그냥 해"),
        ],
    )
    def test_the_question_is_left_to_the_active_model_in_any_language(self, text: str) -> None:
        assert read_answer(text, MINIS, nobody).goes_on

    @pytest.mark.parametrize(
        "text",
        [
            *("sí", "oui, svp", "ja bitte", "sim", "certo", "zeker", "tak", "да", "evet", "نعم"),
            *("हाँ", "是的", "はい", "네", "好啊"),
        ],
    )
    def test_assent_takes_the_only_offer_in_any_language(self, text: str) -> None:
        assert chosen(text, MINIS[:1]) == ["gpt-5-mini"]

    @pytest.mark.parametrize(
        "text",
        [
            *("¿cuál es la capital de Francia?", "le deuxième chapitre", "das zweite Kapitel"),
            *("o segundo capítulo", "il secondo capitolo", "de tweede hoofdstuk", "drugi rozdział"),
            *("вторая мировая война", "ikinci dünya savaşı", "الثاني من مايو", "दूसरा विश्व युद्ध"),
            *(
                "第二次世界大战",
                "二番目の章を要約して",
                "두 번째 장을 요약해 줘",
                "继续写第二章",
                "なし崩し",
            ),
        ],
    )
    def test_other_messages_are_no_answer_in_any_language(self, text: str) -> None:
        assert read_answer(text, MINIS, nobody) == Answer()

    def test_a_command_is_tried_in_the_language_of_the_question_and_in_english(self) -> None:
        asked: list[str] = []

        def named_by(command: str) -> ModelCard | None:
            asked.append(command)
            return None

        read_answer("o3", MINIS, named_by, language="fr-CA")
        assert asked == ["passe à o3", "switch to o3"]

    def test_accents_and_case_do_not_count(self) -> None:
        assert words_in("Último ÉTÉ ИЙ İKİ Straße") == ["ultimo", "ete", "ии", "iki", "strasse"]

    def test_vowel_signs_belong_to_their_word(self) -> None:
        assert words_in("दूसरा मॉडल") == ["दूसरा", "मॉडल"]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("cancel", None, "clarification.cancel is missing"),
        ("cancel", ["no", 1], "clarification.cancel must be a list of texts"),
        ("spaced", "yes", "clarification.spaced must be of the type bool"),
        ("command", "switch", "clarification.command must have the answer's place"),
        ("what", "is this", "clarification.what is unknown"),
    ],
)
def test_a_bad_file_is_refused_by_key(key: str, value: Any, problem: str) -> None:
    section = {**load("en").data["clarification"], key: value}
    if value is None:
        del section[key]
    with pytest.raises(ConfigurationError, match=problem):
        words_of_book(Book("xx", {"clarification": section}))


class TestWays:
    WAYS: tuple[Way, ...] = ("stay", "trim", "summarise")

    @pytest.mark.parametrize(
        "text",
        [
            *("trim", "Trim it, please.", "2", "the second", "option 2", "leave the oldest out"),
            *("recórtalo", "el segundo", "raccourcissez svp", "kürzen", "bitte kürzen", "corte"),
            *("taglia", "kort het in", "skróć", "сократи", "kısalt lütfen", "اختصر", "छोटा करो"),
            *("精简一下", "第二个", "省略してください", "생략해 주세요", "두 번째로 해줘"),
        ],
    )
    def test_the_oldest_messages_are_left_out(self, text: str) -> None:
        assert read_way(text, self.WAYS) == "trim"

    @pytest.mark.parametrize(
        "text",
        [
            *("summarise", "Summarize them please", "a summary, please", "3", "the last one"),
            *("haz un resumen", "résumez-les", "fass es zusammen", "faça um resumo"),
            *("riassumi", "vat samen", "podsumuj", "перескажи кратко", "özetle", "لخصها"),
            *("सारांश बनाओ", "总结一下吧", "要約して", "요약해 줘"),
        ],
    )
    def test_they_are_summarised(self, text: str) -> None:
        assert read_way(text, self.WAYS) == "summarise"

    def test_the_first_is_to_stay(self) -> None:
        assert read_way("the first", self.WAYS) == "stay"

    @pytest.mark.parametrize(
        "text",
        [
            *("", "trim my hedge", "summarise this article: ...", "write a summary of Hamlet"),
            *("4", "the second chapter", "trim\nit", "no", "never mind", "summary " * 20),
        ],
    )
    def test_other_messages_choose_nothing(self, text: str) -> None:
        assert read_way(text, self.WAYS) is None

    def test_what_wasnt_offered_cant_be_chosen(self) -> None:
        assert read_way("summarise", self.WAYS[:2]) is None
        assert read_way("3", self.WAYS[:2]) is None
        assert read_way("the last", self.WAYS[:2]) == "trim"
        assert read_way("1", self.WAYS[:1]) is None
