"""Our backends and LiteLLM's proxy understand each other, in every wire format.

What a test expects is what the proxy can show.  Its reader of Google's format knows neither images
nor call ids, thinking or schemas, and its writer of it neither reasoning nor usage in a stream nor
most errors: that format is ``shallow`` there.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest

from fourthwall import AsyncConversation, Conversation
from fourthwall.backends import (
    AnthropicBackend,
    GeminiBackend,
    HTTPBackend,
    OpenAIBackend,
    Timeouts,
)
from fourthwall.chat import (
    ChatReply,
    ChatRequest,
    ContentDelta,
    Event,
    ReasoningDelta,
    Usage,
    fold_reply,
)
from fourthwall.errors import (
    ConfigurationError,
    ContextTooLongError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    InsufficientCreditsError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    UnsupportedError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard, Registry

if TYPE_CHECKING:
    from tests.peers.conftest import Peer

pytestmark = pytest.mark.peers


def card(provider: str, upstream: str, **about: Any) -> ModelCard:
    facts = {"context": 200_000, "max_output": 8000, "tools": True, "vision": True, **about}
    return ModelCard(id=f"our-{upstream}", provider=provider, upstream=upstream, **facts)


GPT: Final = card("openai", "gpt-4o", family="gpt", family_default=True)
THINKING_GPT: Final = card("openai", "gpt-5", reasoning=True)
CODEX: Final = card("openai", "gpt-5-codex", reasoning=True)
CLAUDE: Final = card("anthropic", "claude-sonnet-4-5", family="claude", family_default=True)
GEMINI: Final = card("google", "gemini-2.5-flash", family="gemini", family_default=True)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A wire format.

    Attributes:
        backend: what speaks it.
        path: what follows the proxy's address.
        card: a model that is asked in it.
        thinker: one that thinks.
        limits: what the proxy reads of `LIMITS`, put right for that model.
        mocked: the name of the proxy's own mocked model.
        shallow: whether the proxy knows but the core of it.
    """

    backend: type[HTTPBackend]
    path: str
    card: ModelCard
    thinker: ModelCard
    limits: Mapping[str, Any]
    mocked: str = "mocked"
    shallow: bool = False

    def of(self, peer: Peer, *, streaming: bool = True) -> HTTPBackend:
        """Return the backend that speaks it to the proxy."""
        name = self.card.provider
        return self.backend(
            name, base_url=peer.url + self.path, api_key=peer.key, streaming=streaming
        )


LIMITS: Final[Mapping[str, Any]] = {"max_tokens": 200, "temperature": 0.5, "stop": ["END"]}
# A model that thinks gets room for it, whatever bounds the visible answer.
ROOMY: Final[Mapping[str, Any]] = {**LIMITS, "max_tokens": 8000}

DIALECTS: Final[Mapping[str, Dialect]] = {
    "chat": Dialect(
        backend=OpenAIBackend, path="/v1", card=GPT, thinker=THINKING_GPT, limits=LIMITS
    ),
    "responses": Dialect(
        backend=OpenAIBackend,
        path="/v1",
        card=CODEX,
        thinker=CODEX,
        limits={"max_tokens": 8000},  # this model refuses the others
        mocked="gpt-5-pro",
    ),
    "anthropic": Dialect(
        backend=AnthropicBackend, path="", card=CLAUDE, thinker=CLAUDE, limits=LIMITS
    ),
    "gemini": Dialect(
        backend=GeminiBackend,
        path="/v1beta",
        card=GEMINI,
        thinker=GEMINI,
        limits=ROOMY,
        shallow=True,
    ),
}

QUESTION: Final = {"role": "user", "content": "Hva heter «blåbærsyltetøy» på 日本語? 🫐"}
ANSWER: Final = "ブルーベリージャム, på norsk: «blåbærsyltetøy» 🫐👩🏽‍🍳"
PNG: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAW"
    "jR9awAAAABJRU5ErkJggg=="
)
WEATHER: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city"],
        },
    },
}
BERGEN: Final = ("call_bergen", "weather", '{"city": "Bergen", "days": 2}')
OSLO: Final = ("call_oslo", "weather", '{"city": "Oslo"}')


