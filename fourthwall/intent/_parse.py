from __future__ import annotations

from fourthwall.intent._intent import Intent
from fourthwall.registry import ModelCard, Registry


def parse(
    text: str,
    registry: Registry,
    *,
    active: str | ModelCard | None = None,
    previous: str | ModelCard | None = None,
) -> Intent:
    """Placeholder."""
    return Intent(kind="none", remainder=text)
