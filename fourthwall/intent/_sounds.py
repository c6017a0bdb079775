"""Names written as they sound: in another script, or by a speech recogniser.

"Клод", "クロード", "클로드", "كلود", "क्लॉड" and "clawed" are all one name to whoever says them.  A
word is spelled in Latin letters first, then reduced to what survives such a journey: its
consonants (`skeleton`), and, where the script writes vowels faithfully, the places of its vowels
(`rhythm`).  Nothing about particular names is written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from fourthwall.intent._arabic import ArabicNames, is_arabic

__all__ = ["COARSE", "SoundIndex", "coarse_sound", "latin_spelling", "rhythm", "skeleton"]


def _spelled(row: str) -> list[str]:
    return row.split(" ")


_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяіїє",
        _spelled("a b v g d e zh z i i k l m n o p r s t u f h ts ch sh sh  y  e yu ya i i e"),
        strict=True,
    )
)
_DEVANAGARI = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
        _spelled("k k g g n ch ch j j n t t d d n t t d d n p f b b m y r l v sh sh s h"),
        strict=True,
    )
) | dict(
    zip(
        "अआइईउऊएऐऑओऔऍािीुूेैॉोौॅ",
        _spelled("a a i i u u e ai o o au e a i i u u e ai o o au e"),
        strict=True,
    )
)
# Rows of five: a i u e o.
_KANA_ROWS = {
    "アイウエオ": "",
    "カキクケコ": "k",
    "ガギグゲゴ": "g",
    "サシスセソ": "s",
    "ザジズゼゾ": "z",
    "タチツテト": "t",
    "ダヂヅデド": "d",
    "ナニヌネノ": "n",
    "ハヒフヘホ": "h",
    "バビブベボ": "b",
    "パピプペポ": "p",
    "マミムメモ": "m",
    "ラリルレロ": "r",
    "ァィゥェォ": "",
}
_KANA = {
    kana: consonant + vowel
    for row, consonant in _KANA_ROWS.items()
    for kana, vowel in zip(row, "aiueo", strict=True)
} | {"ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ャ": "a", "ュ": "u", "ョ": "o", "ワ": "wa", "ヲ": "o"}
_KANA |= {"ン": "n", "ー": "", "ッ": "", "ジ": "ji", "チ": "chi", "ヴ": "v", "ヂ": "ji"}
# Hangul letters in the order of Unicode; the silent initial says nothing.
_INITIALS = ["g", "k", "n", "d", "t", "r", "m", "b", "p", "s", "s", "", "j", "j", "ch", "k", "t"]
_INITIALS += ["p", "h"]
_VOWELS = _spelled("a e a e o e o e o wa we we o u wo we wi u u i i")
_FINALS = ["", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "p", "l", "l", "l", "l", "m", "p"]
_FINALS += ["p", "t", "t", "n", "t", "t", "k", "t", "p", "t"]
# Characters with which Chinese writes foreign names, by the syllable they stand for.
_HAN_SYLLABLES = """
a阿亚 ai艾爱 ao奥 ba巴 bei贝 bi比 bo波博 bu布 da达大 de德 di迪蒂 du杜 dun顿 ei埃 en恩 er尔
fa法 fei菲 fu弗夫福 gue格哥 gu古 ha哈 hai海 he赫 hu胡 ji吉基 jie杰 ka卡 kai凯 ke克科 ken肯
ku库 la拉 lai莱 lao劳 le勒 lei雷 li利里莉 lin林 lu卢鲁 luo罗洛 ma马玛 mai麦 man曼 mei梅 mi米
mu姆穆 na纳娜 nei内 ni尼妮 nuo诺 ou欧 pa帕 pei佩 pi皮 pu普 qi奇 qiao乔 sa萨 sai塞 shi什
si斯 su苏 suo索 ta塔 tai泰 te特 ti提 tuo托 wa瓦 wei维威 wen文温 wo沃 xi西希 xie谢 ya雅
yi伊 you尤 yue约
"""
_HAN = {
    character: re.sub("[^a-z]", "", syllable)
    for syllable in _HAN_SYLLABLES.split()
    for character in re.sub("[a-z]", "", syllable)
}
_TABLES = {**_CYRILLIC, **_DEVANAGARI, **_KANA, **_HAN}

_DIGRAPHS = (
    ("dzh", "j"),
    ("ph", "f"),
    ("sh", "s"),
    ("ch", "c"),
    ("ck", "k"),
    ("gh", "g"),
    ("qu", "kw"),
    ("qw", "kw"),
    ("kv", "kw"),
    ("x", "ks"),
    ("ye", "e"),
)
_SOFT_G = re.compile("g(?=[ei])")
_SOFT_C = re.compile("c(?=[eiy])")
_VOWEL_RUN = re.compile("[aeiouyw]*[aeiouy][aeiouyw]*")
_ONE_SOUND = str.maketrans("qcz", "kks")
_CLASS = str.maketrans("qczlv", "kksrw")
_SHORTEST = 4  # letters of a name that can be told by its sound
_SHORTEST_SPELLING = 3  # letters
_REMEMBERED = 50_000  # words whose sound is kept
_VOWELLESS = re.compile("[\u0900-\u097f]")  # vowels may be inherent
_JOINED = re.compile("[\u30a1-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")  # one for each consonant
_SURE = 3  # consonants; with fewer the vowels must be right as well


def latin_spelling(word: str) -> str:
    """Return a word of another script in Latin letters, as it sounds; "" where that isn't known.

    >>> latin_spelling("клод"), latin_spelling("クロード"), latin_spelling("클로드")
    ('klod', 'kurodo', 'kulrodu')
    """
    out: list[str] = []
    for char in word:
        if char.isascii():
            out.append(char)
        elif "\uac00" <= char <= "\ud7a3":
            code = ord(char) - 0xAC00
            out.append(_INITIALS[code // 588] + _VOWELS[code % 588 // 28] + _FINALS[code % 28])
        elif char in _TABLES:
            out.append(_TABLES[char])
        elif normalize("NFKC", char) in _TABLES:
            out.append(_TABLES[normalize("NFKC", char)])
        elif not "\u0900" <= char <= "\u097f":  # other signs of Devanagari change no consonant
            return ""
    return "".join(out)


def _plain(spelling: str) -> str:
    """Return a spelling with one letter for one sound."""
    for letters, sound in _DIGRAPHS:
        spelling = spelling.replace(letters, sound)
    return _SOFT_C.sub("s", _SOFT_G.sub("j", spelling))


def skeleton(spelling: str) -> str:
    """Return the consonants of a Latin spelling, those that sound alike made one.

    >>> skeleton("claude"), skeleton("kurodo"), skeleton("mistral"), skeleton("misutoraru")
    ('krd', 'krd', 'mstr', 'mstr')
    """
    bare = re.sub("[aeiouy]", "", _plain(spelling)).translate(_CLASS)
    return re.sub(r"(.)\1+", r"\1", bare)


def rhythm(spelling: str) -> str:
    """Return the consonants of a Latin spelling with a ``·`` for every run of vowels.

    >>> rhythm("claude"), rhythm("clawed"), rhythm("clad"), rhythm("cold")
    ('kl·d', 'kl·d', 'kl·d', 'k·ld')
    """
    plain = _plain(spelling)
    if len(plain) > 2 and plain.endswith("e"):
        plain = plain[:-1]  # silent
    bare = _VOWEL_RUN.sub("·", plain).translate(_ONE_SOUND)
    return re.sub(r"([^·])\1+", r"\1", bare)


COARSE = str.maketrans("qczvlgj", "kkswrkk", "aeiouyhw")
"""Makes one letter of those that sound alike, for `str.translate`."""


def coarse_sound(word: str) -> str:
    """Return what words that sound alike have in common, and many more: a cheap sieve.

    >>> coarse_sound("klod"), coarse_sound("claude"), coarse_sound("clawed")
    ('krd', 'krd', 'krd')
    """
    return word.translate(COARSE)


class SoundIndex:
    """Finds the words of names that sound like a word.

    Args:
        words: words with which names begin, the likelier first: of two that sound alike it wins.
        others: other words of names, which are only told letter by letter.

    Attributes:
        coarse: what words in Latin letters must give by `coarse_sound` to be looked at.
    """

    def __init__(self, words: Iterable[str], others: Iterable[str] = ()) -> None:
        self._by_skeleton: dict[str, str] = {}
        self._by_rhythm: dict[str, str] = {}
        self._known: dict[str, str | None] = {}
        self.coarse: set[str] = set()
        self._exact = {word for word in others if len(word) > 1}
        words = tuple(words)
        self._arabic = ArabicNames(words)
        for word in words:
            if len(word) > 1:
                self._exact.add(word)
            if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
                continue
            self.coarse.add(coarse_sound(word))
            self._by_skeleton.setdefault(skeleton(word), word)
            self._by_rhythm.setdefault(rhythm(word), word)

    def named(self, word: str) -> str | None:
        """Return the word of a name that ``word`` sounds like, or None.

        Args:
            word: folded, in any script.
        """
        if word in self._known:
            return self._known[word]
        name = self._found(word)
        if len(self._known) < _REMEMBERED:
            self._known[word] = name
        return name

    def _found(self, word: str) -> str | None:
        if is_arabic(word):
            return self._arabic.named(word)
        spelling = word if word.isascii() else latin_spelling(word)
        if len(spelling) < _SHORTEST_SPELLING:
            return None
        if not word.isascii() and spelling in self._exact:
            return spelling
        bones = skeleton(spelling)
        loose = _VOWELLESS.search(word) or _JOINED.search(word)
        name = self._by_skeleton.get(bones) if loose else self._by_rhythm.get(rhythm(spelling))
        if name is None or name[0] != _first_letter(spelling, name):
            return None
        if len(bones) < _SURE:
            if _VOWELLESS.search(word):
                beats = (rhythm(spelling).translate(_CLASS), rhythm(name).translate(_CLASS))
                return name if beats[0] == beats[1] else None
            # A last vowel may be there only because the script wants one ("opusu").
            ends = (_open(spelling), _open(spelling)[:-1] if _JOINED.search(word) else "")
            return name if _open(name) in ends else None
        if _VOWELLESS.search(word):
            return name
        if _JOINED.search(word):
            return name if _fits(rhythm(name), rhythm(spelling)) else None
        return name if _first_vowel(spelling) == _first_vowel(name) else None


def _first_letter(word: str, name: str) -> str:
    """Return the letter that ``name`` must begin with to be ``word``: the same, or as it sounds."""
    alike = _plain(word)[:1].translate(_CLASS) == _plain(name)[:1].translate(_CLASS)
    return name[0] if alike else ""


def _open(spelling: str) -> str:
    """Return a spelling with its vowels, doubled letters made one, ``l`` and ``r`` the same."""
    plain = _plain(spelling).translate(_CLASS)
    return re.sub(r"(.)\1+", r"\1", plain)


def _first_vowel(spelling: str) -> str:
    """Return the first vowel of a spelling, those that sound alike made one."""
    found = _VOWEL_RUN.search(_plain(spelling))
    run = found.group() if found else ""
    if run[:2] in ("au", "aw", "ou", "ow"):
        return "o"
    return "i" if run[:1] in ("e", "i", "y") else run[:1]


def _fits(name: str, spelled: str) -> bool:
    """Whether a rhythm is a name's with vowels put between its consonants."""
    name, spelled = (
        re.sub(r"([^·])\1+", r"\1", beats.translate(_CLASS)) for beats in (name, spelled)
    )
    index = 0
    for beat in name:
        while index < len(spelled) and spelled[index] != beat and spelled[index] == "·":
            index += 1
        if index >= len(spelled) or spelled[index] != beat:
            return False
        index += 1
    return spelled[index:] in ("", "·")
