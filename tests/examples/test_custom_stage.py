"""The example's stages keep the law of stages."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fourthwall as fw
from fourthwall.stages import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_stage.py"


@pytest.fixture(scope="session")
def custom_stage() -> ModuleType:
    spec = spec_from_file_location("custom_stage", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pieces = st.lists(st.sampled_from(["a", "@", ".", "b.org", "x@y.de", " ", "é", ",", "-"]))


def through(stage: ModuleType, deltas: list[str]) -> tuple[str, int]:
    """Return the masked text and the number of words in it."""
    counter = stage.CountWords()
    events = run([stage.MaskAddresses(), counter], map(fw.ContentDelta, deltas))
    return fw.fold_reply(events).text, counter.words


@given(deltas=pieces)
def test_the_result_does_not_depend_on_where_the_stream_was_cut(
    custom_stage: ModuleType, deltas: list[str]
) -> None:
    whole = "".join(deltas)
    assert through(custom_stage, deltas) == through(custom_stage, [whole])
    assert through(custom_stage, list(whole)) == through(custom_stage, [whole])


def test_an_address_in_pieces_is_masked(custom_stage: ModuleType) -> None:
    assert through(custom_stage, ["Ask ada@", "example", ".org", "."]) == ("Ask (hidden).", 2)


def test_text_is_passed_on_before_anything_else(custom_stage: ModuleType) -> None:
    events = list(
        run([custom_stage.MaskAddresses()], [fw.ContentDelta("ada"), fw.Finished("stop")])
    )
    assert events == [fw.ContentDelta("ada"), fw.Finished("stop")]
