"""The names that people use for the models of a registry, compiled for fast look-up.

Nothing about particular models is written here: words, families, tiers and versions come from the
registry's cards, and everything that a message may call a model is worked out from them.

A mention is found in two ways, the longer wins:

1. its key (`_keys`) is the key of an id, a name or an alias;
2. its words and numbers all belong to the same cards ("claude 4.5", "gpt mini", "3.7 sonnet").
   Sets of cards are integers with one bit a card, so that intersecting them is one operation.

If a number that no card has follows a family's name, the mention is *unknown*: a version that
isn't there is never taken for a neighbouring one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from weakref import WeakKeyDictionary

from fourthwall.intent._keys import (
    SEPARATORS,
    SIZES,
    chunk,
    chunks,
    extended_keys,
    join_key,
    key_of,
    letter_version,
    name_words,
    number_end,
    skip_separators,
    touches,
)
from fourthwall.intent._slips import NameSlips
from fourthwall.intent._sounds import SoundIndex
from fourthwall.intent._tokens import Token, tokenize
from fourthwall.registry import ModelCard, Registry, canonical_provider, provider_names

__all__ = [
    "Mention",
    "NameFinder",
    "NameWords",
    "Names",
    "common_words",
    "compile_names",
    "finder_for",
]

_REMEMBERED = 20_000  # words
_SMALL_REGISTRY = 200  # models
# Those that are no adjectives of daily speech may stand alone in a clear sentence.
_BARE_SIZES = frozenset(("nano", "mini", "turbo", "lite", "flash", "pro", "ultra"))
_COMMON_SOUNDS = frozenset(("are",))  # too frequent to wake the parser up
_SHORTEST_WORD = 3  # letters: what is shorter may be anything ("CC")
_SHORT_NAME = re.compile(r"([a-z]{1,3})\d")
_CAMEL = re.compile(r"[A-Z][a-z]+[A-Z]\w*")


@dataclass(frozen=True, slots=True)
class NameWords:
    """How one language tells a model's name from its ordinary words.

    Attributes:
        language: ISO 639-1 code.
        sounds: what speech writes for the letters and digits of a name.
        vocabulary: words of the language that mean something in a command.
        real: words that are no slip of anything, in several sets.
        outside: names of models that people ask for whether or not they are on offer.
        outside_parts: parts of words that look like a model's name ("gpt").
        never_first: words that no name begins with.
        connectors: "and", "or", "then".
        nouns: words for a model, which may be joined to a name by a hyphen.
        joiners: words that join a size to a name ("Llamaの405B").
    """

    language: str
    sounds: Mapping[str, tuple[str, ...]]
    vocabulary: Set[str]
    real: tuple[Set[str], ...]
    outside: frozenset[str]
    outside_parts: tuple[str, ...]
    never_first: Set[str]
    connectors: Set[str]
    nouns: Set[str] = frozenset()
    joiners: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """Some tokens that name a model.

    Attributes:
        first: index of the first token.
        last: index one past the last token.
        cards: the models meant; one, or several that fit equally, or none.
        unknown: whether it names a model that isn't in the registry.
        weak: whether it is also an ordinary word, so that only a clear sentence counts.
        common: whether it is nothing but common words ("auto", "step"), so that only a sentence
            that can't mean anything else counts.
        provider: whether only the provider is named.
        fuzzy: whether a typing slip was mended.
        near: for unknown models, the cards that come nearest.
        fits: all models that the words fit, of which `cards` is the default or the newest.
    """

    first: int
    last: int
    cards: tuple[ModelCard, ...]
    unknown: bool = False
    weak: bool = False
    common: bool = False
    provider: bool = False
    fuzzy: bool = False
    near: tuple[ModelCard, ...] = field(default=(), compare=False)
    fits: tuple[ModelCard, ...] = field(default=(), compare=False)


def _bits(mask: int) -> Iterable[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Names:
    """A registry's names as tables, the same for every language.

    Args:
        registry: the models on offer.

    Attributes:
        cards: the registry's cards; a set of them is an integer with one bit a card.
        exact: key of an id, a name or an alias -> cards.
        masks: word or number of a name -> cards that have it.
        live: the cards that aren't retired.
        families: key of a family -> cards; so for `tiers` and `providers`.
        guarded: names that are ordinary words too.
        prefixes: all beginnings of all keys.
        slips: finds the word that a typing slip meant.
        letters: single letters that begin names, with a number behind them.
        short_heads: the letters of short names ("o1", "r1"): another digit after them is a model
            that isn't there.
        version_letters: letters that stand before a number in names ("v3", "k2").
        heads: words with which names begin.
        strong_heads: words of names that are no common words: one of them in a message is worth
            a closer look.
        family_sizes: how many models each family has.
        places: id -> place in the registry.
        split_words: beginnings of long names, which people write in two ("deep seek").
        halves: the same where the beginning is a common word -> what follows it.
    """

    def __init__(self, registry: Registry) -> None:
        self.cards = registry.cards
        self.exact: dict[str, int] = {}
        self.masks: dict[str, int] = {}
        self.live = 0
        self.families: dict[str, int] = {}
        self.tiers: dict[str, int] = {}
        self.providers: dict[str, int] = {}
        self.guarded = registry.guarded
        self._words: dict[str, list[str]] = {}
        for number, card in enumerate(self.cards):
            self._add(number, card, live=not registry.is_retired(card))
        self.prefixes = {key[:n] for key in self._all_keys() for n in range(1, len(key) + 1)}
        self.heads = self._first_words()
        self.strong_heads = self._waking_words()
        self.letters = frozenset(word for word in self.heads if len(word) == 1) | frozenset(
            word[-1] for word in self.masks if word[:-1].isdigit() and word[-1].isalpha()
        )
        self.slips = NameSlips(self.heads, self.masks)
        self.short_heads = frozenset(
            found.group(1) for key in self.exact if (found := _SHORT_NAME.fullmatch(key))
        )
        self.version_letters = frozenset(
            word[0] for word in self.masks if word[0].isalpha() and word[1:].isdigit()
        )
        self.split_words = self._split_words()
        self.halves = self._halves()
        self.family_sizes = Counter(card.family for card in self.cards)
        self.places = {card.id: number for number, card in enumerate(self.cards)}
        self._words.clear()
        self._sounds: SoundIndex | None = None

    @property
    def sounds(self) -> SoundIndex:
        """Finds names written as they sound, made when it is first needed."""
        if self._sounds is None:
            # Not of providers: "groq" isn't "grok".
            makers = {word for key in self.providers for word in name_words(key)}
            known = sorted(
                self.heads - (makers - self.families.keys()),
                key=lambda word: (-self.masks.get(word, 0).bit_count(), word),
            )
            self._sounds = SoundIndex(known, frozenset(filter(str.isalpha, self.masks)))
        return self._sounds

    # -- compiling -----------------------------------------------------------------------------

    def _name_words(self, name: str) -> list[str]:
        words = self._words.get(name)
        if words is None:
            words = self._words[name] = name_words(name)
        return words

    def _add(self, number: int, card: ModelCard, *, live: bool) -> None:
        bit = 1 << number
        if live:
            self.live |= bit
        words: set[str] = set()
        names = [card.id, *card.aliases]
        if card.name:
            names.append(card.name)
        if card.upstream:
            names.append(card.upstream)
        names.extend(card.hosts.values())
        for position, name in enumerate(dict.fromkeys(names)):
            tokens = tokenize(name.lower())
            parts = [t.word for t in tokens if t.word[0].isalnum()]
            key = key_of(parts)
            if position == 0 or key not in self.exact:
                self.exact[key] = bit
            words.update(chunks(tokens))
            words.update(filter(None, (letter_version(tokens, i) for i in range(len(tokens)))))
        for text, table in (
            (card.family, self.families),
            (card.tier, self.tiers),
            *((name, self.providers) for name in _names_of_provider(card.provider)),
        ):
            if text:
                parts = self._name_words(text)
                words.update(parts)
                key = key_of(parts)
                table[key] = table.get(key, 0) | bit
        for word in words:
            if len(word) > 1 or word.isdigit():
                self.masks[word] = self.masks.get(word, 0) | bit

    def _all_keys(self) -> Iterable[str]:
        yield from self.exact
        yield from self.families
        yield from self.tiers
        yield from self.providers

    def _first_words(self) -> frozenset[str]:
        """First words of ids, aliases, families, tiers and providers."""
        firsts = set()
        for card in self.cards:
            for name in (card.id, card.family, card.tier, card.provider, *card.aliases):
                if name and (parts := self._name_words(name)):
                    firsts.add(parts[0])
        return frozenset(word for word in firsts if not word[0].isdigit())

    def _waking_words(self) -> frozenset[str]:
        """Return a word of each name that ordinary messages don't have.

        In a small registry a name may be nothing but common words: somebody chose it.
        """
        waking = set()
        for card in self.cards:
            for name in (card.id, card.family, card.tier, card.provider, *card.aliases):
                words = [w for w in self._name_words(name or "") if w.isalpha() and len(w) > 1]
                uncommon = [word for word in words if word not in common_words()]
                if uncommon:
                    first = uncommon[0] == words[0]
                    waking.add(uncommon[0] if first else max(uncommon, key=len))
                elif words and len(self.cards) <= _SMALL_REGISTRY:
                    waking.add(max(words, key=len))
        return frozenset(waking)

    def _split_words(self) -> frozenset[str]:
        return frozenset(
            word[:cut]
            for word in self.families.keys() | self.providers.keys()
            for cut in range(4, len(word) - 2)
            if word.isalpha() and word[:cut] not in common_words()
        )

    def _halves(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for word in self.families.keys() | self.providers.keys():
            for cut in range(3, len(word) - 2):
                if word.isalpha() and word[:cut] in common_words():
                    found.setdefault(word[:cut], set()).add(word[cut:])
        return {first: frozenset(seconds) for first, seconds in found.items()}


class NameFinder:
    """Finds a registry's names in messages of one language.

    Args:
        names: the registry's names.
        words: how the language tells a name from its ordinary words.

    Attributes:
        names: as given.
        words: as given.
        wake: words that may belong to a name; a message without one needs no closer look.
    """

    def __init__(self, names: Names, words: NameWords) -> None:
        self.names = names
        self.words = words
        self.heads = names.heads | words.outside
        self._idle: set[str] = set()  # words that no name begins with
        self._spelled: dict[tuple[str, bool], list[str]] = {}
        self._in_order: dict[int, tuple[ModelCard, ...]] = {}
        spoken = (
            sound
            for sound, letters in words.sounds.items()
            if letters[0].isalpha() and len(sound) > 1 and sound not in _COMMON_SOUNDS
        )
        self.wake = names.strong_heads | words.outside | names.split_words | frozenset(spoken)

    def find(self, tokens: Sequence[Token], text: str) -> list[Mention]:
        """Return the mentions among ``tokens``, left to right, not overlapping."""
        mentions: list[Mention] = []
        index = 0
        while index < len(tokens):
            mention = self._at(tokens, index, text)
            if mention is None:
                index += 1
                continue
            mention = self._with_number_before(tokens, mention, mentions)
            mentions.append(mention)
            index = mention.last
        return mentions

    def _spellings(self, word: str, *, inside: bool) -> list[str]:
        """Return what a token may stand for: itself, a sound, a word with its slip mended."""
        known = self._spelled.get((word, inside))
        if known is not None:
            return known
        spellings = [word]
        spellings.extend(self.words.sounds.get(word, ()))
        if word not in self.names.masks and word.isalpha():
            spellings.extend(self.names.slips.mended(word, self.words.real, inside=inside))
        if len(self._spelled) < _REMEMBERED:
            self._spelled[word, inside] = spellings
        return spellings

    def _at(self, tokens: Sequence[Token], index: int, text: str) -> Mention | None:
        token = tokens[index]
        if not token.word[0].isalnum():
            return None
        if token.word in self._idle and not self._is_shaped(token, text):
            return None
        exact = self._longest_exact(tokens, index)
        facets = self._longest_facets(tokens, index)
        best = facets if facets is not None and (exact is None or facets[0] > exact[0]) else exact
        if best is None:
            outside = self._outside(tokens, index, text)
            if outside is None and len(self._idle) < _REMEMBERED and self._begins_nothing(token):
                self._idle.add(token.word)
            return outside
        last, mask, fuzzy, key = best
        return self._described_by(tokens, index, last, mask, text, fuzzy=fuzzy, key=key)

    def _begins_nothing(self, token: Token) -> bool:
        """Whether no name begins with a word, whatever follows it."""
        names = self.names
        if token.word in self.words.outside or token.word in names.short_heads:
            return False
        spellings = self._spellings(token.word, inside=False)
        return all(word not in names.prefixes and word not in names.masks for word in spellings)

    @staticmethod
    def _is_shaped(token: Token, text: str) -> bool:
        """Whether a word has capitals inside, as names of models often do."""
        inner = text[token.start + 1 : token.end]
        return inner != inner.lower()

    def _longest_exact(
        self, tokens: Sequence[Token], index: int
    ) -> tuple[int, int, bool, str] | None:
        """Walk from ``index`` along known keys; return the longest that is whole."""
        states: list[tuple[str, bool]] = [("", False)]
        best: tuple[int, int, bool, str] | None = None
        position = index
        while True:  # as long as a known key goes on
            position = skip_separators(tokens, position) if position > index else position
            if position >= len(tokens):
                break
            following: list[tuple[str, bool]] = []
            for key, fuzzy in states:
                for spelling in self._spellings(tokens[position].word, inside=bool(key)):
                    word = tokens[position].word
                    spoken = word in self.words.sounds
                    for joined in extended_keys(key, spelling, spoken=spoken):
                        if joined in self.names.prefixes:
                            mended = spelling != word and not spoken
                            following.append((joined, fuzzy or mended))
            if not following:
                break
            position += 1
            states = following
            for key, fuzzy in states:
                mask = self._mask_of_key(key)
                if mask:
                    best = (position, mask, fuzzy, key)
                    break
        return best

    def _mask_of_key(self, key: str) -> int:
        for table in (
            self.names.exact,
            self.names.families,
            self.names.tiers,
            self.names.providers,
        ):
            if key in table:
                return table[key]
        return 0

    def _longest_facets(
        self, tokens: Sequence[Token], index: int
    ) -> tuple[int, int, bool, str] | None:
        """Intersect the cards of consecutive words; the first must be a name's."""
        mask = -1
        fuzzy = False
        key = ""
        best: tuple[int, int, bool, str] | None = None
        position = index
        while True:  # as long as a card has all the words
            inside = position > index
            position = skip_separators(tokens, position) if inside else position
            if position >= len(tokens):
                break
            if inside and tokens[position].word in self.words.joiners:
                position = self._joined(tokens, position + 1, mask)
                if not position:
                    break
            word, after = self._word_at(tokens, position)
            # What follows a provider's name may be another product of theirs ("Google Music").
            freely = inside and key not in self.names.providers
            for spelling in self._spellings(word, inside=freely):
                if inside and spelling == "1" != word and not self._is_letter(tokens[position - 1]):
                    continue  # "have DeepSeek draw un tableau"
                found = self.names.masks.get(spelling.replace(".", "·"), 0) & mask
                if found and (inside or self._may_begin(spelling)):
                    fuzzy = fuzzy or (spelling != word and word not in self.words.sounds)
                    mask = found
                    key = join_key(key, spelling)
                    break
            else:
                break
            position = after
            best = (position, mask, fuzzy, key)
        return best

    def _is_letter(self, token: Token) -> bool:
        """Whether a token is a letter or stands for one."""
        return any(len(s) == 1 for s in (token.word, *self.words.sounds.get(token.word, ())))

    def _joined(self, tokens: Sequence[Token], position: int, mask: int) -> int:
        """Return ``position`` if a size or a tier of the same cards stands there, else 0."""
        if position >= len(tokens):
            return 0
        word, _ = self._word_at(tokens, position)
        sized = any(char.isdigit() for char in word) or word in self.names.tiers
        return position if sized and self.names.masks.get(word.replace(".", "·"), 0) & mask else 0

    def _word_at(self, tokens: Sequence[Token], position: int) -> tuple[str, int]:
        """Return the word of a name that may stand at ``position``, and where the next begins."""
        version = letter_version(tokens, position)
        if version in self.names.masks:
            return version, position + 2
        return self._spoken_version(tokens, position) or chunk(tokens, position)

    def _spoken_version(self, tokens: Sequence[Token], position: int) -> tuple[str, int] | None:
        """Read "three point seven" at ``position``: the number and where it ends."""
        number = self._digits(tokens, position)
        if number is None:
            return None
        end = position + 1
        while end < len(tokens) and "." in self.words.sounds.get(tokens[end].word, ()):
            following = self._digits(tokens, end + 1)
            if following is None:
                break
            number, end = f"{number}.{following}", end + 2
        return (number, end) if end > position + 1 else None

    def _digits(self, tokens: Sequence[Token], position: int) -> str | None:
        """Return the digits that a token is, or says."""
        if position >= len(tokens):
            return None
        word = tokens[position].word
        said = (word, *self.words.sounds.get(word, ()))
        return next((digits for digits in said if digits.isdigit()), None)

    def _may_begin(self, word: str) -> bool:
        """Whether a word of daily speech isn't all that a mention begins with."""
        if word in self.words.never_first or word in self.words.connectors:
            return False
        return (
            word in self.heads
            or word in self.names.families
            or word in self.names.tiers
            or word in _BARE_SIZES
        )

    def _described_by(
        self,
        tokens: Sequence[Token],
        first: int,
        last: int,
        mask: int,
        text: str,
        *,
        fuzzy: bool,
        key: str,
    ) -> Mention | None:
        """Decide which card is meant, and whether an unknown version follows."""
        extra = self._unknown_part(tokens, last, key, text)
        if extra is None:
            return None
        if extra == last and self._is_other_version(tokens, last, mask):
            extra = last + 2
        weak = self._is_weak(tokens[first:last], key)
        provider = (
            key in self.names.providers
            and key not in self.names.exact
            and key not in self.names.families
        )
        titled = self._titled_end(tokens, extra, text)
        if titled > extra == last and not any(c.isdigit() for c in key) and not provider:
            # "Claude Monet", "Gemini Hotel" name something else; "DeepSeek Coder" a model that
            # isn't there.
            if weak:
                return None
            extra = titled
        if extra > last:
            extra = self._related_end(tokens, max(extra, titled), mask)
            near = self._sorted(mask & self.names.live or mask)[:3]
            return Mention(first, extra, (), unknown=True, weak=weak, fuzzy=fuzzy, near=near)
        cards = self._choose(mask, key)
        if fuzzy and weak and len(cards) > 1:
            return None  # a word that nobody meant
        return Mention(
            first,
            last,
            cards,
            weak=weak,
            common=weak and self._is_common(tokens[first:last], key),
            provider=provider,
            fuzzy=fuzzy,
            fits=self._fitting(mask),
        )

    def _unknown_part(self, tokens: Sequence[Token], last: int, key: str, text: str) -> int | None:
        """Return where a version or variant that no card has ends; None for a compound word."""
        position = last
        if position >= len(tokens):
            return last
        if (
            key in self.names.providers
            and key not in self.names.exact
            and key not in self.names.families
        ):
            return last  # "Google Cloud": versions belong to models, not to their makers
        glued = tokens[position].word in SEPARATORS and touches(tokens, position)
        if glued and position + 1 < len(tokens) and touches(tokens, position + 1):
            word = tokens[position + 1].word
            if word[0].isdigit():
                return number_end(tokens, position + 2)
            if word in self.names.masks or word in SIZES:
                return number_end(tokens, position + 2)
            if word in self.words.nouns:
                return last  # "Claude-Modell"
            if word.isalpha() and tokens[position].word == "-":
                return None  # "GPT-based", "Claude-like": a word of its own
            return last
        spoken_version = self._spoken_version(tokens, position)
        if spoken_version is not None:
            return spoken_version[1]
        word = tokens[position].word
        spoken = self.words.sounds.get(word, (word,))[0]
        if spoken == "1":
            spoken = word  # an article more often than not
        has_number = bool(key) and any(c.isdigit() for c in key)
        if word[0].isdigit() or (spoken[0].isdigit() and not has_number):
            touching = tokens[position].start == tokens[position - 1].end
            end = number_end(tokens, position + 1)
            if touching or "." in word or (not has_number and self._ends_name(tokens, end, text)):
                return end
            return last
        numbered = position + 1 < len(tokens) and tokens[position + 1].word[0].isdigit()
        if numbered and (word == "v" or self._is_unknown_version(tokens, position)):
            return number_end(tokens, position + 2)
        if len(word) == 1 and word.isascii() and word.isalpha() and touches(tokens, position):
            return number_end(tokens, position + 1)  # "gpt-5o"
        if (
            word in self.names.masks
            and not self._may_begin(word)
            and word not in self.words.vocabulary
        ):
            return position + 1
        if word in SIZES and word not in self.words.never_first:
            end = position + 1
            numbered = end < len(tokens) and tokens[end].word[0].isdigit()
            if numbered and self._ends_name(tokens, end + 1, text):
                end = number_end(tokens, end + 1)  # "Mistral Medium 5"
            return end
        return last

    def _is_other_version(self, tokens: Sequence[Token], position: int, mask: int) -> bool:
        """Whether a number that no card has stands between a family and its tier.

        "Claude 3 Opus" is neither the family's default nor the Opus that is on offer.
        """
        if position + 1 >= len(tokens) or not tokens[position].word[0].isdigit():
            return False
        return bool(self.names.masks.get(tokens[position + 1].word, 0) & mask)

    def _is_unknown_version(self, tokens: Sequence[Token], position: int) -> bool:
        """Whether an "r2" stands there, which is no name of its own, while an "r1" is known."""
        version = letter_version(tokens, position)
        return version[:1] in self.names.version_letters and version not in self.names.exact

    def _related_end(self, tokens: Sequence[Token], position: int, mask: int) -> int:
        """Take in words of the same family after an unknown version ("claude 3.5 sonnet")."""
        while position < len(tokens) and self.names.masks.get(tokens[position].word, 0) & mask:
            if tokens[position].word in self.words.vocabulary:
                break
            position += 1
        return position

    def _titled_end(self, tokens: Sequence[Token], position: int, text: str) -> int:
        """Take in one capitalised word after an unknown version ("Llama 4 Maverick")."""
        if position < len(tokens):
            token = tokens[position]
            spelled = text[token.start : token.end]
            if spelled.istitle() and token.word not in self.words.vocabulary:
                return position + 1
        return position

    def _ends_name(self, tokens: Sequence[Token], position: int, text: str) -> bool:
        """Whether a number before ``position`` can be a version: no noun is counted by it."""
        if position >= len(tokens):
            return True
        word = tokens[position].word
        titled = self._titled_end(tokens, position, text) > position
        number = tokens[position - 1].word
        titled = titled and (len(number) == 1 or "." in number)  # not "19 Prozent"
        return titled or not word.isalpha() or word in self.words.vocabulary

    def _choose(self, mask: int, key: str) -> tuple[ModelCard, ...]:
        """Return the card that a mention of several cards means, or all that fit equally."""
        if mask & (mask - 1) == 0:
            return (self.names.cards[mask.bit_length() - 1],)
        mask = mask & self.names.live or mask
        family_or_provider = key in self.names.families or key in self.names.providers
        cards = self._sorted(mask)
        if len(cards) == 1:
            return cards
        defaults = tuple(card for card in cards if card.family_default)
        if family_or_provider or (defaults and not self._names_tier(key)):
            if defaults:
                return (
                    defaults[:1] if len({c.family for c in defaults}) == 1 else self._main(defaults)
                )
            newest = [card for card in cards if card.released == cards[0].released]
            return cards[:1] if family_or_provider and len(newest) == 1 else cards
        # "gemini flash" is the tier flash, not flash-lite.
        named = tuple(c for c in cards if key in _tier_keys(c))
        cards = named or cards
        tiers = {(card.family, card.tier) for card in cards}
        if len(tiers) == 1 and cards[0].tier and self._names_tier(key):
            return cards[:1]
        return cards

    def _main(self, defaults: tuple[ModelCard, ...]) -> tuple[ModelCard, ...]:
        """Return a provider's main family: the one with most models, the first of the registry."""
        sizes, places = self.names.family_sizes, self.names.places
        return (max(defaults, key=lambda c: (sizes[c.family], -places[c.id])),)

    def _names_tier(self, key: str) -> bool:
        return any(tier in key for tier in self.names.tiers)

    def _fitting(self, mask: int) -> tuple[ModelCard, ...]:
        return self._sorted(mask & self.names.live or mask)

    def _sorted(self, mask: int) -> tuple[ModelCard, ...]:
        known = self._in_order.get(mask)
        if known is None:
            known = self._in_order[mask] = self._put_in_order(mask)
        return known

    def _put_in_order(self, mask: int) -> tuple[ModelCard, ...]:
        cards = [self.names.cards[number] for number in _bits(mask)]
        cards.sort(key=lambda c: (c.released or "", c.family_default), reverse=True)
        return tuple(cards)

    def _is_weak(self, tokens: Sequence[Token], key: str) -> bool:
        """Whether the words of a mention could be ordinary words."""
        letters = [t.word for t in tokens if t.word[0].isalpha()]
        has_number = any(c.isdigit() for c in key)
        if not has_number and all(len(word) < _SHORTEST_WORD for word in letters):
            return True
        if any("." in t.word for t in tokens if t.word[0].isdigit()):
            return False  # "Opus 4.1"; "opus 4" may be music
        if all(word in self.names.guarded for word in letters):
            return True
        if has_number:
            # "o1", "r1", "k2", "v3", "4o": too short to be a name beyond doubt.
            return len(key) <= 3
        return all(
            word in self.words.vocabulary
            or word in SIZES
            or word in common_words()
            or word not in self.heads
            for word in letters
        )

    def _is_common(self, tokens: Sequence[Token], key: str) -> bool:
        """Whether all words of a mention are common words or single letters."""
        words = [token.word for token in tokens if token.word[0].isalnum()]
        if len(words) > 1 and key in self.names.exact:
            return False  # "the professor", where that is what a model is called
        return all(
            word.isalpha()
            and word not in self.names.guarded
            and (len(word) < _SHORTEST_WORD or self._is_said(word))
            for word in words
        )

    def _is_said(self, word: str) -> bool:
        """Whether a word is one of daily speech; of many models, some bear such a name."""
        many = len(self.names.cards) > _SMALL_REGISTRY
        return word in common_words() or (many and word in self.words.vocabulary)  # "chat", "llm"

    def _with_number_before(
        self, tokens: Sequence[Token], mention: Mention, before: Sequence[Mention]
    ) -> Mention:
        """Take in a version that stands before the name ("3.7 sonnet")."""
        index = mention.first - 1
        if index > 0 and tokens[index].word in self.words.joiners:
            index -= 1  # "405B的llama"
        if index > 0 and tokens[index].word == "b" and tokens[index - 1].word.isdigit():
            return self._with_size_before(tokens, mention, before, index - 1)
        if index < (before[-1].last if before else 0) or mention.unknown:
            return mention
        number = tokens[index].word
        if not number[0].isdigit() or (index > 0 and tokens[index - 1].word in ("$", "#")):
            return mention
        mask = self.names.masks.get(number.replace(".", "·"), 0)
        for token in tokens[mention.first : mention.last]:
            mask &= self.names.masks.get(token.word, -1)
        if not mask or mask & mask - 1:
            return mention
        return Mention(
            index, mention.last, (self.names.cards[mask.bit_length() - 1],), weak=mention.weak
        )

    def _with_size_before(
        self, tokens: Sequence[Token], mention: Mention, before: Sequence[Mention], index: int
    ) -> Mention:
        """Take in a size that stands before the name ("the 405b llama")."""
        if index < (before[-1].last if before else 0) or mention.unknown:
            return mention
        mask = self.names.masks.get(f"{tokens[index].word}b", 0)
        for token in tokens[mention.first : mention.last]:
            mask &= self.names.masks.get(token.word, -1)
        if not mask or mask & mask - 1:
            return mention
        card = self.names.cards[mask.bit_length() - 1]
        return Mention(index, mention.last, (card,), weak=mention.weak)

    def _outside(self, tokens: Sequence[Token], index: int, text: str) -> Mention | None:
        """Return a mention of a model that everybody knows but the registry doesn't have."""
        token = tokens[index]
        word = token.word
        spelled = text[token.start : token.end]
        shaped = _CAMEL.fullmatch(spelled) is not None
        numbered = index + 1 < len(tokens) and tokens[index + 1].word[0].isdigit()
        if word in self.names.short_heads and numbered and touches(tokens, index + 1):
            return Mention(index, number_end(tokens, index + 2), (), unknown=True, weak=True)
        if word in self.words.outside:
            end = number_end(tokens, index + (2 if numbered else 1))
            end = self._titled_end(tokens, end, text)
            weak = word in self.names.guarded or word in self.words.vocabulary
            return Mention(index, end, (), unknown=True, weak=weak or len(word) < 4)
        if shaped and (numbered or any(part in word for part in self.words.outside_parts)):
            end = number_end(tokens, index + 2) if numbered else index + 1
            return Mention(index, end, (), unknown=True)
        return None


