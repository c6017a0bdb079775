"""The body of chat completions, with each provider's habits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fourthwall.backends import build_request, dropped_parameters
from fourthwall.backends._chat_body import chat_body
from fourthwall.backends._target import JSON_ONLY, Target
from fourthwall.chat import ChatRequest
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, Provider, providers

USER = {"role": "user", "content": "hi"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ASKS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
GIVES = {"role": "tool", "tool_call_id": "call_1", "content": "sleet"}
ANSWER = {"role": "assistant", "content": "a", "reasoning_content": "hm"}
LOOP = [USER, ASKS, GIVES]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}


def card(model: str = "m", **facts: Any) -> ModelCard:
    return ModelCard(id=model, provider="p", **facts)


def body(provider: str, model: ModelCard | None = None, **fields: Any) -> dict[str, Any]:
    return build_request(provider, model or card(), {"messages": [USER], **fields})


def told(provider: str, model: ModelCard | None = None, **fields: Any) -> set[str]:
    return set(dropped_parameters(provider, model or card(), {"messages": [USER], **fields}))


def sent(provider: str, *messages: Any, **facts: Any) -> list[Any]:
    listed: list[Any] = body(provider, card(**facts), messages=list(messages))["messages"]
    return listed


def refused(fault: str, row: Provider | None = None, **fields: Any) -> dict[str, Any]:
    """Return the body after a provider has refused something."""
    asked = {"messages": (USER,), **fields}
    request = ChatRequest(**asked, faults=frozenset({fault}))
    made, _ = chat_body(Target(row or providers()["openai"], card("o3")), request, stream=True)
    return made


class TestParameters:
    @pytest.mark.parametrize(
        ("provider", "field"),
        [
            ("openai", "max_completion_tokens"),
            ("azure", "max_completion_tokens"),
            ("groq", "max_completion_tokens"),
            ("xai", "max_completion_tokens"),
            ("mistral", "max_tokens"),
            ("deepseek", "max_tokens"),
            ("ollama", "max_tokens"),
        ],
    )
    def test_the_limit_has_the_name_that_is_known(self, provider: str, field: str) -> None:
        made = body(provider, max_tokens=5)
        assert {"max_tokens", "max_completion_tokens"} & made.keys() == {field}
        assert made[field] == 5

    def test_a_limit_under_the_wrong_name_changes_it_once_more(self) -> None:
        assert refused("token_limit_field", max_tokens=5)["max_tokens"] == 100_000
        other = refused("token_limit_field", providers()["together"], max_tokens=5)
        assert "max_completion_tokens" in other

    @pytest.mark.parametrize(
        ("provider", "dropped", "kept"),
        [
            ("openai", {"top_k", "min_p"}, {"seed", "logit_bias", "user", "metadata", "n"}),
            ("mistral", {"user", "logit_bias", "metadata", "min_p"}, {"top_k", "random_seed", "n"}),
            ("deepseek", {"seed", "logit_bias", "top_k", "user", "metadata"}, {"temperature"}),
            ("groq", {"logprobs", "logit_bias", "top_k"}, {"seed", "user", "temperature"}),
            ("cerebras", {"metadata", "top_k"}, {"seed", "user", "logprobs"}),
            ("zai", {"presence_penalty"}, {"temperature"}),
            ("vllm", set(), {"top_k", "min_p", "seed", "logit_bias"}),
            ("openrouter", set(), {"top_k", "min_p", "seed"}),
        ],
    )
    def test_each_takes_what_it_knows(
        self, provider: str, dropped: set[str], kept: set[str]
    ) -> None:
        asked: dict[str, Any] = {
            "temperature": 0.5,
            "top_k": 3,
            "min_p": 0.1,
            "seed": 4,
            "logit_bias": {"1": 1},
            "logprobs": True,
            "presence_penalty": 1,
            "user": "u",
            "metadata": {"a": "b"},
            **({"n": 2} if "n" in kept else {}),
        }
        made = body(provider, **asked)
        assert kept <= made.keys()
        assert not dropped & made.keys()
        assert dropped <= told(provider, **asked)

    @pytest.mark.parametrize("provider", ["deepseek", "groq"])
    def test_fewer_answers_than_asked_for_are_refused(self, provider: str) -> None:
        assert "n" not in body(provider, n=1)
        with pytest.raises(UnsupportedError, match="one answer"):
            body(provider, n=2)

    @pytest.mark.parametrize(
        ("provider", "asked", "limit"), [("moonshot", 1.5, 1.0), ("openai", 1.5, 1.5)]
    )
    def test_temperature_is_held_to_the_range(
        self, provider: str, asked: float, limit: float
    ) -> None:
        assert body(provider, temperature=asked)["temperature"] == limit
        assert ("temperature" in told(provider, temperature=asked)) is (asked != limit)

    def test_one_stop_string_where_there_is_one(self) -> None:
        assert body("zai", stop=["a", "b"])["stop"] == ["a"]
        assert told("zai", stop=["a", "b"]) == {"stop"}
        assert body("openai", stop="a")["stop"] == ["a"]

    def test_usage_is_asked_for_without_losing_other_options(self) -> None:
        options = {"include_obfuscation": False}
        assert body("groq", stream_options=options)["stream_options"] == {
            **options,
            "include_usage": True,
        }
        assert "stream_options" not in body("mistral", stream_options={"include_usage": True})
        for given in ({}, {"stream_options": options}):
            assert "stream_options" not in refused("stream_usage", extra=given)
        whole = body("groq", stream=False, stream_options=options)
        assert (whole["stream"], "stream_options" in whole) == (False, False)

    @pytest.mark.parametrize(
        ("provider", "field", "fields"),
        [
            ("groq", "reasoning_effort", {"reasoning_effort": "low"}),
            ("deepseek", "thinking", {"reasoning_effort": "low"}),
            ("alibaba", "enable_thinking", {"reasoning_effort": "low"}),
            ("alibaba", "thinking_budget", {"reasoning_effort": "low"}),
            ("openrouter", "reasoning", {"reasoning_effort": "low"}),
            ("vllm", "thinking", {"extra": {"thinking": {"type": "enabled"}}}),
            ("mistral", "seed", {"seed": 7}),
        ],
    )
    def test_a_refused_parameter_goes_by_the_name_it_has_there(
        self, provider: str, field: str, fields: Any
    ) -> None:
        row = providers()[provider]
        request = ChatRequest(messages=(USER,), **fields)
        model = ModelCard(id="m", provider=provider, reasoning=True)
        before, _ = chat_body(Target(row, model), request, stream=True)
        request = replace(request, faults=frozenset({f"parameter:{field}"}))
        after, report = chat_body(Target(row, model), request, stream=True)
        assert {name for name in before if name not in after} == {
            row.seed_field if field == "seed" else field
        }
        assert report[field] == f"{row.label} has just refused it"

    def test_a_refused_field_of_messages_and_tools_goes_too(self) -> None:
        mark = {"cache_control": {"type": "ephemeral"}}
        said = {"role": "user", "name": "ann", "content": [{"type": "text", "text": "x", **mark}]}
        function = {"name": "f", "parameters": {"type": "object"}, "strict": True}
        tools = ({"type": "function", "function": function, **mark},)
        row = replace(providers()["openrouter"], message_names=True)
        full = refused("parameter:odd", row, messages=(said,), tools=tools)
        for field in ("name", "strict", "cache_control", "ttl"):
            made = refused(f"parameter:{field}", row, messages=(said,), tools=tools)
            assert made["tools"][0]["function"]["name"] == "f"
            assert ("name" in made["messages"][0]) is (field != "name")
            assert ("strict" in made["tools"][0]["function"]) is (field != "strict")
            assert ("cache_control" in json.dumps(made)) is (field in ("name", "strict"))
            assert made != full


class TestTools:
    def test_a_definition_is_written_anew(self) -> None:
        function = {**TOOL["function"], "strict": True, "description": "d", "x": 1}  # type: ignore[dict-item]
        marked = {"type": "function", "function": function, "cache_control": {"type": "ephemeral"}}
        plain = {"type": "function", "function": {k: v for k, v in function.items() if k != "x"}}
        assert body("mistral", tools=[marked])["tools"] == [plain]
        assert body("openrouter", tools=[marked])["tools"] == [
            {**plain, "cache_control": {"type": "ephemeral"}}
        ]

    def test_parameters_are_never_missing(self) -> None:
        made = body("mistral", tools=[{"type": "function", "function": {"name": "f"}}])
        assert made["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}

    def test_tools_that_are_no_functions_stay_where_they_are_known(self) -> None:
        search = {"type": "web_search"}
        assert body("openai", tools=[search, TOOL])["tools"] == [search, TOOL]
        assert body("mistral", tools=[search, TOOL])["tools"] == [TOOL]
        assert told("mistral", tools=[search, TOOL]) == {"tools"}
        made = body("deepseek", tools=[search], tool_choice="auto")
        assert not {"tools", "tool_choice"} & made.keys()

    def test_where_a_forced_call_and_thinking_exclude_each_other_it_does_not_think(self) -> None:
        made = body("deepseek", card("deepseek-v4"), tools=[TOOL], tool_choice="required")
        assert (made["tool_choice"], made["thinking"]) == ("required", {"type": "disabled"})
        assert "reasoning_effort" in told(
            "deepseek", card("deepseek-v4"), tools=[TOOL], tool_choice="required"
        )


class TestSchema:
    def test_a_schema_goes_where_it_is_taken(self) -> None:
        assert body("openai", response_format=SCHEMA)["response_format"] == SCHEMA
        assert body("openai", response_format=SCHEMA)["messages"] == [USER]

    def test_elsewhere_it_stands_in_the_prompt(self) -> None:
        made = body("deepseek", response_format=SCHEMA)
        assert made["response_format"] == {"type": "json_object"}
        assert made["messages"][0]["role"] == "system"
        assert '{"type": "object"}' in made["messages"][0]["content"]
        assert "JSON" in made["messages"][0]["content"]
        assert told("deepseek", response_format=SCHEMA) == {"response_format"}

    def test_the_prompt_stands_behind_the_system_text_once(self) -> None:
        messages = [{"role": "system", "content": "Be brief."}, USER]
        made = body("deepseek", messages=messages, response_format={"type": "json_object"})
        assert made["messages"][0]["content"] == f"Be brief.\n\n{JSON_ONLY}"
        assert build_request("deepseek", card(), made) == made
        assert told("deepseek", response_format={"type": "json_object"}) == set()

    def test_plain_text_is_nothing_special(self) -> None:
        assert body("deepseek", response_format={"type": "text"})["messages"] == [USER]


class TestThinking:
    @pytest.mark.parametrize(
        ("provider", "model", "asked", "fields"),
        [
            ("openai", "o3", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
            ("openai", "o3", {"thinking": {"type": "disabled"}}, {"reasoning_effort": "low"}),
            ("openai", "o3", {"reasoning": {"max_tokens": 3000}}, {"reasoning_effort": "low"}),
            ("openai", "gpt-5.1", {"enable_thinking": True}, {"reasoning_effort": "medium"}),
            ("openai", "o3", {}, {}),
            ("deepseek", "deepseek-v4", {}, {}),
            (
                "deepseek",
                "deepseek-v4",
                {"reasoning_effort": "medium"},
                {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
            ),
            (
                "deepseek",
                "deepseek-v4",
                {"reasoning_effort": "none"},
                {"thinking": {"type": "disabled"}},
            ),
            (
                "moonshot",
                "kimi-k2.5",
                {"reasoning_effort": "high"},
                {"thinking": {"type": "enabled"}},
            ),
            ("moonshot", "kimi-k3", {"reasoning_effort": "none"}, {"reasoning_effort": "low"}),
            ("zai", "glm-4.6", {"enable_thinking": False}, {"thinking": {"type": "disabled"}}),
            (
                "alibaba",
                "qwen3-235b",
                {"reasoning_effort": "low"},
                {"enable_thinking": True, "thinking_budget": 2048},
            ),
            ("alibaba", "qwen3-235b", {"stream": False}, {"enable_thinking": False}),
            (
                "alibaba",
                "qwen3-235b",
                {"stream": False, "enable_thinking": True},
                {"enable_thinking": False},
            ),
            ("openrouter", "m", {"reasoning_effort": "low"}, {"reasoning": {"effort": "low"}}),
            ("openrouter", "m", {"thinking_budget": 900}, {"reasoning": {"max_tokens": 900}}),
            ("openrouter", "m", {"enable_thinking": True}, {"reasoning": {"enabled": True}}),
            ("openrouter", "m", {"enable_thinking": False}, {"reasoning": {"effort": "none"}}),
            ("openrouter", "m", {}, {}),
            ("vllm", "m", {"thinking": {"type": "x"}}, {"thinking": {"type": "x"}}),
            ("vllm", "m", {"reasoning_effort": "odd"}, {"reasoning_effort": "odd"}),
        ],
    )
    def test_it_is_said_in_the_providers_words(
        self, provider: str, model: str, asked: Any, fields: Any
    ) -> None:
        made = body(provider, card(model), **asked)
        names = ("reasoning_effort", "thinking", "enable_thinking", "thinking_budget", "reasoning")
        assert {name: made[name] for name in names if name in made} == fields

    @pytest.mark.parametrize(
        ("provider", "model", "asked"),
        [
            ("openai", "gpt-4o", {"reasoning_effort": "low"}),
            ("openai", "gpt-4o", {"thinking": {"type": "enabled"}}),
            ("xai", "grok-4", {"reasoning_effort": "low"}),
            ("moonshot", "kimi-k2-thinking", {"enable_thinking": False}),
            ("vllm", "gpt-4o", {"reasoning_effort": "low"}),
        ],
    )
    def test_what_the_model_cannot_be_told_is_dropped_and_reported(
        self, provider: str, model: str, asked: Any
    ) -> None:
        assert not asked.keys() & body(provider, card(model), **asked).keys()
        assert told(provider, card(model), **asked) == asked.keys()

    @pytest.mark.parametrize(
        ("provider", "model", "asked"),
        [
            ("moonshot", "kimi-k2.5", {"reasoning_effort": "high"}),
            ("zai", "glm-4.6", {"thinking": {"type": "enabled", "budget_tokens": 2000}}),
        ],
    )
    def test_how_hard_is_reported_where_only_whether_can_be_said(
        self, provider: str, model: str, asked: Any
    ) -> None:
        assert told(provider, card(model), **asked) == {"reasoning_effort"}

    def test_what_cannot_be_turned_off_is_reported(self) -> None:
        model = card("deepseek-v4")
        assert told("deepseek", model, enable_thinking=False) == set()
        fixed = card("glm-5.3")
        assert told("zai", fixed, enable_thinking=False) == {"reasoning_effort"}

    def test_a_whole_answer_without_thinking_is_reported(self) -> None:
        assert told("alibaba", card("qwen3-235b"), stream=False) == {"enable_thinking"}
        assert told("alibaba", card("qwen2.5-72b"), stream=False) == set()


class TestRoles:
    @pytest.mark.parametrize(
        ("provider", "facts", "role"),
        [
            ("openai", {"reasoning": True}, "developer"),
            ("openai", {"model": "o3"}, "developer"),
            ("openai", {"model": "gpt-4o"}, "system"),
            ("openai", {}, "system"),
            ("groq", {"reasoning": True}, "system"),
            ("deepseek", {"reasoning": True}, "system"),
        ],
    )
    def test_instructions_have_the_role_that_is_known(
        self, provider: str, facts: Any, role: str
    ) -> None:
        for given in ("system", "developer"):
            first, _ = sent(provider, {"role": given, "content": "be brief"}, USER, **facts)
            assert first == {"role": role, "content": "be brief"}

    def test_a_refused_role_gives_way(self) -> None:
        system = {"role": "system", "content": "be brief"}
        made = refused("developer_role", messages=(system, USER))
        assert made["messages"][0]["role"] == "system"

    @pytest.mark.parametrize("provider", ["deepseek", "mistral", "ollama", "vllm", "groq"])
    def test_system_text_in_the_middle_is_a_note(self, provider: str) -> None:
        middle = {"role": "system", "content": "be brief"}
        last = sent(provider, USER, {"role": "assistant", "content": "yo"}, middle, USER)[-1]
        assert last == {"role": "user", "content": "<system>\nbe brief\n</system>\n\nhi"}

    def test_openai_takes_it_where_it_stands(self) -> None:
        middle = {"role": "system", "content": "be brief"}
        assert sent("openai", USER, middle, USER)[1] == middle

    def test_mistral_goes_on_with_what_has_begun(self) -> None:
        begun = {"role": "assistant", "content": "Once "}
        assert sent("mistral", USER, begun)[-1] == {
            "role": "assistant",
            "content": "Once",
            "prefix": True,
        }
        assert sent("openai", USER, begun)[-1] == begun
        assert sent("deepseek", USER, begun)[-1]["role"] == "user"

    def test_a_model_that_goes_on_with_nothing_gets_the_users_turn(self) -> None:
        begun = {"role": "assistant", "content": "Once"}
        for model, last in (("anthropic/claude-opus-4.6", "user"), ("x/m", "assistant")):
            assert sent("openrouter", USER, begun, model=model)[-1]["role"] == last

    def test_a_bridge_stands_where_the_models_template_wants_it(self) -> None:
        talk = [*LOOP, USER]
        roles = [m["role"] for m in sent("together", *talk, model="mistral-small")]
        assert roles == ["user", "assistant", "tool", "assistant", "user"]
        assert [m["role"] for m in sent("mistral", *talk)] == ["user", "assistant", "tool", "user"]
        assert [m["role"] for m in sent("together", *talk)][2:] == ["tool", "user"]

    def test_names_of_persons_go_where_they_are_known(self) -> None:
        named = {**USER, "name": "Ann B."}
        assert sent("openai", named) == [{**USER, "name": "Ann_B_"}]
        for provider in ("mistral", "cerebras", "groq"):
            assert sent(provider, named) == [USER]

    def test_nothing_to_answer_is_an_error(self) -> None:
        for provider in ("openai", "mistral"):
            with pytest.raises(RequestError, match="nothing to answer"):
                sent(provider, {"role": "user", "content": " "})


class TestMessages:
    def test_closed_schemas_get_no_nulls(self) -> None:
        assert "content" not in sent("mistral", *LOOP)[1]
        assert sent("openai", *LOOP)[1] == ASKS

    def test_unknown_fields_stay_here(self) -> None:
        odd = {
            "annotations": [],
            "fourthwall": {},
            "model": "x",
            "cache_control": {},
            "prefix": True,
        }
        answer = {"role": "assistant", "content": "yo"}
        assert sent("vllm", {**USER, **odd}, {**answer, **odd}, {**USER, **odd}) == [
            USER,
            answer,
            USER,
        ]

    @pytest.mark.parametrize(
        ("provider", "model", "kept"),
        [
            ("openai", "m", True),
            ("mistral", "m", False),
            ("together", "mistral-small", False),
            ("bedrock", "m", True),
        ],
    )
    def test_ids_are_what_provider_and_model_accept(
        self, provider: str, model: str, kept: bool
    ) -> None:
        fields: dict[str, Any] = {"messages": LOOP, "tools": [TOOL]}
        _, asks, gives = body(provider, card(model), **fields)["messages"]
        call_id = asks["tool_calls"][0]["id"]
        assert call_id == gives["tool_call_id"]
        assert (call_id == "call_1") is kept
        assert kept or (len(call_id) == 9 and call_id.isalnum())

    def test_without_tools_bedrock_is_told_of_calls(self) -> None:
        made = sent("bedrock", *LOOP, USER)
        assert [m["role"] for m in made] == ["user", "assistant", "user"]
        assert "sleet" in made[2]["content"]

    def test_a_text_model_gets_text(self) -> None:
        look = {"role": "user", "content": [{"type": "text", "text": "look"}, PICTURE]}
        note = "[image: not shown to this model]"
        assert sent("deepseek", look) == [{"role": "user", "content": f"look\n\n{note}"}]
        assert sent("openai", look, vision=False)[0]["content"][1] == {"type": "text", "text": note}
        assert sent("openai", look) == [look]
        told_of = dropped_parameters("deepseek", card(), {"messages": [look]})
        assert told_of == {"messages": "m isn't shown 1 image: a note stands in the place"}

    def test_system_text_is_a_text(self) -> None:
        parts = [{"type": "text", "text": t, "cache_control": {"type": "ephemeral"}} for t in "ab"]
        system = {"role": "system", "content": parts}
        assert sent("groq", system, USER)[0]["content"] == "a\n\nb"
        assert sent("openrouter", system, USER)[0]["content"] == parts

    @pytest.mark.parametrize(
        ("part", "written"),
        [
            (
                {"type": "input_image", "image_url": "https://x/a.png", "detail": "low", "x": 1},
                {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}},
            ),
            (
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3", "x": 1}},
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
            ),
            (
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "JV"}},
                {
                    "type": "file",
                    "file": {"file_data": "data:application/pdf;base64,JV", "filename": "a.pdf"},
                },
            ),
            (
                {"type": "file", "file": {"file_id": "file-1"}},
                {"type": "file", "file": {"file_id": "file-1"}},
            ),
        ],
    )
    def test_media_are_written_anew(self, part: Any, written: Any) -> None:
        assert sent("openai", {"role": "user", "content": [part]})[0]["content"] == [written]

    def test_a_picture_by_its_id_has_no_shape_here(self) -> None:
        content = ["look", {"type": "input_image", "file_id": "file-1"}]
        made = sent("openai", {"role": "user", "content": content})[0]["content"]
        assert made[1] == {"type": "text", "text": "[image: not shown to this model]"}

    def test_a_spoken_answer_goes_back_by_its_id(self) -> None:
        spoken = {"role": "assistant", "content": None, "audio": {"id": "a", "transcript": "Hi"}}
        assert sent("openai", USER, spoken, USER)[1]["audio"] == {"id": "a"}
        assert sent("groq", USER, spoken, USER)[1] == {"role": "assistant", "content": "Hi"}

    def test_a_moving_picture(self) -> None:
        video = {"type": "video_url", "video_url": "https://x/a.mp4"}
        assert sent("alibaba", {"role": "user", "content": [video]})[0]["content"] == [
            {"type": "video_url", "video_url": {"url": "https://x/a.mp4"}}
        ]

    def test_local_servers_get_what_else_there_is(self) -> None:
        video = {"type": "video_url", "video_url": {"url": "https://x/a.mp4", "fps": 1}}
        other = {"type": "point_cloud", "points": [1]}
        assert sent("vllm", {"role": "user", "content": [video, other]})[0]["content"] == [
            {"type": "video_url", "video_url": {"url": "https://x/a.mp4"}},
            other,
        ]
        unseen = sent("vllm", {"role": "user", "content": ["a", video]}, vision=False)
        assert unseen[0]["content"][1]["text"] == "[video: not shown to this model]"

    def test_images_of_tools_are_shown_behind_the_results(self) -> None:
        picture = {**GIVES, "content": [{"type": "text", "text": "a map"}, PICTURE]}
        made = sent("openai", USER, ASKS, picture)
        assert made[2]["content"] == "a map"
        assert made[3]["content"][1] == PICTURE


class TestReasoning:
    @pytest.mark.parametrize("replay", [None, "never", "forbidden"])
    def test_it_is_not_sent_back(self, replay: Any) -> None:
        assert sent("deepseek", USER, ANSWER, USER, reasoning_replay=replay)[1] == {
            "role": "assistant",
            "content": "a",
        }

    @pytest.mark.parametrize(
        ("provider", "field"),
        [
            ("deepseek", "reasoning_content"),
            ("openrouter", "reasoning"),
            ("cerebras", "reasoning"),
            ("vllm", "reasoning"),
            ("groq", None),
            ("mistral", None),
            ("openai", None),
        ],
    )
    def test_a_models_own_is_where_it_wants_it(self, provider: str, field: str | None) -> None:
        mine, other = ({**ANSWER, "model": name} for name in ("m", "other"))
        own = sent(provider, USER, mine, USER, reasoning_replay="own")[1]
        assert own == {"role": "assistant", "content": "a", **({field: "hm"} if field else {})}
        foreign = sent(provider, USER, other, USER, reasoning_replay="own")[1]
        assert foreign == {"role": "assistant", "content": "a"}

    @pytest.mark.parametrize(
        "facts", [{"reasoning_replay": "required_on_tool_turns"}, {"model": "deepseek-v4"}]
    )
    def test_turns_with_calls_get_some_where_it_is_required(self, facts: Any) -> None:
        turn = {**ASKS, "reasoning_content": "hm"}
        talk = (USER, turn, GIVES, ANSWER, USER, {**turn, "model": "other"}, GIVES)
        made = sent("deepseek", *talk, **facts)
        assert [m.get("reasoning_content") for m in made if m["role"] == "assistant"] == [
            "hm",
            None,
            "",
        ]

    def test_private_state_goes_back_to_its_maker_as_it_came(self) -> None:
        entry = {"type": "reasoning.text", "text": "hm", "signature": "c2ln", "index": 0}
        kept = {**entry, "provider": "openrouter", "model": "m", "fourthwall": {"chars": 1}}
        answer = {"role": "assistant", "content": "a", "model": "m", "reasoning_details": [kept]}
        assert sent("openrouter", USER, answer, USER)[1]["reasoning_details"] == [entry]
        for provider, facts in (
            ("openrouter", {"model": "other"}),
            ("openrouter", {"reasoning_replay": "never"}),
            ("openai", {}),
            ("deepseek", {}),
        ):
            assert "reasoning_details" not in sent(provider, USER, answer, USER, **facts)[1]

    def test_of_unknown_makers_the_format_decides(self) -> None:
        entries = [
            {"type": "reasoning.encrypted", "data": "x", "format": style}
            for style in ("anthropic-claude-v1", "openai-responses-v1", "unknown")
        ]
        answer = {"role": "assistant", "content": "a", "reasoning_details": entries}
        for model, place in (("anthropic/claude-opus-4.5", 0), ("openai/gpt-5", 1), ("x/m", 2)):
            made = sent("openrouter", USER, answer, USER, model=model)
            assert made[1]["reasoning_details"] == [entries[place]]
