"""The table of errors, and what errors may never hold."""

import copy
import json
import logging
import pickle
import traceback
import typing
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import didit_client
import faults
from api_clients import KEY
from deliveries import NOW, SECRET, Delivery, canonical, mac
from didit_client import DiditError, Verifier, WebhookError, _native, canonicalize, errors
from didit_client.store import Claim, MemoryStore, SQLiteStore
from didit_client.types import ErrorCode
from vectors import load

TABLE = {row["code"]: row for row in load("errors.json")["codes"]}


def test_table_in_both_directions() -> None:
    here = {code: (kind, status, hint) for code, kind, status, hint in _native.error_codes()}
    assert here == {code: (row["class"], row["http_status"], row["hint"]) for code, row in TABLE.items()}
    assert set(typing.get_args(ErrorCode)) == set(TABLE)


def test_classes() -> None:
    named = {row["class"] for row in TABLE.values()}
    bases = {"DiditError", "WebhookError"}
    assert named | bases | {"FieldError"} == set(errors.__all__)
    for name in errors.__all__:
        assert getattr(didit_client, name) is getattr(errors, name)
    for name in ("SignatureError", "TimestampError", "PayloadError"):
        assert issubclass(getattr(errors, name), WebhookError)
    for name in ("AuthenticationError", "InvalidRequestError", "NotFoundError", "RateLimitError", "ServerError"):
        assert issubclass(getattr(errors, name), errors.ApiError)
    assert issubclass(errors.TransportTimeoutError, errors.TransportError)
    for name in ("ConfigurationError", "InternalError", "ApiError", "TransportError", "CancelledError"):
        assert issubclass(getattr(errors, name), DiditError)
        assert not issubclass(getattr(errors, name), WebhookError)
    assert not issubclass(DiditError, ValueError | TypeError)


@pytest.mark.parametrize("code", TABLE)
def test_each_code(code: str) -> None:
    row, error = TABLE[code], _native.error(code)
    assert type(error) is getattr(errors, row["class"])
    assert (error.code, error.hint, error.http_status) == (code, row["hint"], row["http_status"])
    assert (error.position, error.paths) == (None, ())
    assert str(error) == f"{code}: {row['message']}. {row['hint']}"
    assert repr(error) == f"{row['class']}({str(error)!r})"
    error.add_note("a note")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def test_unknown_code() -> None:
    with pytest.raises(ValueError):
        _native.error("no_such_code")


def test_position_and_paths() -> None:
    with pytest.raises(DiditError) as caught:
        canonicalize(b'{"a": tru}')
    assert isinstance(caught.value.position, int)
    assert f"byte {caught.value.position}" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).position == caught.value.position


PRIVATE = "Ottilie-Sekretova"


def failures() -> dict[str, Callable[[], Any]]:
    """One failing call for each code that a delivery can bring about."""
    genuine = Delivery.of({"timestamp": NOW, "status": "Approved", "vendor_data": PRIVATE, "environment": "live"})
    verifier = Verifier(SECRET)

    def delivery(body: bytes, verifier: Verifier = verifier, **headers: Any) -> Callable[[], Any]:
        signed = {"X-Signature-V2": mac(body), "X-Timestamp": str(NOW)} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return lambda: verifier.verify(body, signed, NOW)

    def text(value: str) -> bytes:
        return f'{{"vendor_data":"{PRIVATE}","timestamp":{NOW},{value}}}'.encode()

    def at(now: int, **options: Any) -> Callable[[], Any]:
        return lambda: Verifier(SECRET, **options).verify(genuine.body, genuine.headers, now)

    def parsed(payload: Any) -> Callable[[], Any]:
        return lambda: verifier.verify_parsed(payload, genuine.headers, NOW)

    whole = genuine.body
    array, no_time = json.dumps([PRIVATE]).encode(), json.dumps({"vendor_data": PRIVATE}).encode()
    simple = Verifier(SECRET, schemes=("simple",))
    store = MemoryStore()
    return {
        "missing_signature": delivery(whole, X_Signature_V2=None),
        "malformed_signature": delivery(whole, X_Signature_V2=PRIVATE),
        "duplicate_header": delivery(whole, X_Signature_V2=[PRIVATE, "0" * 64]),
        "signature_mismatch": delivery(whole, X_Signature_V2="0" * 64),
        "missing_timestamp": delivery(whole, X_Timestamp=None),
        "malformed_timestamp": delivery(whole, X_Timestamp=PRIVATE),
        "body_too_large": at(NOW, max_body=10),
        "invalid_utf8": delivery(text('"a":"') + b'\xff"}'),
        "unexpected_bom": delivery(b"\xef\xbb\xbf" + whole),
        "syntax": delivery(whole[:-1]),
        "lone_surrogate": delivery(text(r'"a":"\ud800"')),
        "integer_too_long": delivery(text('"a":' + "7" * 4301)),
        "number_out_of_range": delivery(text('"a":1e999')),
        "too_deep": delivery(text('"a":' + "[" * 1001 + "]" * 1001)),
        "duplicate_key": delivery(text(f'"vendor_data":"{PRIVATE}"')),
        "unsupported_value": parsed({"vendor_data": PRIVATE, "a": PRIVATE.encode()}),
        "parsed_precision": parsed({"vendor_data": PRIVATE, "a": 1e300}),
        "ambiguous_field": delivery(text('"status":"a:b"'), simple, X_Signature_Simple="0" * 64),
        "body_not_object": delivery(array, X_Signature_V2=mac(array)),
        "invalid_body_timestamp": delivery(no_time, X_Signature_V2=mac(canonical({"vendor_data": PRIVATE}))),
        "timestamp_mismatch": delivery(
            whole,
            Verifier(SECRET, header_timestamp="equal"),
            X_Signature_V2=genuine.headers["X-Signature-V2"],
            X_Timestamp=str(NOW + 1),
        ),
        "timestamp_too_old": at(NOW + 301),
        "timestamp_in_future": at(NOW - 301),
        "wrong_environment": at(NOW, environments=("sandbox",)),
        "missing_secret": lambda: Verifier([SECRET, ""]),
        "store_unavailable": lambda: SQLiteStore("/no such folder/events.db"),
        "claim_lost": lambda: store.complete(Claim("didit", PRIVATE, "new", SECRET)),
        "internal_error": _native._panic,
    }


# Those of the store have tests of their own.
OF_STORES = {code for code, row in TABLE.items() if row["class"] == "StoreError"}


def test_every_code_has_a_failure() -> None:
    assert failures().keys() | faults.FAILING.keys() | OF_STORES == TABLE.keys()


@pytest.fixture(scope="module")
def servers() -> Iterator[None]:
    yield
    faults.end_servers()


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("code", [code for code in TABLE if code not in OF_STORES])
def test_no_error_tells_a_secret(
    code: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DiditError) as caught:
        {**failures(), **faults.FAILING}[code]()
    error = caught.value
    assert error.code == code
    told = [
        str(error),
        repr(error),
        repr(vars(error)),
        repr(error.args),
        "".join(traceback.format_exception_only(error)),
    ]
    told += [caplog.text, *capfd.readouterr()]
    genuine = Delivery.of({"timestamp": NOW, "status": "Approved", "vendor_data": PRIVATE, "environment": "live"})
    for private in (SECRET, PRIVATE, KEY, *(value for name, value in genuine.headers.items() if "Signature" in name)):
        assert not any(private in text for text in told)
    assert error.__cause__ is None
    assert error.__context__ is None
