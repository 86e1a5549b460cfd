"""The parts of a session event: the decision, and what a resubmission asks for."""

from __future__ import annotations

from .generated.models.decision import Check, Decision, ResubmitInfo

__all__ = ["Check", "Decision", "ResubmitInfo"]
