"""Stream transforms: reasoning split, announcement, usage and cost."""

from fourthwall.stages._base import Pipeline, Stage, arun, run

__all__ = ["Pipeline", "Stage", "arun", "run"]
