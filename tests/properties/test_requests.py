"""Laws of `build_request`: they hold for every provider and whatever a client sends."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fourthwall.backends import build_request, dropped_parameters, fault_of
from fourthwall.backends._request import build_body
from fourthwall.chat import ChatRequest
from fourthwall.errors import FourthwallError, UnsupportedError
from fourthwall.registry import ModelCard, providers
from tests.backends.rules import accepted, texts_of

Json: TypeAlias = dict[str, Any]

CHAT = sorted(name for name, row in providers().items() if row.kind == "openai")
OTHERS = [("anthropic", "claude-sonnet-4.5"), ("google", "gemini-3-pro"), ("openai", "o3-pro")]

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

# Whatever a client sends --------------------------------------------------------------------------

words = st.integers(0, 10**9).map("w{}w".format)
blanks = st.sampled_from(["", " ", "\n"])
texts = words | words.map("<think>hm</think>{}".format)


def text_part(text: str) -> Json:
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}


media_parts = st.sampled_from(
    [
        PICTURE,
        {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "JVBERi0="}},
        {"type": "video_url", "video_url": {"url": "https://x.example/a.mp4"}},
    ]
)
odd_parts = st.sampled_from(
    [
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "image_url", "image_url": {}},
        {"type": "input_audio", "input_audio": None},
        {"type": "thinking", "thinking": "hm"},
        {"type": ["odd"]},
        {"type": "text", "text": None},
        {},
        7,
        None,
    ]
)
contents = st.one_of(
    words,
    blanks,
    st.none(),
    st.lists(words.map(text_part) | blanks.map(text_part) | media_parts | odd_parts, max_size=4),
)
ids = st.sampled_from(
    [
        "call_1",
        "call_2",
        "aB3dE5gH7",
        "functions.f:0",
        "x" * 50,
        "a|fc_1",
        "c__thought__c2ln",
        "",
        7,
    ]
)
calls = st.fixed_dictionaries(
    {
        "id": ids,
        "function": st.fixed_dictionaries(
            {
                "name": st.sampled_from(["f", "files.read", "", None]),
                "arguments": st.sampled_from(
                    ["{}", "", '{"x": 1}', '{"x": ', "[1]", "null", '{"x": NaN}', {"x": 1}, None, 5]
                ),
            }
        ),
    }
)
STYLES: list[Any] = ["anthropic-claude-v1", "google-gemini-v1", "unknown", None, []]
details = st.sampled_from(
    [
        {"type": "reasoning.text", "text": "hm", "signature": "c2ln", "format": style, **maker}
        for style in STYLES
        for maker in ({}, {"model": "m", "provider": "groq"}, {"model": "other"})
    ]
    + [{"type": "reasoning.encrypted", "data": "ZGF0YQ==", "format": "openai-responses-v1"}]
)
private = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["ann", "Ann B.", 3]),
        "model": st.sampled_from(["m", "other", None, {}]),
        "reasoning_content": st.sampled_from(["hm", "", None, 4]),
        "reasoning": st.sampled_from(["hm", None]),
        "reasoning_details": st.lists(details, max_size=2) | st.just("odd"),
        "refusal": st.sampled_from([None, "I won't."]),
        "audio": st.sampled_from([None, {"id": "audio_1", "transcript": "heard"}]),
        "fourthwall": st.just({"kind": "switch"}),
        "cache_control": st.just({"type": "ephemeral"}),
        "prefix": st.just(True),
    },
)


def message(role: str, content: Any, more: Json) -> Json:
    return {"role": role, "content": content, **more}


assistants = st.builds(
    lambda made, called: {**made, "tool_calls": called} if called else made,
    st.builds(message, st.just("assistant"), contents | texts, private),
    st.lists(calls | st.just("odd"), max_size=3) | st.none(),
)
results = st.builds(
    lambda made, call_id: {**made, "tool_call_id": call_id},
    st.builds(message, st.sampled_from(["tool", "function"]), contents, private),
    ids | st.none(),
)
others = st.builds(
    lambda role, content, more: message(role, content, {**more, "model": None}),
    st.sampled_from(["user", "user", "system", "developer"]),
    contents,
    private,
)
histories = st.lists(others | assistants | results, min_size=1, max_size=9)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "top_k": st.integers(1, 9),
        "presence_penalty": st.floats(-2, 2),
        "max_tokens": st.integers(1, 99_999),
        "seed": st.integers(0, 9),
        "stop": st.sampled_from(["x", ["x", "y"], []]),
        "n": st.sampled_from([None, 1, 2]),
        "logprobs": st.booleans(),
        "tools": st.sampled_from([[TOOL], [TOOL, {"type": "web_search"}], []]),
        "tool_choice": st.sampled_from(["auto", "none", "required"]),
        "parallel_tool_calls": st.booleans(),
        "reasoning_effort": st.sampled_from(["none", "minimal", "low", "max", "odd"]),
        "thinking": st.sampled_from(
            [{"type": "enabled", "budget_tokens": 2000}, {"type": "disabled"}]
        ),
        "enable_thinking": st.booleans(),
        "response_format": st.sampled_from(
            [
                {"type": "json_object"},
                {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
            ]
        ),
        "user": st.just("u"),
        "metadata": st.just({"a": "b"}),
        "stream": st.booleans(),
        "stream_options": st.just({"include_obfuscation": False}),
        "enable4thWall": st.just(True),
        "nobodys_parameter": st.just(1),
    },
)
requests = st.builds(lambda history, more: {"messages": history, **more}, histories, parameters)

facts = st.fixed_dictionaries(
    {},
    optional={
        "reasoning": st.booleans(),
        "vision": st.booleans(),
        "tools": st.booleans(),
        "max_output": st.integers(100, 90_000),
        "context": st.just(200_000),
        "sampling": st.sampled_from(["accepted", "rejected", "ignored", "without_reasoning"]),
        "reasoning_replay": st.sampled_from(["never", "own", "required_on_tool_turns"]),
    },
)
KINDS = ("m", "o3", "gpt-4o", "deepseek-v4-pro", "deepseek-r1", "kimi-k2-thinking", "qwen3-235b")
cards = st.builds(
    lambda name, known: ModelCard(id=name, provider="p", **known), st.sampled_from(KINDS), facts
)
chat_targets = st.tuples(st.sampled_from(CHAT), cards)
other_targets = st.builds(
    lambda target, known: (target[0], ModelCard(id=target[1], provider=target[0], **known)),
    st.sampled_from(OTHERS),
    facts,
)
targets = chat_targets | other_targets


def turns(body: Json) -> list[Any]:
    """Return what of a body grows with the conversation."""
    listed: list[Any] = body.get("messages") or body.get("contents") or body["input"]
    return listed


# Laws ---------------------------------------------------------------------------------------------


@given(targets, requests)
def test_the_request_is_never_changed_and_shares_nothing(
    target: tuple[str, ModelCard], request: Json
) -> None:
    """Law: pure, deterministic, plain JSON, nothing but our own errors."""
    before = copy.deepcopy(request)
    try:
        made = build_request(*target, request)
    except FourthwallError:
        return
    finally:
        assert request == before
    assert made == build_request(*target, request) == json.loads(json.dumps(made))
    containers = {id(part) for part in _containers(request)}
    assert not any(id(part) in containers for part in _containers(made))


def _containers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(part for inner in value.values() for part in _containers(inner))]
    if isinstance(value, list):
        return [value, *(part for inner in value for part in _containers(inner))]
    return []


@given(chat_targets, requests)
def test_building_again_changes_nothing(target: tuple[str, ModelCard], request: Json) -> None:
    """Law: a body is its own request."""
    made = _built(target, request)
    assume("messages" in made)  # no items of the Responses API, which some efforts lead to
    assert build_request(*target, made) == made


@given(targets, requests)
def test_every_body_keeps_the_rules_of_its_target(
    target: tuple[str, ModelCard], request: Json
) -> None:
    """Law: whatever the history, nothing in the body is refused."""
    accepted(*target, _built(target, request))


@given(targets, histories, words, histories, parameters)
def test_turns_are_appended(
    target: tuple[str, ModelCard], history: list[Json], word: str, more: list[Json], given_: Json
) -> None:
    """Law: what is sent before an answer is what is sent after it begins with."""
    assume(target[0] != "mistral")  # hides the oldest images where there are too many
    # Claude's thoughts are kept out of an open tool loop while thinking is turned off.
    assume(target[0] != "anthropic" or "reasoning_effort" not in given_)
    # Of too many marks for the prompt cache, the oldest go.
    asked = [*_unmarked(history), {"role": "user", "content": word}]
    answered = [*asked, {"role": "assistant", "content": "a"}, *_unmarked(more)]
    short = turns(_built(target, {**given_, "messages": asked}))
    longer = turns(_built(target, {**given_, "messages": answered}))
    assert longer[: len(short)] == short


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unmarked(inner) for key, inner in value.items() if key != "cache_control"}
    return [_unmarked(inner) for inner in value] if isinstance(value, list) else value


@given(targets, requests)
def test_what_was_said_does_not_vanish(target: tuple[str, ModelCard], request: Json) -> None:
    """Law: every word of a person, a tool or the system stands somewhere in the body."""
    made = texts_of(_built(target, request))
    said = [m for m in request["messages"] if m["role"] != "assistant"]
    answers = [m for m in said if m["role"] in ("tool", "function")]
    for spoken in said:
        is_replaced = spoken in answers[:-1]  # the last result to a call counts
        assert is_replaced or all(word in made for word in _words(spoken["content"]))


def _words(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content] if content.strip() else []
    parts = content if isinstance(content, list) else []
    found = [part.get("text") for part in parts if isinstance(part, dict)]
    return [text for text in found if isinstance(text, str) and text.strip()]


@given(targets, requests)
def test_what_is_left_out_is_reported(target: tuple[str, ModelCard], request: Json) -> None:
    """Law: a parameter of the request stands in the body or in the report."""
    made, report = _built(target, request), dropped_parameters(*target, request)
    body = texts_of(made)
    for name in ("top_k", "presence_penalty", "logprobs", "nobodys_parameter", "tool_choice"):
        if request.get(name) not in (None, False):
            renamed = {"top_k": "topK", "presence_penalty": "presencePenalty"}.get(name, name)
            alike = {"logprobs": "ogprobs", "tool_choice": "toolConfig"}.get(name, renamed)
            assert name in report or name in body or alike in body
    assert not {"enable4thWall", "nobodys_parameter"} & made.keys() or target[0] in CHAT
    assert "enable4thWall" not in made


NEEDED = {"anthropic": {"system", "max_tokens"}}


@given(targets, requests)
def test_a_field_that_was_refused_is_not_sent_again(
    target: tuple[str, ModelCard], request: Json
) -> None:
    """Law: it is gone, whatever it is called there, unless no request can do without it."""
    provider, card = target
    assume(provider != "google")  # has its parameters inside of one field
    made, asked = _built(target, request), ChatRequest.from_openai(request)
    for field in made.keys() - NEEDED.get(provider, set()):
        if (fault := fault_of(f"Unknown parameter: '{field}'.")) is None:
            continue
        refused, stream = replace(asked, faults=frozenset({fault})), request.get("stream", True)
        try:
            mended, _ = build_body(providers()[provider], card, refused, stream=stream)
        except UnsupportedError:
            assert field == "n"  # fewer answers are no answer
            continue
        assert field not in mended


@pytest.mark.parametrize("target", [("groq", "m"), *OTHERS])
def test_a_request_is_what_its_mapping_is(target: tuple[str, str]) -> None:
    request: Json = {"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    provider, card = target[0], ModelCard(id=target[1], provider=target[0])
    assert build_request(provider, card, ChatRequest.from_openai(request)) == build_request(
        provider, card, request
    )


def _built(target: tuple[str, ModelCard], request: Json) -> Json:
    """Return the body; leave the example if there is none."""
    try:
        return build_request(*target, request)
    except FourthwallError:
        assume(False)
        raise
