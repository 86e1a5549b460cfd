"""Secrets and the other options of a verifier."""

import array
import datetime
from typing import Any

import pytest

from deliveries import SECRET, Delivery
from didit_client import ConfigurationError, PayloadError, SignatureError, Verifier, sign


@pytest.mark.parametrize("secrets", [None, "", b"", [], (), [""], [b""], ["", "b"], ["a", ""], [None], ["a", None]])
def test_missing(secrets: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Verifier(secrets)
    assert (caught.value.code, caught.value.http_status) == ("missing_secret", 500)


@pytest.mark.parametrize(
    "secrets",
    [
        7,
        True,
        1.5,
        object(),
        {"a"},
        {"a": 1},
        [7],
        ["a", 7],
        bytearray(b"abc"),
        memoryview(b"abc"),
        iter("a"),
        [["a"]],
        array.array("B", b"a"),
    ],
)
def test_wrong_types(secrets: Any) -> None:
    with pytest.raises(TypeError):
        Verifier(secrets)


def test_lone_surrogate_is_not_shown() -> None:
    with pytest.raises(ValueError, match="UTF-8") as caught:
        Verifier("top-secret\ud800")
    assert "top-secret" not in repr(vars(caught.value)) + repr(caught.value)
    assert not hasattr(caught.value, "object")


@pytest.mark.parametrize(
    "secrets", [SECRET, SECRET.encode(), [SECRET], (SECRET.encode(),), ("other", SECRET), ["a", b"b", SECRET]]
)
def test_accepted(secrets: Any, delivery: Delivery) -> None:
    verified = Verifier(secrets).verify(delivery.body, delivery.headers, delivery.now)
    assert verified.secret_index == (0 if isinstance(secrets, str | bytes) else len(secrets) - 1)


@pytest.mark.parametrize("changed", [SECRET + "\n", " " + SECRET, SECRET.upper(), SECRET[:-1], "whsec_" + SECRET])
def test_a_secret_is_used_as_it_is(changed: str, delivery: Delivery) -> None:
    with pytest.raises(SignatureError) as caught:
        Verifier(changed).verify(delivery.body, delivery.headers, delivery.now)
    assert caught.value.code == "signature_mismatch"


def test_non_ascii_secret() -> None:
    payload = {"timestamp": 1_774_970_000}
    delivery = Delivery.of(payload, "schlüssel-日本")
    for secret in ("schlüssel-日本", "schlüssel-日本".encode()):
        assert Verifier(secret).verify(delivery.body, delivery.headers, delivery.now)
        assert sign(delivery.body, secret)["X-Signature-V2"] == delivery.headers["X-Signature-V2"]


def test_sign_needs_a_secret() -> None:
    for secret in ("", b"", None):
        with pytest.raises(ConfigurationError):
            sign(b"{}", secret)  # type: ignore[arg-type]
    for secret in (7, ["a"]):
        with pytest.raises(TypeError):
            sign(b"{}", secret)  # type: ignore[arg-type]


def test_repr_shows_options_and_no_key() -> None:
    verifier = Verifier(["key-one", "key-two"], environments=("live",))
    assert repr(verifier) == (
        "Verifier(schemes=('v2', 'raw'), max_age=300, max_future=300, header_timestamp='fresh', "
        "max_body=1048576, environments=('live',))"
    )
    assert repr(Verifier("k", schemes=("v1",), max_future=0)).startswith(
        "Verifier(schemes=('v1',), max_age=600, max_future=0"
    )


@pytest.mark.parametrize(
    "options",
    [
        {"schemes": ()},
        {"schemes": ("v3",)},
        {"schemes": ("V2",)},
        {"schemes": ("v2", "simple")},
        {"schemes": ("v1", "raw")},
        {"schemes": ("",)},
        {"max_age": -1},
        {"max_age": 2**64},
        {"max_future": -1},
        {"max_body": -1},
        {"header_timestamp": "loose"},
        {"environments": ()},
        {"environments": ("test",)},
        {"environments": ("live",), "schemes": ("simple",)},
    ],
)
def test_wrong_options(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Verifier(SECRET, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"schemes": "v2"},
        {"schemes": None},
        {"schemes": (2,)},
        {"schemes": {"v2"}},
        {"max_age": 300.0},
        {"max_age": True},
        {"max_age": "300"},
        {"max_age": datetime.timedelta(minutes=5)},
        {"max_future": None},
        {"max_body": 1.5},
        {"header_timestamp": None},
        {"header_timestamp": True},
        {"environments": "live"},
        {"environments": (None,)},
        {"unknown": 1},
    ],
)
def test_options_of_wrong_types(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Verifier(SECRET, **options)


def test_options_are_by_name_only() -> None:
    with pytest.raises(TypeError):
        Verifier(SECRET, ("v2",))  # type: ignore[misc]


def test_environments() -> None:
    sandbox = Delivery.of_fixture("webhook_status_updated_sandbox")
    live = Delivery.of_fixture("webhook_status_updated_approved")
    verifier = Verifier(SECRET, environments=["live"])
    assert verifier.verify(live.body, live.headers, live.now).event.outcome == "granted"
    with pytest.raises(PayloadError) as caught:
        verifier.verify(sandbox.body, sandbox.headers, sandbox.now)
    assert caught.value.code == "wrong_environment"


def test_parsed_bodies_need_v2(delivery: Delivery) -> None:
    for scheme in ("raw", "simple", "v1"):
        with pytest.raises(ValueError, match="X-Signature-V2"):
            Verifier(SECRET, schemes=(scheme,)).verify_parsed(delivery.payload, delivery.headers, delivery.now)


def test_a_window_that_is_most_likely_in_milliseconds_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    Verifier(SECRET, max_age=86_400, max_future=86_400)
    assert not caplog.records
    Verifier(SECRET, max_age=300_000)
    (record,) = caplog.records
    assert record.name == "didit_client.webhook"
    assert record.getMessage().startswith("max_age is 300000 seconds")
    assert "not milliseconds" in record.getMessage()
