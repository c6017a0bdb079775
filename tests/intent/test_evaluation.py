"""Judging a parser by labelled messages."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.errors import RequestError
from fourthwall.intent import Evaluation, Intent, LabelledRow, Tally, evaluate
from fourthwall.registry import ModelCard, Registry


class Saying:
    """A parser that gives what it is told to, and remembers what it was asked."""

    def __init__(self, **intents: Intent) -> None:
        self.intents = intents
        self.asked: list[tuple[str, str | None, str | None]] = []

    def __call__(
        self,
        text: str,
        registry: Registry,
        *,
        active: str | None = None,
        previous: str | None = None,
    ) -> Intent:
        self.asked.append((text, active, previous))
        return self.intents.get(text.split()[0], Intent(kind="none", remainder=text))


def row(text: str, kind: str, **more: Any) -> LabelledRow:
    return LabelledRow.read({"text": text, "kind": kind, **more})


@pytest.fixture
def claude(registry: Registry) -> ModelCard:
    return registry["claude-sonnet-4.5"]


@pytest.fixture
def evaluation(registry: Registry, claude: ModelCard) -> Evaluation:
    """Seven rows: right, wrong model, wrong remainder, missed, false, other kind, right none."""
    parser = Saying(
        right=Intent(kind="switch", target=claude, confidence=0.97, remainder="Hi!"),
        model=Intent(kind="once", target=claude, confidence=0.99),
        rest=Intent(kind="switch", target=claude, confidence=0.9, remainder="too much"),
        false=Intent(kind="revert", confidence=0.7),
        other=Intent(kind="reset", confidence=0.7),
    )
    rows = [
        row("right", "switch", target=claude.id, remainder="hi", tag="a", lang="en", id=1),
        row("model", "once", target=["gpt-5", "gpt-4o"], tag="a", lang="en", id=2),
        row("rest", "switch", target=[claude.id], remainder=["", "much"], tag="b", lang="en"),
        row("missed", "switch", tag="b", lang="de"),
        row("false", "none", tag="b", lang="de"),
        row("other", "revert", target="gpt-5", tag="b", lang="de"),
        row("none", "none", remainder="whatever", tag="c"),
    ]
    return evaluate(rows, registry, parser=parser)


class TestRows:
    def test_a_row_says_what_it_is_told(self) -> None:
        read = LabelledRow.read(
            {
                "text": "use o3",
                "kind": "switch",
                "target": "o3",
                "remainder": ["", "x"],
                "active": "gpt-5",
                "previous": "gpt-4o",
                "id": 7,
                "tag": "plain",
                "lang": "en",
                "note": "not used",
            }
        )
        assert read == LabelledRow(
            text="use o3",
            kind="switch",
            targets=("o3",),
            remainders=("", "x"),
            active="gpt-5",
            previous="gpt-4o",
            id="7",
            tag="plain",
            language="en",
        )

    def test_what_is_left_out_or_null_is_not_checked(self) -> None:
        blank = row("hi", "none")
        assert (blank.targets, blank.remainders, blank.active, blank.tag) == ((), None, None, "")
        assert row("hi", "none", target=None, remainder=None, lang=None) == blank

    @pytest.mark.parametrize(
        ("given", "param", "message"),
        [
            ([1], None, "it isn't an object"),
            ({"kind": "none"}, "text", "'text' must be a text"),
            ({"text": "hi"}, "kind", "'kind' must be a text"),
            ({"text": 1, "kind": "none"}, "text", "'text' must be a text"),
            ({"text": "hi", "kind": "jump"}, "kind", "there is no kind 'jump'"),
            ({"text": "hi", "kind": "none", "active": 5}, "active", "must be a text or null"),
            ({"text": "hi", "kind": "none", "lang": ["en"]}, "lang", "must be a text or null"),
            ({"text": "hi", "kind": "none", "target": 5}, "target", "text or a list of texts"),
            ({"text": "hi", "kind": "none", "remainder": [1]}, "remainder", "list of texts"),
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(
        self, given: Any, param: str | None, message: str
    ) -> None:
        with pytest.raises(RequestError, match=message) as caught:
            LabelledRow.read(given)
        assert caught.value.param == param


class TestJudging:
    def test_the_first_thing_that_is_wrong_is_told(self, evaluation: Evaluation) -> None:
        assert [judgement.error for judgement in evaluation.judgements] == [
            "",
            "target",
            "remainder",
            "kind",
            "kind",
            "kind",
            "",
        ]

    def test_errors_are_those_in_order(self, evaluation: Evaluation) -> None:
        texts = [judgement.row.text for judgement in evaluation.errors()]
        assert texts == ["model", "rest", "missed", "false", "other"]

    @pytest.mark.parametrize(
        ("remainder", "wanted", "right"),
        [
            ("Write a poem.", "write a poem", True),
            ("and then write  a\npoem", "Write a poem!", True),
            ("please write a poem, then", "write a poem", True),
            ("write a poem", "write the poem", False),
            ("and", "", True),
            ("...", "", True),
            ("x", "", False),
        ],
    )
    def test_a_remainder_is_right_but_for_its_edges(
        self, registry: Registry, remainder: str, wanted: str, right: bool
    ) -> None:
        parser = Saying(go=Intent(kind="revert", remainder=remainder))
        rows = [row("go", "revert", remainder=wanted)]
        (judged,) = evaluate(rows, registry, parser=parser).judgements
        assert judged.is_target
        assert judged.is_exact is right

    def test_a_row_may_say_which_model_is_active(self, registry: Registry) -> None:
        parser = Saying()
        rows = [row("one", "none"), row("two", "none", active="o3", previous="gpt-5")]
        evaluate(rows, registry, parser=parser, active="gpt-4o")
        assert parser.asked == [("one", "gpt-4o", None), ("two", "o3", "gpt-5")]

    def test_without_another_parser_it_is_ours(self, registry: Registry) -> None:
        rows = [row("Switch to GPT-5", "switch", target="gpt-5"), row("Good day", "none")]
        assert evaluate(rows, registry).errors() == ()


class TestCounting:
    def test_all_rows_are_counted(self, evaluation: Evaluation) -> None:
        assert evaluation.tally() == Tally(
            rows=7, commands=5, found=4, exact=2, kind=4, false=1, wrong_model=1
        )

    def test_some_rows_are_counted(self, evaluation: Evaluation) -> None:
        some = evaluation.judgements[:1]
        assert evaluation.tally(some) == Tally(
            rows=1, commands=1, found=1, exact=1, kind=1, false=0, wrong_model=0
        )
        assert evaluation.tally([]).rows == 0

    def test_groups_are_counted_the_largest_first(self, evaluation: Evaluation) -> None:
        by_tag = evaluation.by(lambda row: row.tag)
        assert [(name, tally.rows) for name, tally in by_tag.items()] == [
            ("b", 4),
            ("a", 2),
            ("c", 1),
        ]
        assert list(evaluation.by(lambda row: row.language)) == ["de", "en", ""]

    def test_kinds_are_set_against_each_other(self, evaluation: Evaluation) -> None:
        assert evaluation.confusion() == {
            ("switch", "switch"): 2,
            ("once", "once"): 1,
            ("switch", "none"): 1,
            ("none", "revert"): 1,
            ("revert", "reset"): 1,
            ("none", "none"): 1,
        }

    def test_confidence_is_set_against_the_truth(self, evaluation: Evaluation) -> None:
        table = [(low, rows, right) for low, rows, _, right in evaluation.calibration()]
        assert (0.7, 2, 0.0) in table
        assert sum(rows for _, rows, _ in table) == 7
        assert all(low <= mean for low, _, mean, _ in evaluation.calibration())