def called(*calls: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """Return an assistant's turn with tool calls."""
    made = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call_id, name, arguments in calls
    ]
    return {"role": "assistant", "content": None, "tool_calls": made, **more}


def result(call: tuple[str, str, str], content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call[0], "content": content}


# How a backend is asked, and what reached the model -----------------------------------------------


@dataclass(frozen=True)
class Asking:
    """One way to ask one model through the proxy."""

    dialect: Dialect
    peer: Peer
    streaming: bool
    is_async: bool

    def __call__(
        self,
        *messages: Mapping[str, Any],
        model: ModelCard | None = None,
        timeouts: Timeouts | None = None,
        **parameters: Any,
    ) -> ChatReply:
        return fold_reply(self.events(*messages, model=model, timeouts=timeouts, **parameters))

    def events(
        self,
        *messages: Mapping[str, Any],
        model: ModelCard | None = None,
        timeouts: Timeouts | None = None,
        **parameters: Any,
    ) -> list[Event]:
        backend = self.dialect.of(self.peer, streaming=self.streaming)
        request = ChatRequest.from_openai({"messages": messages or [QUESTION], **parameters})
        asked = model or self.dialect.card
        if self.is_async:
            return asyncio.run(_collected(backend, asked, request, timeouts))
        with backend:
            return list(backend.stream(asked, request, timeouts=timeouts))


async def _collected(
    backend: HTTPBackend, model: ModelCard, request: ChatRequest, timeouts: Timeouts | None
) -> list[Event]:
    async with backend:
        return [event async for event in backend.astream(model, request, timeouts=timeouts)]


