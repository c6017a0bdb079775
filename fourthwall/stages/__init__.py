"""Stream transforms: reasoning split, announcement, usage and cost.

`standard_stages` says which an answer goes through, and in which order.
"""

from fourthwall.stages._announce import AnnounceStage, RenderAnnouncement
from fourthwall.stages._base import Pipeline, Stage, arun, run
from fourthwall.stages._estimate import estimate_message_tokens, estimate_tokens
from fourthwall.stages._reasoning import (
    FORMATS,
    ReasoningFormat,
    ReasoningSplitter,
    ReasoningStage,
)
from fourthwall.stages._standard import standard_stages
from fourthwall.stages._usage import UsageStage

__all__ = [
    "FORMATS",
    "AnnounceStage",
    "Pipeline",
    "ReasoningFormat",
    "ReasoningSplitter",
    "ReasoningStage",
    "RenderAnnouncement",
    "Stage",
    "UsageStage",
    "arun",
    "estimate_message_tokens",
    "estimate_tokens",
    "run",
    "standard_stages",
]
