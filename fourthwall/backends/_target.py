"""Who is asked, and how a request's parameters come out for them: what all dialects share.

A `Target` is a model at a provider: its card, the provider's row and the traits of its kind.  Every
dialect asks it the same questions (does it think here, how long may the answer be, which of these
parameters does it take) and writes the answers in its own words.  What is left out or changed is
noted in a `Report`, never done in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from fourthwall.backends._faults import openai_name
from fourthwall.backends._rules import Rules, tool_id_pattern
from fourthwall.chat import EFFORTS, ChatRequest, Thinking, as_mapping
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, Provider, Traits, reasons, thinks, traits_of

__all__ = [
    "JSON_ONLY",
    "Body",
    "Report",
    "Target",
    "nothing_to_answer",
    "plain",
    "refused_fields",
    "schema_prompt",
]

Body: TypeAlias = dict[str, Any]
Report: TypeAlias = dict[str, str]
"""What was left out, lowered or changed: the parameter's name -> why."""

_BUDGETS: Final[Mapping[str, int]] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 32768,
    "max": 65536,
}
"""Effort -> tokens to think with, where a provider counts tokens.  Between what LiteLLM (low 1024
to max 16384) and pydantic-ai (low 2048, high 16384) take."""

_SAMPLING: Final = ("temperature", "top_p", "top_k", "min_p")
_SAMPLING_WITHOUT_REASONING: Final = (*_SAMPLING, "logprobs")
_NEVER_WITH_REASONING: Final = (
    "presence_penalty",
    "frequency_penalty",
    "top_logprobs",
    "logit_bias",
)
_OURS: Final = frozenset(
    {"enable4thWall", "announceSwitches", "messages", "model", "stream", "stream_options"}
)
"""Fields that are about the way of asking; they reach no provider as parameters."""

