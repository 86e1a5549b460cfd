"""Every form in which a program may hold a body."""

import array
import io
import mmap
from collections.abc import Callable
from typing import Any

import pytest

from deliveries import SECRET, Delivery
from didit_client import PayloadError, Verifier, canonicalize, parse_unsigned, sign

FORMS: list[Callable[[bytes], Any]] = [
    bytes,
    type("Bytes", (bytes,), {}),
    bytearray,
    memoryview,
    lambda body: memoryview(bytearray(body)),
    lambda body: memoryview(b"xx" + body + b"yy")[2:-2],
    lambda body: memoryview(b"".join(bytes([byte, 0]) for byte in body))[::2],
    lambda body: memoryview(body[::-1])[::-1],
    lambda body: array.array("B", body),
    lambda body: io.BytesIO(body).getbuffer(),
    bytes.decode,
    lambda body: type("Text", (str,), {})(body.decode()),
]


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: Callable[[bytes], Any], delivery: Delivery) -> None:
    given = form(delivery.body)
    verified = Verifier(SECRET).verify(given, delivery.headers, delivery.now)
    assert verified.bytes == canonicalize(delivery.body) == canonicalize(given)
    assert type(verified.bytes) is bytes
    assert verified.event.to_dict() == delivery.payload
    assert sign(given, SECRET) == sign(delivery.body, SECRET)


def test_memory_map(delivery: Delivery) -> None:
    with mmap.mmap(-1, len(delivery.body)) as mapped:
        mapped.write(delivery.body)
        assert Verifier(SECRET).verify(mapped, delivery.headers, delivery.now).scheme == "v2"


def test_authenticated_bytes_are_the_callers_own_object(delivery: Delivery) -> None:
    verifier = Verifier(SECRET)
    assert verifier.verify(delivery.body, delivery.headers, delivery.now).bytes is delivery.body
    raw = Verifier(SECRET, schemes=("raw",))
    spaced = b" " + delivery.body
    assert raw.verify(spaced, sign(spaced, SECRET), delivery.now).bytes is spaced
    assert canonicalize(delivery.body) is delivery.body
    assert canonicalize(spaced) == delivery.body


def test_a_change_after_the_call_changes_nothing(delivery: Delivery) -> None:
    body = bytearray(delivery.body)
    verified = Verifier(SECRET).verify(body, delivery.headers, delivery.now)
    body[:] = b"x" * len(body)
    assert verified.event.to_dict() == delivery.payload


@pytest.mark.parametrize(
    "value", [{}, [], None, 7, 1.5, object(), [123, 125], array.array("I", [1]), io.BytesIO(b"{}")]
)
def test_anything_else_is_a_type_error(value: Any) -> None:
    for entry in (
        lambda: canonicalize(value),
        lambda: Verifier(SECRET).verify(value, {}, 0),
        lambda: sign(value, SECRET),
        lambda: parse_unsigned(value),
    ):
        with pytest.raises(TypeError, match="body must be bytes, bytearray, memoryview or str, not"):
            entry()


def test_mistakes_are_explained() -> None:
    with pytest.raises(TypeError, match="verify_parsed"):
        Verifier(SECRET).verify({"status": "Approved"}, {})  # type: ignore[arg-type]

    async def body() -> bytes:
        return b"{}"

    unawaited: Any = body()
    with pytest.raises(TypeError, match="await"):
        Verifier(SECRET).verify(unawaited, {})
    unawaited.close()


@pytest.mark.parametrize("text", ["\ud800", '{"a":"\udfff"}', '"\ud83d\ude00"'])
def test_text_without_utf8_form(text: str) -> None:
    with pytest.raises(PayloadError) as caught:
        canonicalize(text)
    assert caught.value.code == "invalid_utf8"


def test_body_limit(delivery: Delivery) -> None:
    length = len(delivery.body)
    assert Verifier(SECRET, max_body=length).verify(delivery.body, delivery.headers, delivery.now)
    for limit in (length - 1, 0):
        verifier = Verifier(SECRET, max_body=limit)
        for action in (
            lambda verifier=verifier: verifier.verify(delivery.body, delivery.headers, delivery.now),
            lambda verifier=verifier: verifier.verify_parsed(delivery.payload, delivery.headers, delivery.now),
        ):
            with pytest.raises(PayloadError) as caught:
                action()
            assert (caught.value.code, caught.value.http_status) == ("body_too_large", 413)


def test_canonicalize_has_no_limit() -> None:
    body = b'["' + b"x" * 3_000_000 + b'"]'
    assert canonicalize(body) is body
