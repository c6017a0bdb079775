"""The event-stream decoder."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import _sse
from fourthwall.backends._sse import ServerSentEvent, SSEDecoder
from fourthwall.errors import UpstreamProtocolError


def decoded(*chunks: bytes) -> list[ServerSentEvent]:
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.finish()


line = st.sampled_from(
    [
        "data: a",
        "data:é€😀",
        "data",
        "data: ",
        ": ping",
        "event: x",
        "id: 7",
        "retry: 1",
        "",
        "",
        "x",
    ]
)
end = st.sampled_from(["\n", "\r\n", "\r"])
streams = st.lists(st.tuples(line, end), max_size=12).map(lambda s: "".join(a + b for a, b in s))


@given(streams, st.sampled_from(["", "\ufeff"]), st.lists(st.integers(0, 120), max_size=6))
def test_where_the_bytes_were_cut_makes_no_difference(text: str, bom: str, cuts: list[int]) -> None:
    """Law: any chunking gives the same events, also in the middle of a character or of CRLF."""
    data = (bom + text).encode()
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    chunks = [data[a:b] for a, b in pairwise(places)]
    assert (
        decoded(*chunks) == decoded(data) == decoded(*(data[i : i + 1] for i in range(len(data))))
    )


@given(st.lists(st.sampled_from(["a", "b c", "{}", "[DONE]"]), max_size=5), end)
def test_what_was_sent_comes_out(messages: list[str], newline: str) -> None:
    data = "".join(f"data: {message}{newline}{newline}" for message in messages).encode()
    assert [event.data for event in decoded(data)] == messages


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\n", [ServerSentEvent("a")]),
        (b"data:a\ndata: b\n\n", [ServerSentEvent("a\nb")]),
        (b"event: error\ndata: a\n\n", [ServerSentEvent("a", "error")]),
        (b": ping\n\ndata: a", [ServerSentEvent("a")]),
        (b"event: x\n\ndata: a\n\n", [ServerSentEvent("a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [ServerSentEvent("a")]),
        (b"data: \xff\n\n", [ServerSentEvent("\ufffd")]),
        (b"data\n\n", [ServerSentEvent("")]),
        (b"", []),
    ],
)
def test_single_streams(data: bytes, events: list[ServerSentEvent]) -> None:
    assert decoded(data) == events


@pytest.mark.parametrize("data", [b"data: aaaaaaaaaaaa", b"data: aaaa\ndata: aaaa\ndata: aaaa\n"])
def test_endless_events_are_refused(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sse, "MAX_EVENT_BYTES", 12)
    with pytest.raises(UpstreamProtocolError, match="16 MiB"):
        decoded(data)