_ABOUT_THINKING: Final = ("reasoning", "thinking", "enable_thinking", "thinking_budget")
_ABOUT_TOOLS: Final = ("tools", "tool_choice", "parallel_tool_calls")
_OF_OTHER_DIALECTS: Final = (
    "cache_control",
    "cached_content",
    "cachedContent",
    "container",
    "generationConfig",
    "output_config",
    "safety_settings",
    "safetySettings",
    "system",
    "systemInstruction",
)
"""Fields of Anthropic's and Google's own requests."""
_TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Target:
    """A model at a provider.

    Attributes:
        provider: the provider's row.
        card: the model's card.
    """

    provider: Provider
    card: ModelCard

    @cached_property
    def traits(self) -> Traits:
        """What is known of the model's kind."""
        return traits_of(self.card)

    @cached_property
    def upstream(self) -> str:
        """The name under which the provider knows the model."""
        return dict(self.card.routes).get(self.provider.name, self.card.upstream_id)

    @property
    def names(self) -> frozenset[str]:
        """The names under which the history may say that this model wrote something."""
        return frozenset({self.card.id, self.upstream})

    @property
    def max_output(self) -> int | None:
        """Most tokens of an answer, thinking included; None if that isn't known."""
        return self.card.max_output or self.traits.max_output

    @property
    def takes_images(self) -> bool:
        """Whether images are sent: the card's word, else the provider's habit."""
        if self.card.vision is None:
            return "image" in self.provider.media
        return self.card.vision

    @property
    def media(self) -> frozenset[Any]:
        """What messages may hold beside text."""
        media = frozenset(self.provider.media)
        return media | {"image"} if self.takes_images else media - {"image", "video"}

    @property
    def takes_tools(self) -> bool | None:
        """Whether the model calls tools: the card's word, else that of its kind."""
        return self.traits.tools if self.card.tools is None else self.card.tools

    # The history

    def rules(self, request: ChatRequest) -> Rules:
        """Return what of a history's rules the row and the card say alike in every dialect."""
        provider = self.provider
        flattens = provider.flattens_without_tools and not request.tools
        return Rules(
            provider=provider.name,
            models=self.names,
            tools=self.takes_tools is not False and not flattens,
            media=self.media,
            max_images=provider.max_images,
            max_image_bytes=provider.max_image_bytes,
            file_ids=provider.file_ids,
            id_pattern=tool_id_pattern(provider.tool_id),
        )

    def system_role(self, request: ChatRequest) -> str:
        """Return the role of system text: ``developer`` for OpenAI's models that reason."""
        if self.traits.system_as_user:
            return "user"
        knows = self.provider.developer_role and "developer_role" not in request.faults
        return "developer" if knows and self.reasons else "system"

    # Thinking

    @property
    def reasons(self) -> bool | None:
        """Whether the model reasons at all: the card's word, else that of its kind."""
        return reasons(self.card)

    def thinks(self, thinking: Thinking) -> bool:
        """Whether the model will think about this request."""
        return thinks(self.card, on=thinking.on)

    def effort(self, thinking: Thinking, report: Report) -> str | None:
        """Return the effort as the model takes it; None where there is none to send.

        An effort that the model doesn't have becomes the nearest one; a model that can't stop
        thinking gets its lowest for ``none``.
        """
        effort = thinking.effort
        if effort is None and thinking.on is False:
            effort = "none"
        if effort is None and thinking.budget:
            effort = self._effort_for(thinking.budget)
        if effort is None and thinking.on and self.traits.thinks == "asked":
            effort = "medium"  # it thinks only if it is told how hard
        taken = self.traits.efforts
        if effort is None or not taken or effort in taken:
            return effort
        nearest = _nearest(effort, taken)
        why = f"{self.card.id} takes {', '.join(taken)}"
        report["reasoning_effort"] = f"{effort!r} became {nearest!r}: {why}" if nearest else why
        return nearest

    def _effort_for(self, budget: int) -> str:
        fits = [effort for effort, tokens in _BUDGETS.items() if tokens <= budget]
        return fits[-1] if fits else "minimal"

    def budget(self, thinking: Thinking) -> int:
        """Return how many tokens the model may think with."""
        wanted = thinking.budget or _BUDGETS.get(thinking.effort or "medium", _BUDGETS["medium"])
        return max(self.traits.budget_min, min(wanted, self.traits.budget_max or wanted))

    def token_limit(self, request: ChatRequest, thinking: Thinking, report: Report) -> int | None:
        """Return the bound of the whole answer; None if the request sets none.

        A caller's ``max_tokens`` bounds the visible answer.  A model that thinks takes its thoughts
        out of the same bound, so it gets the card's highest one: else a small bound buys an empty
        answer.  Where that isn't known, a bound that leaves too little room to think gets it on
        top.
        """
        asked, most = request.max_tokens, self.max_output
        if asked is None:
            return None
        limit = asked if most is None else min(asked, most)
        if self.thinks(thinking):
            limit = self._limit_with_thoughts(asked, thinking)
        if limit < asked:
            report["max_tokens"] = f"lowered to {limit}, the most that {self.card.id} gives"
        elif limit > asked:
            report["max_tokens"] = f"raised to {limit}: {self.card.id} takes its thoughts out of it"
        return limit

    def _limit_with_thoughts(self, asked: int, thinking: Thinking) -> int:
        most = self.max_output
        if thinking.budget:
            return min(asked + thinking.budget, most or asked + thinking.budget)
        room = _BUDGETS.get(thinking.effort or "high", _BUDGETS["high"])
        return most or (asked if asked > room else asked + room)

    # The other parameters

    def parameters(self, request: ChatRequest, thinking: Thinking, report: Report) -> Body:
        """Return the parameters that the model takes, by OpenAI's names.

        Left to the dialect are ``max_tokens`` (`token_limit`), thinking (`effort`, `budget`) and
        everything that it has other names or none for.

        Raises:
            UnsupportedError: a tool is forced and the model has none, or several answers are asked
                for and it gives one.
            RequestError: a tool has no name, or one that not every provider takes.
        """
        given = self._given(request, report)
        for names, why in self._refused(request, thinking):
            self.leave_out(given, names, why, report)
        self._check_tools(given, request, report)
        label = self.provider.label
        most = self.provider.temperature_max
        if isinstance(given.get("temperature"), int | float) and given["temperature"] > most:
            given["temperature"] = most
            report["temperature"] = f"lowered to {most}, the most that {label} takes"
        stops = self.provider.max_stops
        if stops is not None and len(given.get("stop", ())) > stops:
            given["stop"] = given["stop"][:stops]
            report["stop"] = f"{label} takes {stops}: the others are left out"
        return given

    def leave_out(self, given: Body, names: Sequence[str], why: str, report: Report) -> None:
        """Take parameters out of ``given``, and say so; one answer needs no ``n`` to ask for it.

        Raises:
            UnsupportedError: one of them is ``n``, with more than one answer: fewer answers than
                were asked for are no answer.
        """
        for name in names:
            if name not in given:
                continue
            if name == "n":
                if given.pop(name) == 1:
                    continue
                raise UnsupportedError(
                    f"{self.card.id!r} gives one answer at a time",
                    param="n",
                    model=self.card.id,
                    remedy="Ask several times.",
                )
            del given[name]
            report[name] = why

    def without_refused(self, written: Body, request: ChatRequest, report: Report) -> Body:
        """Take out of ``written`` what the provider has just refused; return the rest.

        `parameters` has done so with what the request gives; this is about what a dialect has
        written by itself.  A field goes by its name there or OpenAI's.
        """
        refused = refused_fields(request.faults)
        names = [name for name in written if {name, openai_name(name)} & refused]
        self.leave_out(written, names, self._refusal, report)
        return written

    @property
    def _refusal(self) -> str:
        return f"{self.provider.label} has just refused it"

    def _given(self, request: ChatRequest, report: Report) -> Body:
        given = {
            name: value
            for name, value in request.extra.items()
            if value is not None and name not in _OURS and name not in _ABOUT_THINKING
        }
        if self.provider.kind == "openai":
            kept = {"cache_control"} if self.provider.cache_marks else set()
            foreign = [name for name in _OF_OTHER_DIALECTS if name not in kept]
            self.leave_out(given, foreign, "it belongs to another provider's API", report)
        named = {
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop": list(request.stop) or None,
            "seed": request.seed,
            "response_format": request.response_format,
            "tools": list(request.tools) or None,
            "tool_choice": request.tool_choice,
        }
        given |= {name: value for name, value in named.items() if value is not None}
        if not request.tools:  # refused where there are none
            self.leave_out(given, _ABOUT_TOOLS, "the request offers no tools", report)
        return given

    def _refused(
        self, request: ChatRequest, thinking: Thinking
    ) -> Iterator[tuple[Sequence[str], str]]:
        """Give the parameters that the model or the provider doesn't take, and why."""
        card = self.card.id
        yield self.provider.refuses, f"{self.provider.label} doesn't take it"
        yield self.traits.refuses, f"{card} doesn't take it"
        every = (*_SAMPLING_WITHOUT_REASONING, *_NEVER_WITH_REASONING)
        match self.sampling(thinking):
            case "rejected":
                yield every, f"{card} refuses it"
            case "ignored":
                yield every, f"{card} ignores it"
            case "without_reasoning" if self.thinks(thinking):
                yield every, f"{card} takes it only without reasoning"
            case "without_reasoning" if self.reasons is not False:
                yield _NEVER_WITH_REASONING, f"{card} refuses it"
        yield sorted(refused_fields(request.faults)), self._refusal

    def sampling(self, thinking: Thinking) -> str:
        """Return what becomes of temperature and its like.

        Where neither card nor traits say it, a model that thinks is taken to refuse them: most do,
        with an error, and an answer at the default temperature is better than none.  Catalogues
        know only yes and no, so a card's yes may mean: as long as it doesn't think.
        """
        known, finer = self.card.sampling, self.traits.sampling
        if known is None or (known == "accepted" and finer == "without_reasoning"):
            known = finer
        return known or ("rejected" if self.thinks(thinking) else "accepted")

    @property
    def _can_be_forced(self) -> bool:
        return self.traits.forced_tools and self.provider.forced_tools

    def _check_tools(self, given: Body, request: ChatRequest, report: Report) -> None:
        for number, tool in enumerate(request.tools):
            _check_tool(number, tool)
        _check_choice(request)
        if self.takes_tools is False and request.tools:
            if request.forces_tool:
                raise UnsupportedError(
                    f"{self.card.id!r} can't call tools, and the request forces one",
                    param="tool_choice",
                    model=self.card.id,
                )
            for name in _ABOUT_TOOLS:
                if given.pop(name, None) is not None:
                    report[name] = f"{self.card.id} has no tools"
        elif "tool_choice" in given and request.forces_tool and not self._can_be_forced:
            given["tool_choice"] = "auto"
            report["tool_choice"] = f"{self.card.id} can't be forced to call a tool"


