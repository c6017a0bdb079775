"""What a provider refused, told from the words of its error.

A request that was built right for its target isn't refused; where one is, a row of some table is
wrong or missing.  The rows here recognise such a refusal, so that the request can be built once
more without what was refused (`ChatRequest.faults`), instead of failing for a person who can't
mend it.  The first row that fits counts.

Each pattern stands beside the sentence that it was made for, as a user quoted it, and where that
was.  It is looked for in a single line of at most 4,000 characters, without backslashes: gateways
put errors into strings inside of errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["FAULTS", "PARAMETERS", "Fault", "Wording", "fault_of", "openai_name"]


@dataclass(frozen=True, slots=True)
class Wording:
    """How one provider says it.

    Attributes:
        pattern: finds it; for a parameter, the group ``name`` is the field's path.
        sentence: an error that somebody met.
        seen: where, as a GitHub issue or pull request; ``""`` where only the words are known.
        field: the path of the parameter, where the words don't spell it.
    """

    pattern: re.Pattern[str]
    sentence: str
    seen: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a refusal is recognised: by one of these wordings, or by the provider's own code."""

    wordings: tuple[Wording, ...]
    codes: frozenset[str] = frozenset()

    def fits(self, line: str, codes: frozenset[str]) -> bool:
        """Whether an error is this refusal."""
        return bool(self.codes & codes) or any(w.pattern.search(line) for w in self.wordings)


def _wording(pattern: str, sentence: str, seen: str = "", field: str = "") -> Wording:
    return Wording(re.compile(pattern, re.IGNORECASE), sentence, seen, field)


def _row(*rows: tuple[str, ...], codes: tuple[str, ...] = ()) -> Fault:
    return Fault(tuple(_wording(*row) for row in rows), frozenset(codes))


FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        # Private state that isn't this model's, or was touched.
        "signature": _row(
            (
                r"invalid `?signature`? in `?thinking",
                "messages.1.content.0: Invalid `signature` in `thinking` block",
                "RooCodeInc/Roo-Code#10461",
            ),
            (
                r"corrupted thought.?signature",
                "Corrupted thought signature.",
                "decolua/9router#4136",
            ),
            (
                r"thought.?signature is not valid",
                "Unable to submit request because Thought signature is not valid.. Learn more: ",
                "decolua/9router#301",
            ),
            (
                r"thinking`? blocks .{0,60}cannot be modified",
                "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot "
                "be modified. These blocks must remain as they were in the original response.",
                "anthropics/claude-code#19539",
            ),
            (
                r"thinking`? blocks, the blocks must match the parameters",
                "When providing `thinking` or `redacted_thinking` blocks, the blocks must match "
                "the parameters during the original request.",
                "anthropics/claude-code#2746",
            ),
            (
                r"contains any thinking blocks, the first block must be",
                "If an assistant message contains any thinking blocks, the first block must be "
                "`thinking` or `redacted_thinking`. Found `text`.",
                "anthropics/claude-code#20692",
            ),
            (
                r"block is bound to a different conversation",
                "The block is bound to a different conversation",
                "pydantic/pydantic-ai#7989",
            ),
        ),
        "encrypted_content": _row(
            (
                r"encrypted content .{0,80}could not be verified",
                "The encrypted content for item rs_1 could not be verified",
                "openai/codex#17541",
            ),
            (
                r"\bitem with id .{1,120}not found|items are not persisted",
                "Item with id 'rs_1' not found. Items are not persisted when `store` is set to "
                "false.",
                "earendil-works/pi#5059",
            ),
            (
                r"'input\[\d+\]\.id'.{0,120}expected an id that begins",
                "Invalid 'input[66].id': 'item_1'. Expected an ID that begins with 'rs'.",
                "jlcodes99/cockpit-tools#2090",
            ),
            codes=("invalid_encrypted_content", "invalid_id_prefix"),
        ),
        "thought_signature_missing": _row(
            (
                r"missing a thought.?signature",
                "Function call is missing a thought_signature in functionCall parts. This is "
                "required for tools to work correctly",
                "pipecat-ai/pipecat#5809",
            ),
        ),
        "thinking_missing": _row(
            (
                r"expected `?thinking`? or `?redacted_thinking`?, but found",
                "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
                "`tool_use`. When `thinking` is enabled, a final `assistant` message must start "
                "with a thinking block",
                "anomalyco/opencode#3077",
            ),
        ),
        "reasoning_required": _row(
            (
                r"reasoning(?:_content)?`? .{0,40}must be passed back",
                "The `reasoning_content` in the thinking mode must be passed back to the API.",
                "anomalyco/opencode#24722",
            ),
            (
                r"reasoning_content is missing",
                "thinking is enabled but reasoning_content is missing in assistant tool call "
                "message at index 2",
            ),
        ),
        "reasoning_refused": _row(
            (
                r"reasoning input is not enabled",
                "Reasoning input is not enabled for this model",
                "mistralai/mistral-vibe#758",
            ),
            (
                r"property '[\w.]*reasoning\w*' is (?:unsupported|not supported)",
                "property 'messages.2.assistant.reasoning_content' is unsupported",
                "agentjido/req_llm#772",
            ),
            (
                r"assistant`? message .{0,40}cannot contain `?thinking",
                "When thinking is disabled, an `assistant` message in the final position cannot "
                "contain `thinking`.",
                "pydantic/pydantic-ai#2075",
            ),
            codes=("3051",),
        ),
        # Roles and their order.
        "developer_role": _row(
            (
                r"unknown variant `?developer",
                "unknown variant `developer`, expected one of `system`, `user`, `assistant`, "
                "`tool`, `latest_reminder`",
                "num-scope/pix#34",
            ),
        ),
        "system_position": _row(
            (
                r"system message must be at the beginning",
                "Jinja Exception: System message must be at the beginning.",
                "ggml-org/llama.cpp#27367",
            ),
            (
                r"role '?system'? must precede",
                "messages.67: role 'system' must precede an 'assistant' message or end the array",
                "anthropics/claude-code#73821",
            ),
            (
                r"unexpected role ['\"]system",
                "Unexpected role 'system' after role 'assistant'",
                "spring-projects/spring-ai#2380",
            ),
            (
                r"unexpected role ['\"]system",
                'messages: Unexpected role "system". The Messages API accepts a top-level `system` '
                'parameter, not "system" as an input message role.',
                "sgl-project/sglang#367",
            ),
        ),
        "prefill": _row(
            (
                r"does not support assistant message prefill|must end with a user message",
                "This model does not support assistant message prefill. The conversation must end "
                "with a user message.",
                "ericc-ch/copilot-api#261",
            ),
            (
                r"final assistant content cannot end with trailing whitespace",
                "messages: final assistant content cannot end with trailing whitespace",
                "tailcallhq/forgecode#1872",
            ),
        ),
        "role_order": _row(
            (
                r"does not support successive user or assistant",
                "deepseek-reasoner does not support successive user or assistant messages "
                "(messages[1] and messages[2] in your input).",
                "deepseek-ai/DeepSeek-R1#21",
            ),
            (
                r"roles must alternate",
                "After the optional system message, conversation roles must alternate "
                "user/assistant/user/assistant/...",
                "vllm-project/vllm#6862",
            ),
            (
                r"first message must use the .{0,2}user",
                'messages: first message must use the "user" role',
            ),
            (
                r"function call turn comes immediately after",
                "Please ensure that function call turn comes immediately after a user turn or "
                "after a function response turn.",
                "google-gemini/gemini-cli#11814",
            ),
            (
                r"unexpected role '\w+' after role",
                "Unexpected role 'user' after role 'tool'",
                "avante-corp/avante.nvim#2695",
            ),
            (
                r"expected last role",
                "Expected last role User or Tool (or Assistant with prefix True) for serving but "
                "got assistant",
                "NEKOparapa/AiNiee#641",
            ),
            codes=("3230", "invalid_request_message_order"),
        ),
        # Tool calls.
        "tools_missing": _row(
            (
                r"toolconfig field must be defined",
                "The toolConfig field must be defined when using toolUse and toolResult content "
                "blocks.",
                "vercel/ai#7537",
            ),
            (
                r"tool_result`? blocks must define tools",
                "Requests which include `tool_use` or `tool_result` blocks must define tools.",
                "anthropics/anthropic-sdk-python#494",
            ),
        ),
        "tool_pairs": _row(
            (
                r"tool_use`? ids were found without",
                "messages.3: `tool_use` ids were found without `tool_result` blocks immediately "
                "after: toolu_1",
                "anthropics/claude-code#1237",
            ),
            (
                r"unexpected `?tool_use_id",
                "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks",
                "tghamm/Anthropic.SDK#184",
            ),
            (
                r"matching number of `?tool_result",
                "Messages following tool_use blocks must begin with a matching number of "
                "tool_result blocks",
                "anthropics/anthropic-sdk-typescript#653",
            ),
            (
                r"must be followed by tool messages",
                "An assistant message with 'tool_calls' must be followed by tool messages "
                "responding to each 'tool_call_id'",
                "langchain-ai/langgraph#5109",
            ),
            (
                r"role '?tool'? must be a response to",
                "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
                "message with 'tool_calls'.",
                "microsoft/semantic-kernel#12708",
            ),
            (
                r"number of function response parts",
                "Please ensure that the number of function response parts is equal to the number "
                "of function call parts of the function call turn.",
                "google-gemini/gemini-cli#4217",
            ),
            (
                r"same number of function calls and responses",
                "Not the same number of function calls and responses",
            ),
            (
                r"no tool (?:call|output) found for function call",
                "No tool call found for function call output with call_id call_1.",
                "pydantic/pydantic-ai#4882",
            ),
            (
                r"no tool (?:call|output) found for function call",
                "No tool output found for function call call_1.",
                "router-for-me/CLIProxyAPI#2368",
            ),
        ),
        "tool_id": _row(
            (
                r"tool call id .{0,600}must be a-z",
                "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.",
                "editor-code-assistant/eca#233",
            ),
            (
                r"tool_call(?:s\[\d+\]\.|_)id': string too long",
                "Invalid 'messages[2].tool_calls[0].id': string too long. Expected a string with "
                "maximum length 40, but got a string with length 43 instead.",
                "vercel/ai#5171",
            ),
            (
                r"tool_use(?:\.|_)id: string should match",
                "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
                "langchain-ai/langchain#37756",
            ),
            (
                r"tool_use`? ids must be unique",
                "messages: `tool_use` ids must be unique",
                "anthropics/claude-code#20885",
            ),
            codes=("3280",),
        ),
        # Content.
        "media": _row(
            (
                r"unknown variant `?(?:image|input_image|input_audio|file|video)",
                "messages[1]: unknown variant `image_url`, expected `text`",
                "esengine/DeepSeek-Reasonix#7136",
            ),
            (
                r"does not support (?:image|audio|video|file) input",
                "this model does not support image input",
                "ollama/ollama#17301",
            ),
            (
                r"no endpoints found that support (?:image|audio|video|file) input",
                "No endpoints found that support image input",
                "nexu-io/nexu#733",
            ),
        ),
        "empty_content": _row(
            (
                r"text content blocks must be non-empty",
                "messages: text content blocks must be non-empty",
                "anthropics/anthropic-sdk-python#461",
            ),
            (
                r"parts must not be empty",
                "* GenerateContentRequest.contents[2].parts: contents.parts must not be empty.",
                "CherryHQ/cherry-studio#16196",
            ),
            (
                r"required oneof field 'data'",
                "required oneof field 'data' must have one initialized field",
                "router-for-me/CLIProxyAPI#1292",
            ),
            (
                r"must have either content or tool_calls, but not none",
                "Assistant message must have either content or tool_calls, but not none.",
                "OpenHands/OpenHands#8685",
            ),
        ),
        # The way of asking.
        "responses_only": _row(
            (
                r"not supported .{0,80}in (?:the )?/?v1/chat/completions",
                "Function tools with reasoning_effort are not supported for gpt-5.6-sol in "
                "/v1/chat/completions",
            ),
            (
                r"only supported in (?:the )?/?v1/responses",
                "This model is only supported in v1/responses and not in v1/chat/completions.",
                "n8n-io/n8n#18352",
            ),
            (
                r"not a chat model and thus not supported",
                "This is not a chat model and thus not supported in the v1/chat/completions "
                "endpoint. Did you mean to use v1/completions?",
                "micz/ThunderAI#570",
            ),
        ),
        "token_limit_field": _row(
            (
                r"use '?max_(?:completion_)?tokens'? instead",
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                "anomalyco/opencode#37964",
            ),
            (
                r"unrecognized request arguments? supplied: max_(?:completion_)?tokens",
                "Unrecognized request argument supplied: max_completion_tokens",
                "openai/openai-python#1724",
            ),
        ),
        "stream_usage": _row(
            (
                r"unknown parameter: '?stream_options",
                "Unknown parameter: 'stream_options'.",
                "QuantumNous/new-api#418",
            ),
        ),
    }
)
"""What was refused -> how it is recognised.  Beside these there is ``parameter:NAME``, a single
field of the body by its name in OpenAI's vocabulary where it has one there (with a dot where only
an inner field was refused: ``parameter:reasoning.summary``); see `PARAMETERS`."""

