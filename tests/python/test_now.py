"""The current time: what is accepted as one."""

import datetime
import math
import time
from typing import Any

import pytest

from deliveries import SECRET, Delivery
from didit_client import TimestampError, Verifier, sign

UTC = datetime.UTC
EAST = datetime.timezone(datetime.timedelta(hours=9))


class Clock(int):
    """An int by another name."""


def at(now: Any, delivery: Delivery) -> Any:
    return Verifier(SECRET, max_age=0, max_future=0).verify(delivery.body, delivery.headers, now)


def test_accepted(delivery: Delivery) -> None:
    now = delivery.now
    moments = [now, Clock(now), float(now), now + 0.999]
    moments += [datetime.datetime.fromtimestamp(now, zone) for zone in (UTC, EAST)]
    moments += [datetime.datetime.fromtimestamp(now, UTC).replace(microsecond=999_999)]
    for moment in moments:
        assert at(moment, delivery).signed_at == now


def test_floors(delivery: Delivery) -> None:
    with pytest.raises(TimestampError) as caught:
        at(delivery.now - 0.001, delivery)
    assert caught.value.code == "timestamp_in_future"
    with pytest.raises(TimestampError) as caught:
        at(delivery.now + 1, delivery)
    assert caught.value.code == "timestamp_too_old"


@pytest.mark.parametrize(
    "now",
    [
        True,
        "1774970000",
        b"1",
        [1],
        object(),
        math.nan,
        math.inf,
        -math.inf,
        1_774_970_000_000,
        1_774_970_000_000.5,
        10**30,
        1e300,
        -(10**30),
        datetime.datetime(2026, 1, 1),
        datetime.date(2026, 1, 1),
        datetime.timedelta(seconds=1),
    ],
)
def test_refused(now: Any, delivery: Delivery) -> None:
    for action in (
        lambda: at(now, delivery),
        lambda: Verifier(SECRET).verify_parsed(delivery.payload, delivery.headers, now),
        lambda: Verifier(SECRET, clock=lambda: now).verify(delivery.body, delivery.headers),
        lambda: sign(delivery.body, SECRET, signed_at=now),
    ):
        with pytest.raises(TypeError):
            action()


def test_clock(delivery: Delivery) -> None:
    calls = []

    def clock() -> float:
        calls.append(1)
        return delivery.now + 0.5

    verifier = Verifier(SECRET, clock=clock)
    verifier.verify(delivery.body, delivery.headers)
    verifier.verify_parsed(delivery.payload, delivery.headers)
    verifier.verify(delivery.body, delivery.headers, now=delivery.now)
    assert len(calls) == 2
    for wrong in (7, "time", 1.5):
        with pytest.raises(TypeError, match="clock"):
            Verifier(SECRET, clock=wrong)  # type: ignore[arg-type]


def test_default_clock() -> None:
    delivery = Delivery.of({"timestamp": int(time.time()), "status": "Approved"})
    assert Verifier(SECRET).verify(delivery.body, delivery.headers).event.status == "Approved"
    stale = Delivery.of({"timestamp": int(time.time()) - 400})
    with pytest.raises(TimestampError):
        Verifier(SECRET).verify(stale.body, stale.headers)


def test_signed_at(delivery: Delivery) -> None:
    moment = datetime.datetime.fromtimestamp(1_700_000_000, EAST)
    for signed_at in (1_700_000_000, 1_700_000_000.9, moment):
        assert sign(delivery.body, SECRET, signed_at=signed_at)["X-Timestamp"] == "1700000000"
    assert sign(delivery.body, SECRET)["X-Timestamp"] == str(delivery.now)
    assert "X-Timestamp" not in sign(b"{}", SECRET)
