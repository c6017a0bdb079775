"""Tell the person that another model answers: as data in the stream, and as text for plain clients.

Two stages, because two kinds of reader want it: `AnnounceStage` puts a `SwitchAnnounced` in front
of the answer, which a front end of ours shows as it likes; `RenderAnnouncement`, after it, writes
the text into the content too, for clients that know nothing but content.  Where the content must
be JSON (``response_format``, a forced tool), the caller leaves `RenderAnnouncement` out.
"""

from __future__ import annotations

from collections.abc import Iterable

from fourthwall.chat import ContentDelta, Event, Started, Switch, SwitchAnnounced
from fourthwall.conversation import Announcer

__all__ = ["AnnounceStage", "RenderAnnouncement"]


class AnnounceStage:
    """The stage that announces a switch, once, before the first delta of the answer.

    If another model stands in for the one that was to answer (`Started.failover_from`), that is
    what is announced, as a switch of kind ``failover``; a switch that was asked for still holds,
    and is to be seen in the name of the model that isn't available.  The sentence doesn't say why
    (no connection, a refused key, no money ...): that is told by `Started.failover_reason`.

    Holds back nothing.  An answer that ends without a delta is announced before its end.

    Args:
        switch: what changes with this turn, or None.
        announcer: words it.
        announce: False lets everything pass as it is.
    """

    def __init__(
        self, switch: Switch | None, announcer: Announcer, *, announce: bool = True
    ) -> None:
        self._announcer = announcer
        self._pending = switch if announce else None
        self._tells_failover = announce

    def feed(self, event: Event) -> list[Event]:
        """Pass the event on, the announcement before it once the answer begins."""
        if not isinstance(event, Started):
            return [*self._announcement(), event]
        if event.failover_from is not None and self._tells_failover:
            self._pending = Switch(
                kind="failover", from_model=event.failover_from, to_model=event.model
            )
        return [event]

    def finish(self) -> Iterable[Event]:
        """Announce what no answer came for."""
        return self._announcement()

    def _announcement(self) -> list[Event]:
        if self._pending is None:
            return []
        switch, self._pending = self._pending, None
        return [SwitchAnnounced(self._announcer.text(switch), switch)]


class RenderAnnouncement:
    """The stage that writes an announcement into the content too, for plain clients.

    The contents, put together, are exactly ``announcer.apply(text, answer)``: the announcement
    is a delta of its own, and what separates it from the answer comes with the answer's first
    text.  So an answer without text (tool calls) leaves no blank line behind.

    Holds back nothing.

    Args:
        announcer: the one that worded the announcement.
    """

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self._awaits_answer = False

    def feed(self, event: Event) -> list[Event]:
        """Write the announcement, then what separates it from the answer."""
        if isinstance(event, SwitchAnnounced):
            self._awaits_answer = True
            return [event, ContentDelta(event.text)]
        if self._awaits_answer and isinstance(event, ContentDelta) and event.text:
            self._awaits_answer = False
            return [ContentDelta(self._announcer.apply("", event.text))]
        return [event]

    def finish(self) -> Iterable[Event]:
        """Nothing is held back."""
        return ()
