"""Why was a delivery refused? Explanations for developers."""

from __future__ import annotations

from time import time as system_clock

from . import _native
from .webhook import hide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from .types import (
        Body,
        Cause,
        Confidence,
        Environment,
        ErrorCode,
        HeaderSource,
        HeaderTimestamp,
        Scheme,
        Secrets,
        Time,
    )

__all__ = ["Explanation", "explain"]


class Explanation:
    """Which known mistake a delivery is. It holds no secret, no signature, no header and no part of the body."""

    __slots__ = ("_cause", "_confidence", "_cure", "_ruled_out", "_skew", "_summary", "_verdict")

    def __init__(
        self,
        verdict: ErrorCode | Literal["genuine"],
        cause: Cause,
        confidence: Confidence,
        summary: str,
        cure: str,
        skew: int | None,
        ruled_out: Sequence[Cause],
    ) -> None:
        """Hold what the core found; only `explain` makes explanations."""
        self._verdict: ErrorCode | Literal["genuine"] = verdict
        self._cause: Cause = cause
        self._confidence: Confidence = confidence
        self._summary = summary
        self._cure = cure
        self._skew = skew
        self._ruled_out: tuple[Cause, ...] = tuple(ruled_out)

    @property
    def verdict(self) -> ErrorCode | Literal["genuine"]:
        """`genuine`, or the code with which a verifier refuses the delivery."""
        return self._verdict

    @property
    def cause(self) -> Cause:
        """The stable name of the mistake, for example `secret_whitespace`; `unknown` if none fits."""
        return self._cause

    @property
    def confidence(self) -> Confidence:
        """`certain` if a recomputed MAC or an exact fact proves it, `likely`, or `unknown`."""
        return self._confidence

    @property
    def summary(self) -> str:
        """What happened, in words."""
        return self._summary

    @property
    def cure(self) -> str:
        """What to do about it."""
        return self._cure

    @property
    def skew(self) -> int | None:
        """By how many seconds now is after the signed time, where the times are what is wrong."""
        return self._skew

    @property
    def ruled_out(self) -> tuple[Cause, ...]:
        """What was tried and is not it."""
        return self._ruled_out

    def _facts(self) -> tuple[Any, ...]:
        return self._verdict, self._cause, self._confidence, self._summary, self._cure, self._skew, self._ruled_out

    def __eq__(self, other: object) -> bool:
        """Compare all attributes."""
        return self._facts() == other._facts() if isinstance(other, Explanation) else NotImplemented

    def __hash__(self) -> int:
        """Hash all attributes."""
        return hash(self._facts())

    def __repr__(self) -> str:
        """Show everything but the cure and what was ruled out."""
        return (
            f"Explanation(verdict={self._verdict!r}, cause={self._cause!r}, confidence={self._confidence!r}, "
            f"summary={self._summary!r})"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy."""
        return Explanation, self._facts()


def explain(
    body: Body,
    headers: HeaderSource,
    secrets: Secrets | None,
    *,
    now: Time | None = None,
    other_secrets: Secrets = (),
    schemes: Sequence[Scheme] = ("v2", "raw"),
    max_age: int | None = None,
    max_future: int = 300,
    header_timestamp: HeaderTimestamp = "fresh",
    max_body: int = 1_048_576,
    environments: Sequence[Environment] | None = None,
) -> Explanation:
    """Say which of the known mistakes made a delivery fail. It is no verification, and may take a second.

    Args:
        body: the body as it was verified.
        headers: all headers of the request.
        secrets: those of the verifier. A missing one is a finding, not an error.
        now: the time by which the delivery was verified; None is the system's. Milliseconds are a finding.
        other_secrets: secrets that the verifier does not have, of other destinations or older ones.
        schemes: as for `Verifier`, like all that follow.
        max_age: as for `Verifier`.
        max_future: as for `Verifier`.
        header_timestamp: as for `Verifier`.
        max_body: as for `Verifier`.
        environments: as for `Verifier`.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: an option makes no sense.
    """
    try:
        found: tuple[Any, ...] = _native.explain(
            body,
            headers,
            secrets,
            system_clock() if now is None else now,
            other_secrets=other_secrets,
            schemes=schemes,
            max_age=max_age,
            max_future=max_future,
            header_timestamp=header_timestamp,
            max_body=max_body,
            environments=environments,
        )
    except BaseException as error:
        hide(error)
        del body, headers, secrets, other_secrets
        raise
    return Explanation(*found)
