"""Stream transforms: reasoning split, announcement, usage and cost."""

from fourthwall.stages._base import Pipeline, Stage, arun, run
from fourthwall.stages._reasoning import (
    FORMATS,
    ReasoningFormat,
    ReasoningSplitter,
    ReasoningStage,
)

__all__ = [
    "FORMATS",
    "Pipeline",
    "ReasoningFormat",
    "ReasoningSplitter",
    "ReasoningStage",
    "Stage",
    "arun",
    "run",
]