@pytest.fixture(params=list(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


@pytest.fixture(params=["stream", "whole", "async-stream", "async-whole"])
def ask(request: pytest.FixtureRequest, dialect: Dialect, peer: Peer) -> Asking:
    way: str = request.param
    return Asking(dialect, peer, way.endswith("stream"), way.startswith("async"))


@dataclass
class Understood:
    """What the proxy made of a body of ours: the texts by role, and the rest in order."""

    system: list[str] = field(default_factory=list)
    user: list[str] = field(default_factory=list)
    assistant: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    is_paired: bool = True

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Understood:
        seen, call_ids, result_ids = cls(), [], []
        for message in body["messages"]:
            role, content = message["role"], message.get("content")
            texts = seen.results if role == "tool" else getattr(seen, role)
            for part in [content] if isinstance(content, str) else content or []:
                if isinstance(part, str):
                    texts.append(part)
                elif part["type"] == "text":
                    texts.append(part["text"])
                else:
                    seen.images.append(part["image_url"]["url"])
            for call in message.get("tool_calls") or []:
                function = call["function"]
                seen.calls.append((function["name"], json.loads(function["arguments"])))
                call_ids.append(call["id"])
            if role == "tool":
                result_ids.append(message["tool_call_id"])
        seen.is_paired = call_ids == result_ids
        return seen


def last_understood(peer: Peer) -> Understood:
    return Understood.of(peer.received[-1])


# The tests ----------------------------------------------------------------------------------------


class TestAnswers:
    def test_question_and_answer_keep_every_character(self, ask: Asking, peer: Peer) -> None:
        peer.will_answer(ANSWER)
        reply = ask({"role": "system", "content": "Svar på norsk. 🇳🇴"}, QUESTION)
        assert (reply.text, reply.finish_reason) == (ANSWER, "stop")
        assert (reply.model, reply.tool_calls) == (ask.dialect.card.id, ())
        seen = last_understood(peer)
        assert (seen.system, seen.user) == (["Svar på norsk. 🇳🇴"], [QUESTION["content"]])

    def test_a_stream_comes_in_pieces(self, dialect: Dialect, peer: Peer) -> None:
        peer.will_answer(ANSWER)
        events = Asking(dialect, peer, streaming=True, is_async=False).events()
        assert sum(isinstance(event, ContentDelta) for event in events) > 2
        assert peer.received[-1]["stream"]

    def test_reasoning_is_told_apart(self, ask: Asking, peer: Peer) -> None:
        peer.will_answer(ANSWER, reasoning="Let me think about jam.")
        events = ask.events(model=ask.dialect.thinker)
        reply = fold_reply(events)
        assert reply.text == ANSWER
        if not ask.dialect.shallow:
            assert reply.reasoning == "Let me think about jam."
            kinds = [type(event) for event in events]
            assert kinds.index(ReasoningDelta) < kinds.index(ContentDelta)

    def test_usage_is_counted_as_openai_counts(self, ask: Asking) -> None:
        usage = ask().usage
        if not ask.dialect.shallow:
            assert usage is not None
            # In Anthropic's format there is no place for reasoning tokens.
            told = usage.reasoning_tokens
            assert told == (0 if ask.dialect.card is CLAUDE else 3)
            assert usage == Usage(
                prompt_tokens=11, completion_tokens=7, cached_tokens=4, reasoning_tokens=told
            )
        elif not ask.streaming:
            assert usage == Usage(prompt_tokens=11, completion_tokens=7)

    def test_an_answer_that_was_cut_short_says_so(self, ask: Asking, peer: Peer) -> None:
        peer.will_answer("Once upon a ti", finish="length")
        reply = ask()
        assert (reply.text, reply.finish_reason) == ("Once upon a ti", "length")

    def test_limits_arrive(self, ask: Asking, peer: Peer) -> None:
        ask(**LIMITS)
        body = peer.received[-1]
        assert {name: body[name] for name in LIMITS if name in body} == ask.dialect.limits

    def test_thinking_is_asked_for(self, ask: Asking, peer: Peer) -> None:
        ask(model=ask.dialect.thinker, reasoning_effort="low")
        assert ask.dialect.shallow or peer.received[-1]["reasoning_effort"]

    def test_a_schema_arrives(self, ask: Asking, peer: Peer) -> None:
        schema = {
            "type": "object",
            "properties": {"word": {"type": "string"}},
            "required": ["word"],
            "additionalProperties": False,
        }
        named = {"name": "jam", "schema": schema, "strict": True}
        peer.will_answer('{"word": "syltetøy"}')
        reply = ask(response_format={"type": "json_schema", "json_schema": named})
        assert json.loads(reply.text) == {"word": "syltetøy"}
        if not ask.dialect.shallow:
            assert peer.received[-1]["response_format"]["json_schema"]["schema"] == schema

    def test_the_proxys_own_mock_is_read(self, ask: Asking, peer: Peer) -> None:
        """A mock of Anthropic's format is one whole body, whether a stream was asked for or not."""
        if ask.dialect.mocked != "mocked":
            ask = replace(ask, streaming=False)  # it fails to stream this mock
        provider = ask.dialect.card.provider
        reply = ask(model=card(provider, ask.dialect.mocked, reasoning=False))
        assert (reply.text, reply.finish_reason) == ("This is a møck answer", "stop")
        assert reply.usage is not None
        assert not peer.received


class TestTools:
    def test_a_tool_is_offered(self, ask: Asking, peer: Peer) -> None:
        ask(tools=[WEATHER])
        (offered,) = peer.received[-1]["tools"]
        function = offered["function"]
        assert function["name"] == "weather"
        assert function["description"] == "Tell the weather in a city."
        properties = function["parameters"]["properties"]
        assert {name: kind["type"] for name, kind in properties.items()} == {
            "city": "string",
            "days": "integer",
        }
        assert function["parameters"]["required"] == ["city"]

    @pytest.mark.parametrize("calls", [(BERGEN,), (BERGEN, OSLO)], ids=["single", "parallel"])
    def test_calls_are_read(self, ask: Asking, peer: Peer, calls: Sequence[Any]) -> None:
        peer.will_answer(calls=tuple(calls))
        reply = ask(tools=[WEATHER])
        assert reply.finish_reason == "tool_calls"
        assert [(c.name, json.loads(c.arguments)) for c in reply.tool_calls] == [
            (name, json.loads(arguments)) for _, name, arguments in calls
        ]
        ids = [call.id for call in reply.tool_calls]
        assert all(ids)
        assert len(set(ids)) == len(calls)
        if not ask.dialect.shallow:
            assert ids == [call_id for call_id, _, _ in calls]

    def test_text_and_a_call_without_arguments_are_read(self, ask: Asking, peer: Peer) -> None:
        peer.will_answer("Let me look.", calls=(("call_now", "clock", "{}"),))
        clock = {"type": "function", "function": {"name": "clock", "description": "The time."}}
        reply = ask(tools=[clock])
        assert reply.text == "Let me look."
        assert [(call.name, json.loads(call.arguments)) for call in reply.tool_calls] == [
            ("clock", {})
        ]

    def test_a_call_can_be_demanded(self, ask: Asking, peer: Peer) -> None:
        peer.will_answer(calls=(BERGEN,))
        ask(tools=[WEATHER], tool_choice="required")
        assert peer.received[-1]["tool_choice"] == "required"

    def test_results_go_back_to_their_calls(self, ask: Asking, peer: Peer) -> None:
        peer.will_answer("Rain and sun.")
        reply = ask(
            {"role": "user", "content": "What is the weather?"},
            called(BERGEN, OSLO),
            result(BERGEN, "rain 🌧"),
            result(OSLO, "sun"),
            tools=[WEATHER],
        )
        assert reply.text == "Rain and sun."
        seen = last_understood(peer)
        assert seen.calls == [
            ("weather", {"city": "Bergen", "days": 2}),
            ("weather", {"city": "Oslo"}),
        ]
        assert len(seen.results) == 2
        if not ask.dialect.shallow:  # there a result is JSON with escapes
            assert (seen.results, seen.is_paired) == (["rain 🌧", "sun"], True)

    def test_an_answers_own_calls_can_be_answered(self, ask: Asking, peer: Peer) -> None:
        """What came from the proxy goes back to it: the round trip of a tool loop."""
        question = {"role": "user", "content": "What is the weather?"}
        peer.will_answer("Looking.", reasoning="Two cities.", calls=(BERGEN, OSLO))
        reply = ask(question, tools=[WEATHER], model=ask.dialect.thinker)
        calls = [(call.id, call.name, call.arguments) for call in reply.tool_calls]
        turn = called(*calls, reasoning_details=list(reply.reasoning_details))
        results = [result(call, f"result {number}") for number, call in enumerate(calls)]
        peer.will_answer("Done.")
        again: dict[str, Any] = {"tools": [WEATHER], "model": ask.dialect.thinker}
        assert ask(question, {**turn, "content": reply.text}, *results, **again).text == "Done."
        seen = last_understood(peer)
        assert (seen.assistant, len(seen.calls), len(seen.results)) == (["Looking."], 2, 2)
        assert ask.dialect.shallow or seen.is_paired


SIGNED: Final[Mapping[str, Any]] = {
    "type": "reasoning.text",
    "text": "Which city?",
    "signature": "c2lnbmVkLXdpdGgtY2FyZQ==",
    "format": "anthropic-claude-v1",
    "index": 0,
    "provider": "anthropic",
    "model": CLAUDE.id,
}


class TestHistory:
    def test_images_arrive(self, ask: Asking, peer: Peer) -> None:
        picture = {"type": "image_url", "image_url": {"url": PNG}}
        look = {"role": "user", "content": [{"type": "text", "text": "Look!"}, picture]}
        ask(look, {"role": "assistant", "content": "A dot."}, QUESTION)
        seen = last_understood(peer)
        assert seen.user == ["Look!", QUESTION["content"]]
        assert seen.assistant == ["A dot."]
        assert ask.dialect.shallow or seen.images == [PNG]

    def test_an_untidy_history_is_accepted(self, ask: Asking, peer: Peer) -> None:
        """Turns of one role in a row, empty turns, an open call, system text in the middle."""
        reply = ask(
            {"role": "assistant", "content": "Welcome!"},
            {"role": "user", "content": "One."},
            {"role": "user", "content": "Two."},
            {"role": "assistant", "content": ""},
            {"role": "user", "content": "Weather?"},
            called(BERGEN, OSLO),
            result(OSLO, "sun"),
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Never mind."},
            {"role": "assistant", "content": "All rig"},
            {"role": "user", "content": "Three."},
            tools=[WEATHER],
        )
        assert reply.text == "Hello"
        seen = last_understood(peer)
        said = "\n".join([*seen.user, *seen.system])
        for text in ("One.", "Two.", "Be brief.", "Never mind.", "Three."):
            assert text in said
        assert len(seen.results) == len(seen.calls) == 2
        assert ask.dialect.shallow or seen.is_paired

    def test_calls_in_the_history_need_no_tools_on_offer(self, ask: Asking, peer: Peer) -> None:
        ask(
            {"role": "user", "content": "Weather?"},
            called(BERGEN),
            result(BERGEN, "rain"),
            {"role": "assistant", "content": "It rains."},
            {"role": "user", "content": "Thanks."},
        )
        assert "rain" in json.dumps(peer.received[-1])
        assert last_understood(peer).user[-1].endswith("Thanks.")

    def test_a_signature_goes_to_its_maker_only(self, ask: Asking, peer: Peer) -> None:
        ask(
            {"role": "user", "content": "Weather?"},
            called(BERGEN, reasoning_details=[SIGNED]),
            result(BERGEN, "rain"),
            tools=[WEATHER],
            reasoning_effort="low",
        )
        body = peer.received[-1]
        if ask.dialect.card is not CLAUDE:
            assert SIGNED["signature"] not in json.dumps(body)
            return
        (turn,) = [message for message in body["messages"] if message["role"] == "assistant"]
        assert turn["thinking_blocks"] == [
            {"type": "thinking", "thinking": SIGNED["text"], "signature": SIGNED["signature"]}
        ]


TOO_LONG: Final = {
    "message": "This model's maximum context length is 8192 tokens.",
    "type": "invalid_request_error",
    "code": "context_length_exceeded",
}


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "cls"),
        [
            (400, RequestError),
            (401, CredentialsError),
            (402, InsufficientCreditsError),
            (403, CredentialsError),
            (404, ConfigurationError),
            (413, ContextTooLongError),
            (429, RateLimitedError),
            (500, UpstreamServerError),
            (503, OverloadedError),
            (529, OverloadedError),
        ],
    )
    def test_a_status_is_translated(
        self, ask: Asking, peer: Peer, status: int, cls: type[FourthwallError]
    ) -> None:
        if ask.dialect.shallow and status != 429:
            cls = UpstreamServerError  # the proxy answers 500 there, whatever went wrong
        peer.will_answer(status=status)
        with pytest.raises(FourthwallError) as caught:
            ask()
        assert type(caught.value) is cls
        assert caught.value.provider == ask.dialect.card.provider
        assert caught.value.model == ask.dialect.card.id

    def test_a_full_context_is_told_apart(self, ask: Asking, peer: Peer) -> None:
        peer.will_answer(status=400, error=TOO_LONG)
        with pytest.raises(ContextTooLongError):
            ask()

    def test_a_model_that_the_proxy_does_not_know_is_unsupported(
        self, ask: Asking, peer: Peer
    ) -> None:
        unknown = card(ask.dialect.card.provider, "gpt-5.1-codex-nano")
        with pytest.raises(UnsupportedError) as caught:
            ask(model=unknown)
        assert caught.value.param == "model"
        assert not peer.received

    def test_an_error_in_the_middle_of_a_stream_interrupts_it(
        self, dialect: Dialect, peer: Peer
    ) -> None:
        error = {"message": "Overloaded", "type": "overloaded_error", "code": 529}
        for is_async in (False, True):
            peer.will_answer("Once upon a time", error=error)
            with pytest.raises(StreamInterruptedError) as caught:
                Asking(dialect, peer, streaming=True, is_async=is_async)()
            assert caught.value.partial == "Once "

    def test_a_model_that_does_not_answer_is_not_waited_for(self, ask: Asking, peer: Peer) -> None:
        held = threading.Event()
        peer.will_answer("Late", held=held)
        try:
            with pytest.raises(DeadlineExceededError):
                ask(timeouts=Timeouts(first_token_s=0.3, total_s=0.3))
        finally:
            held.set()


