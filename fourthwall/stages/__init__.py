"""Stream transforms: reasoning split, bound of the answer, announcement, usage and cost.

`standard_stages` says which an answer goes through, and in which order.
"""

from fourthwall.stages._announce import AnnounceStage, RenderAnnouncement
from fourthwall.stages._base import Pipeline, Stage, arun, run
from fourthwall.stages._formats import FORMATS, ReasoningFormat
from fourthwall.stages._limit import LimitStage
from fourthwall.stages._reasoning import ReasoningSplitter, ReasoningStage
from fourthwall.stages._standard import standard_stages
from fourthwall.stages._usage import UsageStage
from fourthwall.tokens import estimate_message_tokens, estimate_tokens

__all__ = [
    "FORMATS",
    "AnnounceStage",
    "LimitStage",
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