def _tier_keys(card: ModelCard) -> tuple[str, ...]:
    """Return the keys that name a card's tier and nothing more."""
    if not card.tier:
        return ()
    tier, family = key_of(name_words(card.tier)), key_of(name_words(card.family or ""))
    return (tier, family + tier, tier + family)


@cache
def common_words() -> frozenset[str]:
    """Return common English words, which models are named after: "auto", "command", "step"."""
    source = resources.files("fourthwall.intent").joinpath("lexicons", "common_en.txt")
    return frozenset(source.read_text("ascii").split())


@cache
def _names_of_provider(provider: str) -> tuple[str, ...]:
    """Return what people call a provider, the id that its cards bear first."""
    own = canonical_provider(provider)
    return (provider, *(spoken for spoken, name in provider_names().items() if name == own))


_COMPILED: WeakKeyDictionary[Registry, Names] = WeakKeyDictionary()
_FINDERS: WeakKeyDictionary[Registry, dict[int, NameFinder]] = WeakKeyDictionary()


def compile_names(registry: Registry) -> Names:
    """Return the names of a registry, compiled once."""
    names = _COMPILED.get(registry)
    if names is None:
        names = _COMPILED[registry] = Names(registry)
    return names


def finder_for(registry: Registry, words: NameWords) -> NameFinder:
    """Return what finds a registry's names for a lexicon, made once for each pair."""
    by_words = _FINDERS.setdefault(registry, {})
    finder = by_words.get(id(words))  # a finder keeps its words, so that no other gets their id
    if finder is None:
        finder = by_words[id(words)] = NameFinder(compile_names(registry), words)
    return finder
