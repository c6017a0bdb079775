"""How turns become messages of content blocks."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import build_request, dropped_parameters
from fourthwall.backends._anthropic_messages import cache_control, thinking_block
from fourthwall.backends._turns import Thought
from fourthwall.errors import UnsupportedError
from fourthwall.registry import ModelCard
from tests.backends.anthropic_rules import accepted, blocks_of

CARD = ModelCard(id="claude-sonnet-4.5", provider="anthropic", reasoning=True)
USER = {"role": "user", "content": "How deep is the fjord?"}
PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
IMAGE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
}


def body(*messages: dict[str, Any], card: ModelCard = CARD, **fields: Any) -> dict[str, Any]:
    return accepted(build_request("anthropic", card, {"messages": list(messages), **fields}))


def written(*messages: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = body(*messages, **fields)["messages"]
    return listed


def asked(*parts: Any) -> list[dict[str, Any]]:
    """What a question of these parts becomes."""
    return blocks_of(written({"role": "user", "content": list(parts)})[0])


def hidden(*messages: dict[str, Any]) -> str | None:
    return dropped_parameters("anthropic", CARD, {"messages": list(messages)}).get("messages")


def calls(*ids: str, **fields: Any) -> dict[str, Any]:
    function = {"name": "f", "arguments": '{"x": 1}'}
    listed = [{"id": i, "type": "function", "function": function} for i in ids]
    return {"role": "assistant", "content": None, "tool_calls": listed, **fields}


def result(call_id: str, content: Any = "sleet", **fields: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **fields}


def file(url: str, **fields: str) -> dict[str, Any]:
    return {"type": "file", "file": {"file_data": url, **fields}}


def data_url(mime: str, text: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(text.encode()).decode()}"


class TestText:
    def test_plain_text_stays_a_string(self) -> None:
        assert written(USER) == [USER]

    def test_neighbours_share_a_message(self) -> None:
        assert written(USER, {"role": "user", "content": "Really?"}) == [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "How deep is the fjord?"},
                    {"type": "text", "text": "Really?"},
                ],
            }
        ]

    def test_marks_go_out_on_every_kind_of_block(self) -> None:
        mark = {"cache_control": {"type": "ephemeral"}}
        made = body(
            {"role": "system", "content": [{"type": "text", "text": "S", **mark}]},
            {"role": "user", "content": [{**PNG, **mark}, {"type": "text", "text": "a"}]},
            calls("toolu_1"),
            result("toolu_1", [{"type": "text", "text": "r", **mark}]),
        )
        assert made["system"] == [{"type": "text", "text": "S", **mark}]
        assert blocks_of(made["messages"][0])[0] == {**IMAGE, **mark}
        assert blocks_of(made["messages"][2])[0]["content"] == [
            {"type": "text", "text": "r", **mark}
        ]

    def test_the_oldest_of_too_many_marks_go(self) -> None:
        marked = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]
        messages = [{"role": "system", "content": marked}]
        for _ in range(6):
            messages += [{"role": "user", "content": marked}, {"role": "assistant", "content": "b"}]
        request = {"messages": [*messages, USER], "cache_control": {"type": "ephemeral"}}
        made = accepted(build_request("anthropic", CARD, request))
        kept = [n for n, m in enumerate(made["messages"]) if "cache_control" in blocks_of(m)[0]]
        assert kept == [8, 10]
        assert made["system"] == marked
        assert "cache_control" in dropped_parameters("anthropic", CARD, request)

    @pytest.mark.parametrize(
        ("given_", "taken"),
        [
            ({"type": "ephemeral", "ttl": "1h"}, {"type": "ephemeral", "ttl": "1h"}),
            ({"type": "ephemeral", "ttl": "2d", "x": 1}, {"type": "ephemeral"}),
            ({"type": "eternal"}, None),
            ("ephemeral", None),
            (None, None),
        ],
    )
    def test_a_mark_is_what_the_api_knows_of_it(self, given_: Any, taken: Any) -> None:
        assert cache_control(given_) == taken


class TestSystem:
    def test_leading_text_has_a_place_of_its_own(self) -> None:
        made = body({"role": "system", "content": "S"}, {"role": "developer", "content": "D"}, USER)
        assert made["system"] == [{"type": "text", "text": "S"}, {"type": "text", "text": "D"}]

    def test_later_text_is_a_note_behind_the_results(self) -> None:
        note = {"role": "system", "content": "N"}
        made = written(USER, calls("toolu_1"), note, result("toolu_1"))
        assert blocks_of(made[2]) == [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sleet"},
            {"type": "text", "text": "<system>\nN\n</system>"},
        ]


class TestToolTurns:
    def test_results_stand_in_front_in_the_order_of_the_calls(self) -> None:
        made = written(
            USER,
            {**calls("toolu_1", "toolu_2"), "content": "Let me see."},
            result("toolu_2", "two"),
            result("toolu_1", "one"),
            USER,
        )
        assert blocks_of(made[1]) == [
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}},
            {"type": "tool_use", "id": "toolu_2", "name": "f", "input": {"x": 1}},
        ]
        assert [b.get("content", b.get("text")) for b in blocks_of(made[2])] == [
            "one",
            "two",
            "How deep is the fjord?",
        ]

    def test_an_unanswered_call_is_answered(self) -> None:
        made = written(USER, calls("toolu_1"), USER)
        assert blocks_of(made[2])[0] == {
            "type": "tool_result",
            "tool_use_id": "toolu_1",
            "is_error": True,
            "content": "No result: the call was interrupted.",
        }

    def test_ids_of_others_are_made_anew(self) -> None:
        made = written(USER, calls("functions.f:0"), result("functions.f:0"))
        (use,), (answer,) = blocks_of(made[1]), blocks_of(made[2])
        assert use["id"] == answer["tool_use_id"] != "functions.f:0"

    def test_a_result_may_hold_images_and_documents(self) -> None:
        pdf = file("data:application/pdf;base64,AAAA")
        text = {"type": "text", "text": "r"}
        made = written(USER, calls("toolu_1"), result("toolu_1", [text, PNG, pdf]))
        content = blocks_of(made[2])[0]["content"]
        assert content[:2] == [text, IMAGE]
        assert content[2]["type"] == "document"

    def test_texts_of_a_result_are_joined(self) -> None:
        texts = [{"type": "text", "text": text} for text in ("a", " ", "b")]
        made = written(USER, calls("toolu_1"), result("toolu_1", texts))
        assert blocks_of(made[2])[0]["content"] == "a\n\nb"

    def test_an_empty_result_says_so(self) -> None:
        made = written(USER, calls("toolu_1"), result("toolu_1", "\n"))
        assert blocks_of(made[2])[0]["content"] == "(no output)"

    def test_a_failure_says_so_and_shows_its_images_behind(self) -> None:
        made = written(USER, calls("toolu_1"), result("toolu_1", [PNG], is_error=True))
        failed, shown = blocks_of(made[2])
        assert (failed["is_error"], failed["content"]) == (True, "The tool failed.")
        assert shown == IMAGE


class TestMedia:
    @pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp"])
    def test_images_go_inline(self, kind: str) -> None:
        part = {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,AAAA"}}
        assert asked(part)[0]["source"]["media_type"] == f"image/{kind}"

    def test_a_jpg_is_a_jpeg(self) -> None:
        part = {"type": "input_image", "image_url": "data:image/jpg;base64,AAAA"}
        assert asked(part)[0]["source"]["media_type"] == "image/jpeg"

    def test_images_go_by_address(self) -> None:
        part = {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}
        assert asked(part)[0]["source"] == {"type": "url", "url": "https://x.example/a.png"}

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AAAA"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}},
            {"type": "image_url", "image_url": {"url": "gs://bucket/a.png"}},
            file("data:application/zip;base64,AAAA"),
            file("data:text/plain;base64,A"),
            file(data_url("text/plain", " ")),
            file("data:text/plain,inline"),
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
            {"type": "video_url", "video_url": {"url": "https://x.example/a.mp4"}},
            {"type": "hologram"},
        ],
    )
    def test_what_cannot_be_shown_leaves_a_note(self, part: dict[str, Any]) -> None:
        question = {"role": "user", "content": [part, {"type": "text", "text": "What is it?"}]}
        note, text = blocks_of(written(question)[0])
        assert note["text"].endswith("not shown to this model]")
        assert text["text"] == "What is it?"
        assert hidden(question)

    def test_what_is_hidden_is_counted_together(self) -> None:
        tiff = {"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AAAA"}}
        question = {"role": "user", "content": [tiff, tiff, {"type": "x"}]}
        assert "2 images, 1 attachment" in (hidden(question) or "")
        assert hidden({"role": "user", "content": [PNG]}) is None

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "input_image", "file_id": "file-1"},
            {"type": "file", "file": {"file_id": "file-1"}},
        ],
    )
    def test_a_file_of_another_provider_leaves_a_note(self, part: dict[str, Any]) -> None:
        before = {"role": "user", "content": [part]}
        made = written(before, {"role": "assistant", "content": "a"}, USER)
        assert made[0]["content"].endswith("not shown to this model]")
        with pytest.raises(UnsupportedError):
            written(before)

    def test_documents(self) -> None:
        pdf, text, json, link, picture = asked(
            file("data:application/pdf;base64,AAAA", filename="a.pdf"),
            file(data_url("text/markdown", "# é")),
            file(data_url("application/json", "{}")),
            {"type": "input_file", "file_url": "https://x.example/a.pdf", "filename": "b.pdf"},
            file("data:image/png;base64,AAAA", filename="a.png"),
        )
        source = {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}
        assert pdf == {"type": "document", "source": source, "title": "a.pdf"}
        assert text["source"] == {"type": "text", "media_type": "text/plain", "data": "# é"}
        assert json["source"]["data"] == "{}"
        assert link["source"] == {"type": "url", "url": "https://x.example/a.pdf"}
        assert link["title"] == "b.pdf"
        assert picture == IMAGE

    def test_a_model_without_eyes_sees_a_note(self) -> None:
        blind = ModelCard(id="claude-x", provider="anthropic", vision=False)
        made = written({"role": "user", "content": [PNG]}, card=blind)
        assert made[0]["content"] == "[image: not shown to this model]"

    def test_an_answer_holds_no_pictures(self) -> None:
        made = written(USER, {"role": "assistant", "content": [PNG]}, USER)
        assert made[1]["content"] == "[image: not shown to this model]"


# Thinking -----------------------------------------------------------------------------------------


def signed(index: int, *, chars: int = 0, calls: int = 0) -> dict[str, Any]:
    return {
        "type": "reasoning.text",
        "text": f"thought {index}",
        "signature": f"sig{index}=",
        "format": "anthropic-claude-v1",
        "index": index,
        "fourthwall": {"chars": chars, "calls": calls},
    }


def order(answer: dict[str, Any]) -> list[str]:
    """The blocks of an answer, in a word each."""
    results = [result(call["id"]) for call in answer.get("tool_calls", ())]
    end = [] if not results else [{"role": "assistant", "content": "end"}]
    made = written(USER, answer, *results, *end, USER, tools=[])
    shown = {"text": "text", "thinking": "signature", "tool_use": "id", "redacted_thinking": "data"}
    return [block[shown[block["type"]]] for block in blocks_of(made[1])]


class TestThoughts:
    def test_stand_in_front(self) -> None:
        answer = {"role": "assistant", "content": "a", "reasoning_details": [signed(0), signed(1)]}
        assert order(answer) == ["sig0=", "sig1=", "a"]

    def test_stand_alone_if_others_are_nobodys(self) -> None:
        unsigned = {**signed(1), "signature": None}
        answer = {"role": "assistant", "content": "a", "reasoning_details": [unsigned, signed(2)]}
        assert order(answer) == ["sig2=", "a"]

    def test_stand_where_they_stood_between_text_and_calls(self) -> None:
        details = [signed(0), signed(1, chars=5), signed(2, chars=10), signed(3, chars=10, calls=1)]
        answer = calls("toolu_1", "toolu_2", reasoning_details=details)
        assert order({**answer, "content": "firstsecond"}) == [
            "sig0=",
            "first",
            "sig1=",
            "secon",
            "sig2=",
            "toolu_1",
            "sig3=",
            "d",
            "toolu_2",
        ]

    def test_do_not_leave_white_space_alone(self) -> None:
        details = [signed(0), signed(1, chars=2)]
        answer = {"role": "assistant", "content": "\n\ntext", "reasoning_details": details}
        assert order(answer) == ["sig0=", "sig1=", "text"]

    def test_do_not_end_an_answer(self) -> None:
        details = [signed(0), signed(1, chars=4), signed(2, chars=9)]
        answer = {"role": "assistant", "content": "text", "reasoning_details": details}
        assert order(answer) == ["sig0=", "text"]

    def test_alone_are_no_answer(self) -> None:
        alone = {"role": "assistant", "content": "", "reasoning_details": [signed(0)]}
        made = written(USER, alone, {"role": "user", "content": "Hello?"})
        assert [block["text"] for block in blocks_of(made[0])] == [USER["content"], "Hello?"]

    def test_stay_apart_where_two_answers_become_one(self) -> None:
        first = {"role": "assistant", "content": "a", "reasoning_details": [signed(0)]}
        second = {"role": "assistant", "content": "b", "reasoning_details": [signed(1)]}
        made = written(USER, first, second, USER)
        types = [block["type"] for block in blocks_of(made[1])]
        assert types == ["thinking", "text", "thinking", "text"]

    def test_leave_a_mark_on_the_text_that_ends_the_block(self) -> None:
        mark = {"cache_control": {"type": "ephemeral"}}
        content = [{"type": "text", "text": "firstsecond", **mark}]
        details = [signed(0, chars=5)]
        answer = {"role": "assistant", "content": content, "reasoning_details": details}
        first, _, second = blocks_of(written(USER, answer, USER)[1])
        assert "cache_control" not in first
        assert second == {"type": "text", "text": "second", **mark}

    @pytest.mark.parametrize(
        "entry",
        [
            {"type": "reasoning.text", "text": "unsigned"},
            {"type": "reasoning.text", "text": "unsigned", "signature": ""},
            {"type": "reasoning.summary", "summary": "s", "signature": "x"},
            {"type": "reasoning.encrypted", "data": ""},
            {"type": "odd"},
        ],
    )
    def test_that_nobody_signed_do_not_go_back(self, entry: dict[str, Any]) -> None:
        assert thinking_block(Thought(entry)) is None

    def test_without_words_go_back_for_their_signature(self) -> None:
        entry = {"type": "reasoning.text", "signature": "sig="}
        assert thinking_block(Thought(entry)) == {
            "type": "thinking",
            "thinking": "",
            "signature": "sig=",
        }

    @given(st.text(), st.text(min_size=1))
    def test_go_back_byte_for_byte(self, text: str, signature: str) -> None:
        entry = {"type": "reasoning.text", "text": text, "signature": signature}
        block = thinking_block(Thought(entry))
        assert block == {"type": "thinking", "thinking": text, "signature": signature}
        redacted = {"type": "reasoning.encrypted", "data": signature}
        assert thinking_block(Thought(redacted)) == {"type": "redacted_thinking", "data": signature}


@given(
    st.text(min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 3)), max_size=4),
    st.integers(0, 2),
)
def test_nothing_is_lost_wherever_the_thoughts_stand(
    text: str, places: list[tuple[int, int]], count: int
) -> None:
    """Law: the visible words, the calls and the thoughts each stay whole and in their order."""
    details = [signed(n, chars=chars, calls=c) for n, (chars, c) in enumerate(sorted(places))]
    ids = [f"toolu_{n}" for n in range(count)]
    answer = {**calls(*ids, reasoning_details=details), "content": text}
    made = written(USER, answer, *map(result, ids), USER, tools=[], reasoning_effort="high")
    blocks = blocks_of(made[1]) if len(made) > 1 else []
    said = "".join(block["text"] for block in blocks if block["type"] == "text")
    assert "".join(said.split()) == "".join(text.split())
    assert [block["id"] for block in blocks if block["type"] == "tool_use"] == ids
    kept = [block["signature"] for block in blocks if block["type"] == "thinking"]
    assert kept == [entry["signature"] for entry in details][: len(kept)]
