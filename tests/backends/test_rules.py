"""What a target accepts, and how a refusal makes it stricter."""

from __future__ import annotations

import pytest

from fourthwall.backends._faults import FAULTS
from fourthwall.backends._rules import Rules, mended, tool_id_pattern

RULES = Rules(provider="p", models=frozenset({"m"}), details=True, reasoning="own")


@pytest.mark.parametrize(
    ("rule", "accepted", "refused"),
    [
        ("any", ["call_1", "functions.f:0", "é"], ["", "x" * 41]),
        ("word", ["call_1", "x" * 40], ["functions.f:0", "", "x" * 41]),
        ("nine", ["aB3dE5gH7"], ["call_1", "aB3dE5gH", "aB3dE5gH_"]),
    ],
)
def test_ids_by_rule(rule: str, accepted: list[str], refused: list[str]) -> None:
    pattern = tool_id_pattern(rule)  # type: ignore[arg-type] # one of the three
    assert all(pattern.fullmatch(call_id) for call_id in accepted)
    assert not any(pattern.fullmatch(call_id) for call_id in refused)


class TestMended:
    def test_without_a_fault_nothing_changes(self) -> None:
        assert mended(RULES, frozenset()) == RULES
        assert mended(RULES, frozenset({"parameter:top_k", "stream_usage"})) == RULES

    @pytest.mark.parametrize("fault", ["signature", "encrypted_content", "reasoning_refused"])
    def test_private_state_stays_away(self, fault: str) -> None:
        made = mended(RULES, frozenset({fault}))
        assert (made.details, made.reasoning) == (False, "never")

    @pytest.mark.parametrize(
        ("fault", "field", "value"),
        [
            ("reasoning_required", "reasoning", "required_on_tool_turns"),
            ("system_position", "late_system", "note"),
            ("role_order", "merges", True),
            ("role_order", "user_first", True),
            ("role_order", "bridges", True),
            ("prefill", "last", "user"),
            ("media", "media", frozenset()),
            ("tool_id", "id_pattern", tool_id_pattern("nine")),
            ("tool_pairs", "tools", False),
            ("tools_missing", "tools", False),
            ("empty_content", "merges", True),
        ],
    )
    def test_each_refusal_has_its_remedy(self, fault: str, field: str, value: object) -> None:
        assert fault in FAULTS
        assert getattr(mended(RULES, frozenset({fault})), field) == value