# A whole conversation through three families ------------------------------------------------------

FAMILIES: Final[Mapping[str, str]] = {"GPT": "chat", "Claude": "anthropic", "Gemini": "gemini"}
Say: TypeAlias = Callable[[Any], ChatReply]


@pytest.fixture(params=permutations(FAMILIES), ids="-".join)
def order(request: pytest.FixtureRequest) -> Sequence[str]:
    names: Sequence[str] = request.param
    return names


@pytest.fixture(params=["sync", "async"])
def say(request: pytest.FixtureRequest, peer: Peer, order: Sequence[str]) -> Iterator[Say]:
    """Talk in one conversation, which begins with the first of the families."""
    registry = Registry([GPT, CLAUDE, GEMINI])
    backends = [DIALECTS[FAMILIES[name]].of(peer) for name in order]
    about: dict[str, Any] = {
        "registry": registry,
        "backends": backends,
        "system": "Be kind.",
        "parameters": {"tools": [WEATHER], "max_tokens": 100},
    }
    first = DIALECTS[FAMILIES[order[0]]].card.id
    if request.param == "sync":
        yield Conversation(first, **about).send
        for backend in backends:
            backend.close()
        return
    chat = AsyncConversation(first, **about)
    with asyncio.Runner() as runner:
        yield lambda content: runner.run(chat.send(content))
        for backend in backends:
            runner.run(backend.aclose())