def _check_choice(request: ChatRequest) -> None:
    """Raise `RequestError` if a tool is forced that isn't among those offered."""
    wanted = as_mapping(as_mapping(request.tool_choice).get("function")).get("name")
    offered = [as_mapping(tool.get("function")).get("name") for tool in request.tools]
    if request.tools and isinstance(wanted, str) and wanted not in offered:
        raise RequestError(
            f"the tool {wanted!r} is forced, and isn't among the tools",
            param="tool_choice",
            remedy="Force one of the tools that the request offers.",
        )


def refused_fields(faults: frozenset[str]) -> frozenset[str]:
    """Return the fields that a provider has just refused, by OpenAI's names (see `fault_of`)."""
    named = {fault.removeprefix(_FIELD) for fault in faults if fault.startswith(_FIELD)}
    return frozenset(named | {_GOES_WITH[fault] for fault in faults & _GOES_WITH.keys()})


_FIELD: Final = "parameter:"
_GOES_WITH: Final[Mapping[str, str]] = {
    "stream_usage": "stream_options",
    "parameter:ttl": "cache_control",
}
"""A refusal -> the field that goes as a whole."""


def nothing_to_answer() -> RequestError:
    """Make the error for a history in which nobody says anything."""
    return RequestError(
        "the messages hold nothing to answer",
        param="messages",
        remedy="Send at least one message that isn't empty.",
    )


