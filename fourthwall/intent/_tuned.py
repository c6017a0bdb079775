"""A parser set up to a caller's liking."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from typing import Any

from fourthwall.errors import ConfigurationError
from fourthwall.intent._explain import Explanation, explain_with
from fourthwall.intent._grammar import RoleGrammar
from fourthwall.intent._intent import KINDS, Intent
from fourthwall.intent._languages import all_languages, grammars
from fourthwall.intent._own_phrases import OwnPhrases
from fourthwall.intent._parse import Tuning, parse_tuned
from fourthwall.intent._roles import compile_roles, read_lexicon
from fourthwall.registry import ModelCard, Registry

__all__ = ["IntentParser"]


class IntentParser:
    """Reads messages as `parse` does, within bounds; can stand wherever a parser is asked for.

    ::

        parser = IntentParser(threshold=0.9, kinds={"switch", "revert"})
        chat = Conversation("gpt-4o", options=Options(parser=parser))

    Args:
        threshold: commands that are less sure than this, 0.0 to 1.0, are ordinary messages.
        kinds: the kinds that are recognised; a message of any other is an ordinary one.  None
            for all.
        models: ids of the models that may be switched to; a wish for any other is
            ``unknown_model``, with the nearest of these as candidates.  None for all.
        phrases: more ways to say it: a kind (``switch``, ``once``, ``retry``, ``revert``,
            ``reset``, ``which`` or ``list``) and its phrases, as in
            ``{"switch": ["beam (me|us) [up] to {model}"]}``: alternatives in round brackets, what
            may be left out in square ones.
        lexicons: files of languages of one's own, in the form that `_roles` describes and
            ``fourthwall lexicon check`` checks; they are read before the packaged ones.
        languages: ISO 639-1 codes of the languages that are read.  None for all.

    Raises:
        ConfigurationError: an argument is out of range or unknown, or a lexicon can't be read;
            names it.
        PhraseError: a phrase can't be read.

    Example:
        >>> from fourthwall.registry import ModelCard, Registry
        >>> models = Registry([ModelCard(id="gpt-5", provider="openai", family="gpt")])
        >>> beam = IntentParser(phrases={"switch": ["beam me [up] to {model}"]})
        >>> beam("Beam me up to GPT-5, then say hi", models).remainder
        'say hi'
    """

    def __init__(
        self,
        *,
        threshold: float = 0.0,
        kinds: Collection[str] | None = None,
        models: Collection[str] | None = None,
        phrases: Mapping[str, Sequence[str]] | None = None,
        lexicons: Sequence[str | PathLike[str]] = (),
        languages: Collection[str] | None = None,
    ) -> None:
        given: Any = threshold
        if not isinstance(given, int | float) or not 0.0 <= given <= 1.0:
            raise ConfigurationError(
                f"threshold must be from 0.0 to 1.0, not {threshold!r}",
                param="threshold",
                remedy="Take 0.0 to accept every command that is found.",
            )
        self._tuning = Tuning(
            threshold=threshold,
            kinds=None if kinds is None else _known("kinds", kinds, KINDS),
            models=None if models is None else frozenset(_strings("models", models)),
            own=OwnPhrases(_phrases(phrases), grammars("en")[-1]) if phrases else None,
            lexicons=tuple(
                RoleGrammar(compile_roles(read_lexicon(file)))
                for file in _strings("lexicons", lexicons)
            ),
            languages=None
            if languages is None
            else _known("languages", languages, all_languages()),
        )

    def __call__(
        self,
        text: str,
        registry: Registry,
        *,
        active: str | ModelCard | None = None,
        previous: str | ModelCard | None = None,
    ) -> Intent:
        """Return what one message asks of the engine; see `parse`."""
        return parse_tuned(text, registry, active, self._tuning)

    def explain(
        self, text: str, registry: Registry, *, active: str | ModelCard | None = None
    ) -> Explanation:
        """Read a message and say why; see `fourthwall.intent.explain`."""
        return explain_with(text, registry, active, self._tuning)


def _phrases(given: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"phrases must map kinds to lists of phrases, not {given!r}",
            param="phrases",
            remedy='Write phrases={"switch": ["beam me to {model}"]}.',
        )
    for texts in given.values():
        _strings("phrases", texts)
    return given


def _strings(param: str, given: Collection[Any]) -> Collection[Any]:
    if isinstance(given, str) or not all(isinstance(one, str | PathLike) for one in given):
        raise ConfigurationError(
            f"{param} must be a collection of strings, not {given!r}",
            param=param,
            remedy=f"Write {param}={{...}}.",
        )
    return given


def _known(param: str, given: Collection[Any], known: Collection[str]) -> frozenset[str]:
    wanted = frozenset(_strings(param, given))
    strange = sorted(wanted.difference(known))
    if strange:
        raise ConfigurationError(
            f"{param} has {', '.join(map(repr, strange))}, which isn't there",
            param=param,
            remedy=f"Use {', '.join(known)}.",
        )
    return wanted