_FIELD: Final = r"(?P<name>[\w.\[\]]{1,64})"

PARAMETERS: Final = tuple(
    _wording(*row)
    for row in (
        (
            rf"`{_FIELD}` is deprecated",
            "`temperature` is deprecated for this model.",
            "UKGovernmentBEIS/inspect_ai#3721",
        ),
        (
            rf"\"{_FIELD}\" is not supported for this model",
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" '
            'and "output_config.effort" to control thinking behavior.',
            "zhukunpenglinyutong/jetbrains-cc-gui#1003",
        ),
        (
            rf"unsupported value: '{_FIELD}'",
            "Unsupported value: 'temperature' does not support 0.7 with this model.",
            "tmc/langchaingo#1355",
        ),
        (
            rf"(?:unsupported|unknown) parameter: '{_FIELD}'",
            "Unknown parameter: 'input[1].status'.",
            "lidge-jun/opencodex#2248",
        ),
        (
            rf"unrecognized request arguments? supplied: {_FIELD}",
            "Unrecognized request argument supplied: logprobs",
            "openai/openai-python#1724",
        ),
        (
            rf"{_FIELD}: extra inputs are not permitted",
            "thinking.adaptive.block_binding: Extra inputs are not permitted",
            "Wei-Shaw/sub2api#6677",
        ),
        (
            rf"property '{_FIELD}' is (?:unsupported|not supported)",
            "property 'messages.0.name' is unsupported",
            "agentjido/req_llm#772",
        ),
        (
            rf"`{_FIELD}: [\w.]{{1,20}}` is not supported",
            "`cache_control.ttl: 1h` is not supported",
            "BerriAI/litellm#38790",
        ),
        (
            r"when (?P<name>tool_choice) forces tool use",
            "Thinking may not be enabled when tool_choice forces tool use.",
            "mastra-ai/mastra#7507",
        ),
        (
            r"(?P<name>tool_choice) parameter does not support",
            "The tool_choice parameter does not support being set to required or object in "
            "thinking mode",
            "cloudwego/eino#994",
        ),
        (
            r"unknown name \"(?P<name>\w{1,64})\"[^:]{0,200}: cannot find field",
            'Invalid JSON payload received. Unknown name "id" at \'contents[7].parts[0]'
            ".function_response': Cannot find field.",
            "google-gemini/gemini-cli#13972",
        ),
        (
            r"must be verified to generate reasoning summaries",
            "Your organization must be verified to generate reasoning summaries.",
            "continuedev/continue#12031",
            "reasoning.summary",
        ),
    )
)
"""How providers refuse a single field."""

