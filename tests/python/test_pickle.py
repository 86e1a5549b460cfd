"""What may travel between processes, and what may not."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from deliveries import NOW, SECRET, Delivery, fixture_names
from didit_client import Verifier, _native, parse_unsigned

WAYS: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy]
WAYS += [
    lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scheme", ["v2", "raw", "simple"])
def test_verdicts_and_events(scheme: str, way: Callable[[Any], Any]) -> None:
    for name in fixture_names():
        delivery = Delivery.of_fixture(name)
        verified = Verifier(SECRET, schemes=(scheme,)).verify(delivery.body, delivery.headers, delivery.now)
        twin = way(verified)
        assert twin == verified
        assert hash(twin) == hash(verified)
        assert repr(twin) == repr(verified)
        event = way(verified.event)
        assert event == verified.event
        assert (type(event), event.outcome, event.to_dict()) == (
            type(verified.event),
            verified.event.outcome,
            verified.event.to_dict(),
        )
        if scheme == "simple":
            with pytest.raises(AttributeError, match="X-Signature-Simple"):
                _ = event.vendor_data
        elif verified.event.decision is not None:  # type: ignore[union-attr]
            assert way(event.decision) == event.decision


@pytest.mark.parametrize("way", WAYS)
def test_unsigned(way: Callable[[Any], Any]) -> None:
    event = parse_unsigned(b'{"webhook_type":"kyb.registry_search.resolved"}')
    twin = way(event)
    assert twin == event
    assert (type(twin), twin.type, twin.authenticated) == (type(event), event.type, False)


@pytest.mark.parametrize("way", WAYS)
def test_a_verifier_refuses(way: Callable[[Any], Any]) -> None:
    verifier = Verifier(SECRET)
    for value in (verifier, {"verifier": verifier}, verifier._native):
        if isinstance(value, dict) and way is copy.copy:
            continue
        with pytest.raises(TypeError, match=r"cannot (be )?pickle"):
            way(value)


def test_a_pickle_that_holds_no_event() -> None:
    for body, scheme in ((b"[]", "v2"), (b"x", "v2"), (b"{}", "v9"), (b"[", None)):
        with pytest.raises(ValueError if scheme else Exception):
            _native.restore_payload(body, scheme)
    assert _native.restore_payload(b'{"timestamp":%d}' % NOW, "v2").get("timestamp") == NOW
