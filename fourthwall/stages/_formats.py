"""How servers write a chain of thought into the text: a row for each way.

The names are those of the formats' first or best known models; a card's `reasoning_format` says
which one it is.  `ReasoningSplitter` says what becomes of the markers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from fourthwall.errors import ConfigurationError

__all__ = ["FORMATS", "ReasoningFormat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningFormat:
    """How one kind of server writes a chain of thought into the text.

    Attributes:
        openings: markers that begin it; dropped.
        closings: markers that end it; dropped.
        starts_in_reasoning: whether the reply begins inside (the prompt held the opening).
        implicit_ends: markers that end it too, but belong to the answer and stay there; or the
            first of a pair of `wrappers`.
        inner_calls: pairs of markers around a tool call inside the thought, which goes on after
            it; the call is content, and the markers stay with it.
        wrappers: pairs of markers around the answer; dropped, the second only where it ends the
            reply: anywhere else the answer may be about it.
        repeats: whether thoughts and wrapped answers take turns; then a wrapper ends with its
            first second marker.
        ends: markers that are dropped where the reply ends with them, after a thought or such a
            wrapper.
        guessable: whether ``auto`` takes one of the openings for this format.

    Raises:
        ConfigurationError: a marker is empty, begins with white space or is the beginning of
            another one, so that it couldn't be told what was meant.
    """

    openings: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    starts_in_reasoning: bool = False
    implicit_ends: tuple[str, ...] = ()
    inner_calls: tuple[tuple[str, str], ...] = ()
    wrappers: tuple[tuple[str, str], ...] = ()
    repeats: bool = False
    ends: tuple[str, ...] = ()
    guessable: bool = True

    def __post_init__(self) -> None:
        wraps = [opening for opening, _ in self.wrappers]
        calls = [opening for opening, _ in self.inner_calls]
        kept = [marker for marker in self.implicit_ends if marker not in wraps]
        _check([*self.openings, *self.closings, *kept, *wraps, *calls])
        _check([*self.openings, *wraps, *self.ends])
        # In a wrapper or a call only its own end counts, so it may look like another marker.
        for _, closing in (*self.wrappers, *self.inner_calls):
            _check([closing])


def _check(markers: Sequence[str]) -> None:
    for number, marker in enumerate(markers):
        if not marker or marker[0].isspace():
            raise _unusable(marker, "must begin with a visible character")
        if any(m.startswith(marker) for m in (*markers[:number], *markers[number + 1 :])):
            raise _unusable(marker, "is the beginning of another marker, or stands twice")


def _unusable(marker: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"the marker {marker!r} {problem}",
        param="reasoning_format",
        remedy="Give the format markers of which none begins like the whole of another.",
    )


def _tag(name: str) -> ReasoningFormat:
    return ReasoningFormat(openings=(f"<{name}>",), closings=(f"</{name}>",))


# Others that write <think>: a guess can only be the plain one.
_THINK = replace(_tag("think"), guessable=False)
_KIMI_K2 = replace(_THINK, implicit_ends=("<|tool_calls_section_begin|>",))
_MINIMAX_M3 = _tag("mm:think")

FORMATS: Final[Mapping[str, ReasoningFormat]] = MappingProxyType(
    {
        "none": ReasoningFormat(),
        "think": _tag("think"),
        "think-prefilled": replace(_THINK, starts_in_reasoning=True),
        "qwen3": replace(_THINK, starts_in_reasoning=True, implicit_ends=("<tool_call>",)),
        "kimi-k2": _KIMI_K2,
        # Whether the prompt ends in the opening is up to the host's template.
        "kimi-k2-prefilled": replace(_KIMI_K2, starts_in_reasoning=True),
        "thinking": _tag("thinking"),
        "thought": _tag("thought"),
        "reasoning": _tag("reasoning"),
        "reason": _tag("reason"),
        "kimi-vl": ReasoningFormat(openings=("◁think▷",), closings=("◁/think▷",)),
        "seed": replace(_tag("seed:think"), implicit_ends=("<seed:tool_call>",)),
        "mistral": ReasoningFormat(openings=("[THINK]",), closings=("[/THINK]",)),
        "minimax-m3": _MINIMAX_M3,
        # thinking_mode=enabled puts the opening into the prompt.
        "minimax-m3-prefilled": replace(_MINIMAX_M3, starts_in_reasoning=True, guessable=False),
        "gemma4": ReasoningFormat(
            openings=("<|channel>thought\n",),
            closings=("<channel|>",),
            implicit_ends=("<|tool_call>",),
        ),
        "cohere": ReasoningFormat(
            openings=("<|START_THINKING|>",),
            closings=("<|END_THINKING|>",),
            starts_in_reasoning=True,
            implicit_ends=("<|START_TEXT|>", "<|START_RESPONSE|>", "<|START_ACTION|>"),
            wrappers=(
                ("<|START_TEXT|>", "<|END_TEXT|>"),
                ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
            ),
        ),
        "ernie45": replace(
            _THINK, starts_in_reasoning=True, wrappers=(("<response>", "</response>"),)
        ),
        "hunyuan-a13b": replace(_THINK, wrappers=(("<answer>", "</answer>"),)),
        "granite": ReasoningFormat(
            openings=("Here is my thought process:", "Here's my thought process:"),
            closings=("Here is my response:", "Here's my response:"),
        ),
        # The plain tag of models that sometimes call a tool without closing the thought.
        # Markers: vLLM 0.33.0 `parser/`, SGLang 0.5.23 `srt/parser/reasoning_parser.py`.
        "glm45": replace(_THINK, implicit_ends=("<tool_call>",)),
        "minimax-m2": replace(
            _THINK, starts_in_reasoning=True, implicit_ends=("<minimax:tool_call>",)
        ),
        # Checkpoints with a suffix in their tokens (<think:6124c78e>) need a row of their own.
        "hunyuan3": replace(_THINK, implicit_ends=("<tool_calls>",)),
        "laguna": replace(_THINK, implicit_ends=("<tool_call>",)),
        # SGLang `srt/function_call/kimik3_format.py`; the prompt holds the opening.
        "kimi-k3": ReasoningFormat(
            openings=("<|open|>think<|sep|>",),
            closings=("<|close|>think<|sep|>",),
            starts_in_reasoning=True,
            implicit_ends=("<|open|>response<|sep|>", "<|open|>tools<|sep|>"),
            wrappers=(("<|open|>response<|sep|>", "<|close|>response<|sep|>"),),
            repeats=True,
            ends=("<|close|>message<|sep|>",),
        ),
        # vLLM `reasoning/k2_horizon_reasoning_parser.py`: a tag for each effort.
        "k2-horizon": ReasoningFormat(
            openings=("<ifm|think>", "<ifm|think_fast>", "<ifm|think_faster>"),
            closings=("</ifm|think>", "</ifm|think_fast>", "</ifm|think_faster>"),
            starts_in_reasoning=True,
            implicit_ends=("<ifm|tool_call",),  # <ifm|tool_call> and <ifm|tool_calls>
        ),
        # SGLang `InklingDetector`; a call (<|message_model|>name<|content_invoke_tool_json|>...)
        # is neither of these and stays.
        "inkling": ReasoningFormat(
            openings=("<|message_model|><|content_thinking|>", "<|content_thinking|>"),
            closings=("<|end_message|>",),
            wrappers=(
                ("<|message_model|><|content_text|>", "<|end_message|>"),
                ("<|content_text|>", "<|end_message|>"),
            ),
            repeats=True,
            ends=("<|content_model_end_sampling|>",),
        ),
        # SGLang `Apertus2509Detector`.
        "apertus": ReasoningFormat(
            openings=("<|inner_prefix|>",),
            closings=("<|inner_suffix|>",),
            inner_calls=(("<|tools_prefix|>[", "<|tools_suffix|>"),),
        ),
        # Open WebUI 0.12.4 `utils/middleware.py`.
        "openthinker": ReasoningFormat(
            openings=("<|begin_of_thought|>",),
            closings=("<|end_of_thought|>",),
            wrappers=(("<|begin_of_solution|>", "<|end_of_solution|>"),),
        ),
    }
)
"""Format name -> its markers, for the formats that are written with markers alone."""