def test_a_conversation_moves_through_the_families(
    say: Say, order: Sequence[str], peer: Peer
) -> None:
    """Tools, an image and an emoji in the history; each family accepts all of it."""
    first, second, third = (DIALECTS[FAMILIES[name]] for name in order)
    peer.will_answer("I look it up.", calls=(BERGEN, OSLO), reasoning="Two cities.")
    picture = {"type": "image_url", "image_url": {"url": PNG}}
    asked = say([{"type": "text", "text": "Weather where this is? 🌧"}, picture])
    assert (asked.model, len(asked.tool_calls)) == (first.card.id, 2)

    peer.will_answer("Rain there, sun here.")
    results = zip(asked.tool_calls, ("rain", "sun"), strict=True)
    told = say([{"role": "tool", "tool_call_id": c.id, "content": text} for c, text in results])
    assert (told.text, told.model) == ("Rain there, sun here.", first.card.id)

    peer.will_answer("Rain, rain.", calls=(OSLO,))
    poem = say(f"Switch to {order[1]} and write a poem about it")
    assert poem.switch is not None
    assert (poem.text, poem.model) == ("Rain, rain.", second.card.id)
    check(peer, second, says=["write a poem about it"], calls=2)
    peer.will_answer("Rain, rain, go to Spain.")
    assert say([{"role": "tool", "tool_call_id": poem.tool_calls[0].id, "content": "sun"}]).text

    peer.will_answer("Regn, regn, dra til Spania.")
    moved = say(f"Switch to {order[2]} and translate it into Norwegian")
    assert (moved.text, moved.model) == ("Regn, regn, dra til Spania.", third.card.id)
    says = ["write a poem about it", "translate it into Norwegian"]
    check(peer, third, says=says, calls=3)

    back = say(f"Switch back to {order[0]} and count the words")
    assert back.model == first.card.id
    check(peer, first, says=[*says, "count the words"], calls=3)


def check(peer: Peer, dialect: Dialect, *, says: Sequence[str], calls: int) -> None:
    """Check that a model was given all that was said and done, and no word of a switch."""
    seen = last_understood(peer)
    assert "Be kind." in seen.system[0]
    assert [text for text in seen.user if text in says] == list(says)
    assert "Weather where this is? 🌧" in seen.user
    assert "Rain there, sun here." in seen.assistant
    assert "switch" not in json.dumps(peer.received[-1]["messages"]).casefold()
    assert len(seen.calls) == len(seen.results) == calls
    if not dialect.shallow:
        assert seen.is_paired
        assert seen.images == [PNG]
