"""The stages that an answer goes through, and their order.

1. `ReasoningStage`: text is told apart into thought and answer; all later stages rely on it.
2. `LimitStage`: ends a visible answer that is as long as the request allows; what it cuts off isn't
   counted.
3. `UsageStage`: counts what the model wrote, so it stands before anything is added to it.
4. `AnnounceStage`: puts the announcement in front.
5. `RenderAnnouncement`, for plain clients: writes it into the content; last, because content is
   the model's own words for every other stage.
"""

from __future__ import annotations

from fourthwall.chat import ChatRequest, Switch, is_for_program
from fourthwall.conversation import Announcer
from fourthwall.registry import Registry
from fourthwall.stages._announce import AnnounceStage, RenderAnnouncement
from fourthwall.stages._base import Stage
from fourthwall.stages._limit import LimitStage
from fourthwall.stages._reasoning import ReasoningStage
from fourthwall.stages._usage import UsageStage

__all__ = ["standard_stages"]


def standard_stages(
    registry: Registry,
    request: ChatRequest,
    *,
    switch: Switch | None = None,
    announcer: Announcer | None = None,
    announce: bool = True,
    in_content: bool = False,
) -> list[Stage]:
    """Return the stages for one answer, first to last; make new ones for every answer.

    Args:
        registry: knows the model that answers: its reasoning format and its prices.
        request: what is sent to the model.
        switch: what changes with this turn, or None.
        announcer: words it; a plain `Announcer` of the registry if left out.
        announce: whether a switch or a failover is told at all.
        in_content: whether it is written into the content too.  Where a program reads that (see
            `is_for_program`) it stays out all the same.
    """
    announcer = announcer or Announcer(registry)
    stages: list[Stage] = [
        ReasoningStage(registry.get),
        LimitStage(registry.get, request),
        UsageStage(registry.get, request),
        AnnounceStage(switch, announcer, announce=announce),
    ]
    if in_content and not is_for_program(request.response_format, request.tool_choice):
        stages.append(RenderAnnouncement(announcer))
    return stages
