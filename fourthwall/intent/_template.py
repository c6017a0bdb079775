r"""The little language in which a lexicon writes its sentences, and its way to a regex.

::

    template    = alternative { "|" alternative }
    alternative = { item }
    item        = word | group [ "?" | "*" | "+" ] | "<" rule ">" | "{" slot "}"
    group       = "(" template ")" | "[" template "]"

``[...]`` may be left out, ``(...)?`` too, ``*`` and ``+`` repeat a group (a bounded
number of times, so that no loop can make matching slow), ``\(`` is the bracket itself,
``<rule>`` is a named template, ``{slot}`` stands for what the parser
has recognised before the templates are tried (a model's name, a described model).  A word is
matched as it is, against a line in which **every token is followed by one space**; so ``(switch
|change) to {model}`` becomes ``(?:switch |change )to [MW] ``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fourthwall.errors import ConfigurationError
from fourthwall.intent._tokens import tokenize

__all__ = ["TemplateCompiler", "TemplateError", "longest_first", "template_words"]

_ITEM = re.compile(
    r"\s*(?:([(\[|]|[)\]][?*+]?)|<([a-z_0-9]+)>|\{([a-z_0-9]+)\}|(\\.|[^\s()\[\]|<>{}\\]+))"
)
_PIECE = re.compile(r"\\.|[^\\]", re.DOTALL)  # an escaped character, or any other
_CLOSING = {"(": ")", "[": "]"}
_MOST = 12  # rounds of a loop: enough for any clause, and a bound for the time
_QUANTIFIER = {
    ")": "",
    "]": "?",
    ")?": "?",
    "]?": "?",
    ")*": f"{{0,{_MOST}}}",
    "]*": f"{{0,{_MOST}}}",
    ")+": f"{{1,{_MOST}}}",
    "]+": f"{{1,{_MOST}}}",
}


class TemplateError(ConfigurationError):
    """A lexicon's template can't be read; names the template and the place."""

    code = "lexicon_error"
    default_remedy = "Correct the template in the lexicon file."


class TemplateCompiler:
    """Compiles templates that share rules and slots; every rule is compiled once.

    Args:
        rules: rule name -> template, for ``<rule>``.
        slots: slot name -> regex source, for ``{slot}``.
    """

    def __init__(self, rules: Mapping[str, str], slots: Mapping[str, str]) -> None:
        self._rules = rules
        self._slots = slots
        self._done: dict[str, str] = {}
        self._open: list[str] = []

    def rule(self, name: str) -> str:
        """Return the regex source of a rule.

        Raises:
            TemplateError: there is no such rule, or it leads back to itself.
        """
        if name not in self._done:
            if name in self._open:
                circle = " -> ".join([*self._open, name])
                raise TemplateError(f"rule <{name}> leads in a circle: {circle}")
            if name not in self._rules:
                raise TemplateError(f"there is no rule <{name}>")
            self._open.append(name)
            self._done[name] = self.compile(longest_first(self._rules[name]))
            self._open.pop()
        return self._done[name]

    def compile(self, template: str) -> str:
        """Return the regex source of a template.

        Raises:
            TemplateError: it can't be read, or uses a rule or slot that isn't there.
        """
        stack: list[tuple[str, list[str]]] = [("", [])]
        position = 0
        while template[position:].strip():
            item = _ITEM.match(template, position)
            if item is None:
                raise TemplateError(f"can't read {template!r} from column {position + 1}")
            position = item.end()
            bracket, rule, slot, word = item.groups()
            if bracket in _CLOSING:
                stack.append((bracket, []))
            elif bracket == "|":
                stack[-1][1].append("|")
            elif bracket:
                opened, parts = stack.pop()
                if _CLOSING.get(opened) != bracket[0]:
                    raise TemplateError(f"{bracket!r} closes nothing in {template!r}")
                stack[-1][1].append(f"(?:{''.join(parts)}){_QUANTIFIER[bracket]}")
            elif rule:
                stack[-1][1].append(self.rule(rule))
            elif slot:
                if slot not in self._slots:
                    raise TemplateError(f"there is no slot {{{slot}}} in {template!r}")
                stack[-1][1].append(self._slots[slot])
            else:
                plain = word.removeprefix("\\")
                # "what's" is two tokens in a message, so it is two here.
                tokens = [plain] if word != plain else [t.word for t in tokenize(plain)]
                stack[-1][1].append("".join([f"{re.escape(token)} " for token in tokens]))
        if len(stack) > 1:
            raise TemplateError(f"{stack[-1][0]!r} is never closed in {template!r}")
        return f"(?:{''.join(stack[0][1])})"


def longest_first(template: str) -> str:
    """Reorder the alternatives of a template by falling number of words.

    A regex takes the first alternative that fits: "most recent" must come before "recent".

    >>> longest_first("recent|(very|quite) new|most recent")
    '(very|quite) new|most recent|recent'
    """
    alternatives = [""]
    depth = 0
    for piece in _PIECE.findall(template):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(piece, 0)
        if piece == "|" and depth == 0:
            alternatives.append("")
        else:
            alternatives[-1] += piece
    return "|".join(sorted(alternatives, key=lambda text: -len(text.split())))


def template_words(templates: Iterable[str]) -> frozenset[str]:
    """Return every literal word that stands in the templates."""
    return frozenset(
        token.word
        for text in templates
        for item in _ITEM.finditer(text)
        if item.group(4)
        for token in tokenize(item.group(4))
    )
