"""Building a delivery."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from didit_client.webhook import sign

from .data import family_of, load
from .expand import Values
from .merge import ABSENT, merge
from .signed import Delivery

if TYPE_CHECKING:
    from typing import Unpack

    from didit_client.types import Time

    from .types import DeliveryType, Members, Scenario, Status

__all__ = ["SECRET", "delivery"]

SECRET: Final = "a-secret-for-tests-that-no-destination-has-"  # noqa: S105
"""The secret of the deliveries for which no other is given. It is public: use it in tests only."""


def delivery(
    type: DeliveryType = "status.updated",  # noqa: A002
    *,
    scenario: Scenario | None = None,
    status: Status | None = None,
    secret: str | bytes = SECRET,
    now: Time | None = None,
    seed: int | str | None = None,
    **members: Unpack[Members],
) -> Delivery:
    """Build a delivery as Didit would send it: complete, in wire form, signed in all three ways.

    Args:
        type: the event's type, for example `status.updated`.
        scenario: one of the sandbox's scenarios; session events only. It sets the environment to
            `sandbox` and decides what the checks have found.
        status: the new status; None takes the scenario's, or else the most usual one. With a scenario, another
            status than the scenario's is one that the session had before, or that a reviewer has set since.
        secret: signs the delivery.
        now: the signed time, in Unix seconds or as an aware datetime; None is the current time.
        seed: the same seed gives the same ids, in Python and in Node; None gives new ones every time.
        **members: members of the payload. Each replaces that of the same name, and `ABSENT` leaves it out;
            `decision` is merged into the one that is there.

    Raises:
        ValueError: a type, scenario or status that is not known, or that the type does not have.
        TypeError: an argument of the wrong type, or a member that Didit does not document.
        ConfigurationError: `missing_secret`.
        PayloadError: what `canonicalize` raises, for example `lone_surrogate`.
    """
    _check_members(members)
    _known("type", type, load()["types"])
    signed_at = _seconds(time.time() if now is None else now)
    values = Values(signed_at, _seed(seed), members)
    payload = values.expand(_template(type, scenario, status))
    payload |= {name: merge(None, value) for name, value in members.items() if name != "decision"}
    if "changes" in members and "changed_fields" not in members and isinstance(members["changes"], dict):
        payload["changed_fields"] = list(members["changes"])
    _mirror(payload)
    if "decision" in members:
        payload = merge(payload, {"decision": members["decision"]})
    return Delivery.sign({name: value for name, value in payload.items() if value is not ABSENT}, secret)


def _template(type: str, scenario: str | None, status: str | None) -> dict[str, Any]:  # noqa: A002
    data, family = load(), family_of(type)
    found = _scenario(type, scenario)
    chosen = _status(type, status or found.get("status"))
    part = family["statuses"].get(chosen, {})
    payload: dict[str, Any] = data["envelope"] | {"webhook_type": type}
    for source in (family, data["types"][type], part, found):
        payload |= source.get("payload", {})
    if scenario is not None:
        payload["environment"] = "sandbox"
    if chosen is not None:
        payload[family["status_member"]] = chosen
    # The status decides whether there is a decision, the scenario what the checks have found.
    if "steps" in part:
        payload["decision"] = _decision(found.get("steps", part["steps"]))
    return payload


def _scenario(type: str, scenario: str | None) -> dict[str, Any]:  # noqa: A002
    if scenario is None:
        return {}
    if not family_of(type).get("scenarios"):
        raise ValueError(f"{type} has no scenarios; only status.updated and data.updated have")
    found: dict[str, Any] = load()["scenarios"][_known("scenario", scenario, load()["scenarios"])]
    return found


def _status(type: str, status: str | None) -> str | None:  # noqa: A002
    family = family_of(type)
    if status is None:
        return family.get("default")
    if not family["statuses"]:
        raise ValueError(f"{type} has no status")
    return _known(f"status of {type}", status, family["statuses"])


def _decision(steps: dict[str, Any]) -> dict[str, Any]:
    whole = load()["decision"]
    decision = dict(whole["payload"])
    for name, check in whole["checks"].items():
        step = steps.get(name)
        decision[name] = None if step is None else [merge(check["entry"], step)]
    decision["features"] = [check["feature"] for name, check in whole["checks"].items() if name in steps]
    return decision


def _mirror(payload: dict[str, Any]) -> None:
    """Give the decision the members that it has in common with the event."""
    if isinstance(payload.get("decision"), dict):
        for name in load()["decision"]["mirrored"]:
            if payload.get(name, ABSENT) is not ABSENT:
                payload["decision"][name] = payload[name]


def _known(what: str, name: object, known: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a str, not {name.__class__.__name__}")
    if name not in known:
        raise ValueError(f"unknown {what}: {name!r}; known are {', '.join(known)}")
    return name


def _check_members(members: Any) -> None:
    for name in members:
        if name not in load()["members"]:
            raise TypeError(
                f"delivery() has no option {name!r}, and Didit documents no member of that name. Members are "
                f"{', '.join(load()['members'])}; .changed({name}=...) adds any other"
            )


def _seconds(now: Time) -> int:
    """Return whole seconds. The core decides what is a time and what is not."""
    return int(sign("{}", "any", signed_at=now)["X-Timestamp"])


def _seed(seed: object) -> str:
    if seed is None:
        return secrets.token_hex(16)
    if isinstance(seed, bool) or not isinstance(seed, int | str):
        raise TypeError(f"seed must be an int, a str or None, not {seed.__class__.__name__}")
    return str(seed)
