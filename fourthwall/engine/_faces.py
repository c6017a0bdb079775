"""The two faces: thin shells that wait, in sync and in async code, and decide nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, closing

from fourthwall.backends import adispatch, dispatch
from fourthwall.chat import ChatReply, ChatRequest, Event
from fourthwall.engine._chat import Chat
from fourthwall.engine._turn import Content, Turn
from fourthwall.registry import ModelCard

__all__ = ["AsyncConversation", "Conversation"]


class Conversation(Chat):
    """A chat with models, for sync code.

    One answer at a time; the model of an answer is fixed when it begins.

    Args:
        model: the id or an alias of the model to begin with.
        registry: the models; the packaged catalogue if left out.
        backends: who is asked: `Backends`, what they are made of (a list of backends, or provider
            name -> backend), or one backend that serves every model.  If left out, whatever the
            environment has keys for and the local servers that answer (this looks for 0.3
            seconds); with nothing found, the offline demo.
        system: a system message to begin with.
        announce: whether switches are told to the person.
        parameters: fields of each request in OpenAI's shape: ``max_tokens``, ``temperature``,
            ``tools``, ``response_format`` ...
        options: everything else.

    Raises:
        UnknownModelError: ``model`` isn't in the registry.
        RequestError: a parameter is wrong, or is none (``messages``, ``model``, ``stream``).
        ConfigurationError: ``backends`` are none.
    """

    def send(self, content: Content) -> ChatReply:
        """Say something and return the whole answer.

        Raises:
            FourthwallError: nothing came of it; the class says what can be done.  The history
                is as it was, unless a part of the answer was there already.
        """
        with self._alone():
            return self._whole(self._started(content))

    def stream(self, content: Content) -> Generator[Event, None, None]:
        """Say something and give the answer's events as they come.

        Closing the generator (or breaking out of the loop) closes the request; what had come of
        the answer stays in the history.

        Raises:
            FourthwallError: while iterating, as `send`.
        """
        with self._alone():
            yield from self._events(self._started(content))

    def retry(self) -> ChatReply:
        """Ask the last question again, in place of its answer.

        The last question is the last message that a model was asked.  The same model answers, or
        the active one if that has changed since ("hello", "switch to Claude", retry: Claude
        answers "hello").  What the engine was told in between stays as it is.

        Raises:
            RequestError: there is none.
            FourthwallError: as `send`; the old answer stays then.
        """
        with self._alone():
            return self._whole(self._begin_again())

    def stream_retry(self) -> Generator[Event, None, None]:
        """Do what `retry` does, and give the events as they come."""
        with self._alone():
            yield from self._events(self._begin_again())

    def _started(self, content: Content) -> Turn:
        """Say something: the turn that comes of it, once what was before is summarised."""
        turn = self._begin(content)
        wanted = turn.plan.summary
        if wanted is None:
            return turn
        request, pipeline = self._summary_request(wanted)
        given: list[Event] = []
        try:
            with closing(self._dispatched(wanted.by, request)) as events:
                for event in events:
                    given += pipeline.feed(event)
                    if pipeline.is_over:
                        break
        finally:
            reply = self._spent([*given, *pipeline.finish()])
        return self._summarised(turn, wanted, reply)

    def _dispatched(self, asks: ModelCard, request: ChatRequest) -> Generator[Event, None, None]:
        return dispatch(
            asks,
            request,
            registry=self._registry,
            backends=self._backends,
            policy=self._options.retry,
            timeouts=self._options.timeouts,
        )

    def _whole(self, turn: Turn) -> ChatReply:
        for _ in self._events(turn):
            pass
        return turn.reply()

    def _events(self, turn: Turn) -> Iterator[Event]:
        try:
            if turn.asks is None:
                yield from turn.own_events()
                return
            with closing(self._dispatched(turn.asks, turn.request)) as events:
                for event in events:
                    yield from turn.feed(event)
                    if turn.is_full:
                        break
            yield from turn.finish()
        finally:
            self._end(turn)


class AsyncConversation(Chat):
    """A chat with models, for async code: `Conversation` with ``await``, made in the same way."""

    async def send(self, content: Content) -> ChatReply:
        """Do what `Conversation.send` does.  Cancelling closes the request."""
        with self._alone():
            return await self._whole(await self._started(content))

    async def stream(self, content: Content) -> AsyncGenerator[Event, None]:
        """Do what `Conversation.stream` does.

        Whoever stops reading before the end calls ``aclose()``; `contextlib.aclosing` does.
        """
        with self._alone():
            async with aclosing(self._events(await self._started(content))) as events:
                async for event in events:
                    yield event

    async def retry(self) -> ChatReply:
        """Do what `Conversation.retry` does."""
        with self._alone():
            return await self._whole(self._begin_again())

    async def stream_retry(self) -> AsyncGenerator[Event, None]:
        """Do what `Conversation.stream_retry` does."""
        with self._alone():
            async with aclosing(self._events(self._begin_again())) as events:
                async for event in events:
                    yield event

    async def _started(self, content: Content) -> Turn:
        turn = self._begin(content)
        wanted = turn.plan.summary
        if wanted is None:
            return turn
        request, pipeline = self._summary_request(wanted)
        given: list[Event] = []
        try:
            async with aclosing(self._dispatched(wanted.by, request)) as events:
                async for event in events:
                    given += pipeline.feed(event)
                    if pipeline.is_over:
                        break
        finally:
            reply = self._spent([*given, *pipeline.finish()])
        return self._summarised(turn, wanted, reply)

    def _dispatched(self, asks: ModelCard, request: ChatRequest) -> AsyncGenerator[Event, None]:
        return adispatch(
            asks,
            request,
            registry=self._registry,
            backends=self._backends,
            policy=self._options.retry,
            timeouts=self._options.timeouts,
        )

    async def _whole(self, turn: Turn) -> ChatReply:
        async with aclosing(self._events(turn)) as events:
            async for _ in events:
                pass
        return turn.reply()

    async def _events(self, turn: Turn) -> AsyncGenerator[Event, None]:
        try:
            if turn.asks is None:
                for event in turn.own_events():
                    yield event
                return
            async with aclosing(self._dispatched(turn.asks, turn.request)) as events:
                async for event in events:
                    for out in turn.feed(event):
                        yield out
                    if turn.is_full:
                        break
            for out in turn.finish():
                yield out
        finally:
            self._end(turn)