_PARAMETER_CODES: Final = frozenset(
    {"unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden"}
)

_CONTAINERS: Final = frozenset(
    {"messages", "input", "contents", "tools", "generation_config", "generationConfig"}
)
"""Fields whose inner fields are named for themselves: no request can do without the whole."""

_NEEDED: Final = frozenset({*_CONTAINERS, "model", "stream", "role", "content", "type", "parts"})

_ALONE: Final = frozenset({"reasoning.summary"})
"""Inner fields without which the outer one is still worth sending."""

_REASONING: Final = frozenset({"reasoning", "reasoning_content", "reasoning_details", "thinking"})

_OPENAI_NAMES: Final[Mapping[str, str]] = {
    "stop_sequences": "stop",
    "random_seed": "seed",
    "candidate_count": "n",
    "response_logprobs": "logprobs",
}

_ROWS_OF_PARAMETERS: Final[Mapping[str, str]] = {
    "max_tokens": "token_limit_field",
    "max_completion_tokens": "token_limit_field",
    "stream_options": "stream_usage",
}

_LONGEST: Final = 4000


def fault_of(message: str, code: str | None = None, param: str | None = None) -> str | None:
    """Return what a provider refused, as a key of `FAULTS` or as ``parameter:NAME``.

    Args:
        message: the provider's own words.
        code: its code for the error.
        param: the field that it names apart from its words; dots between the levels.

    Returns:
        None if no row fits: then the request can't be mended here.

    Example:
        >>> fault_of("System message must be at the beginning.")
        'system_position'
        >>> fault_of("`temperature` is deprecated for this model.")
        'parameter:temperature'
    """
    line = " ".join(message[:_LONGEST].replace("\\", "").split())
    codes = frozenset({code.casefold()} if code else ())
    for name, fault in FAULTS.items():
        if fault.fits(line, codes):
            return name
    if param and codes & _PARAMETER_CODES:
        return _parameter(param)
    for wording in PARAMETERS:
        if found := wording.pattern.search(line):
            return _parameter(wording.field or found["name"])
    return None


def _parameter(path: str) -> str | None:
    """Return the fault for a field, by its path; None if no request can do without it."""
    names = [part for part in re.split(r"[.\[\]/]+", path) if part and not part.isdigit()]
    if names[:1] == ["body"]:
        names = names[1:]
    if not names:
        return None
    if (inner := ".".join(names[:2])) in _ALONE:
        return f"parameter:{inner}"
    is_inside = names[0] in _CONTAINERS
    if is_inside and names[-1] in _REASONING:
        return "reasoning_refused"
    name = openai_name(names[-1] if is_inside else names[0])
    if name in _NEEDED:
        return None
    return _ROWS_OF_PARAMETERS.get(name, f"parameter:{name}")


def openai_name(name: str) -> str:
    """Return a field's name in OpenAI's vocabulary: ``topP`` is ``top_p``."""
    snake = re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0]}", name).lower()
    return _OPENAI_NAMES.get(snake, snake)