def _check_tool(number: int, tool: Mapping[str, Any]) -> None:
    function = tool.get("function")
    if tool.get("type", "function") != "function" and not isinstance(function, Mapping):
        return  # a provider's own
    name, param = as_mapping(function).get("name"), f"tools[{number}].function.name"
    if not isinstance(name, str):
        raise RequestError(
            f"tool {number} has no name",
            param=param,
            remedy='Send {"type": "function", "function": {"name": ..., "parameters": {...}}}.',
        )
    if not _TOOL_NAME.fullmatch(name):
        raise RequestError(
            f"the name of tool {number} must be 1 to 64 letters, digits, '_' or '-'",
            param=param,
            remedy="Rename the tool: other names are refused by one provider or another.",
        )


def _nearest(effort: str, taken: Sequence[str]) -> str | None:
    """Return the effort nearest to one, ``none`` only for ``none``.

    Of two it is the one nearer to ``high``: DeepSeek's page takes medium and xhigh for high.
    """
    if effort not in EFFORTS:
        return None
    place = EFFORTS.index(effort)
    thinking = [e for e in taken if e != "none"]
    if not thinking:
        return None
    high = EFFORTS.index("high")
    ranks = {e: EFFORTS.index(e) for e in thinking}
    return min(thinking, key=lambda e: (abs(ranks[e] - place), abs(ranks[e] - high)))


JSON_ONLY: Final = "Answer with one JSON object and nothing else."


def schema_prompt(response_format: Mapping[str, Any]) -> str:
    """Return the words that ask for JSON where nothing but words can."""
    schema = as_mapping(response_format.get("json_schema")).get("schema")
    if schema is None:
        return JSON_ONLY
    text = json.dumps(plain(schema), ensure_ascii=False)
    return f"{JSON_ONLY} It must follow this JSON schema:\n{text}"


def plain(value: Any) -> Any:
    """Copy a value into plain dicts and lists: a body shares nothing with the request."""
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
