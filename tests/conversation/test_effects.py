"""The table of effects."""

from __future__ import annotations

import pytest

from fourthwall.conversation import EFFECTS, Goes, Sends
from fourthwall.conversation._replies import phrases_for
from fourthwall.intent import KINDS, Kind


def test_every_kind_has_a_row_and_every_row_a_kind() -> None:
    assert set(EFFECTS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_consistent(kind: Kind) -> None:
    effect = EFFECTS[kind]
    assert (effect.sends is Sends.NOTHING) == (effect.says is not None)
    assert effect.says is None or effect.says in phrases_for("en").texts
    assert not (effect.stays and effect.goes is Goes.NOWHERE)


def test_the_table_cant_be_changed() -> None:
    with pytest.raises(TypeError):
        EFFECTS["none"] = EFFECTS["switch"]  # type: ignore[index]  # that is the point
