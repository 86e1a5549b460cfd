"""Every form in which frameworks hand out request headers."""

import http.client
import io
from collections import OrderedDict
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from deliveries import SECRET, Delivery
from didit_client import SignatureError, TimestampError, Verifier

Pairs = list[tuple[str, str]]


def environ(pairs: Pairs) -> dict[str, Any]:
    """A WSGI environ as servers make it, with values that are no strings."""
    made: dict[str, Any] = {"wsgi.version": (1, 0), "wsgi.input": io.BytesIO(), "wsgi.multithread": True}
    for name, value in pairs:
        made["HTTP_" + name.upper().replace("-", "_")] = value
    return made


def http_message(pairs: Pairs) -> http.client.HTTPMessage:
    text = "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
    return http.client.parse_headers(io.BytesIO(text.encode()))


def django_headers(pairs: Pairs) -> Any:
    from django.http.request import HttpHeaders

    return HttpHeaders(environ(pairs))


def werkzeug_headers(pairs: Pairs) -> Any:
    from werkzeug.datastructures import Headers

    return Headers(pairs)


def werkzeug_environ_headers(pairs: Pairs) -> Any:
    from werkzeug.datastructures import EnvironHeaders

    return EnvironHeaders(environ(pairs))


def asgi(pairs: Pairs) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in pairs]


def starlette_headers(pairs: Pairs) -> Any:
    from starlette.datastructures import Headers

    return Headers(raw=asgi(pairs))


def httpx_headers(pairs: Pairs) -> Any:
    import httpx

    return httpx.Headers(pairs)


class OnlyItems:
    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs

    def items(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)


SOURCES: dict[str, Callable[[Pairs], Any]] = {
    "dict": dict,
    "lower-case dict": lambda pairs: {name.lower(): value for name, value in pairs},
    "upper-case dict": lambda pairs: {name.upper(): value for name, value in pairs},
    "dict of bytes": lambda pairs: {name.encode(): value.encode() for name, value in pairs},
    "dict of lists": lambda pairs: {name: [value] for name, value in pairs},
    "dict of tuples": lambda pairs: {name: (value, value.encode()) for name, value in pairs},
    "dict subclass": OrderedDict,
    "read-only mapping": lambda pairs: MappingProxyType(dict(pairs)),
    "items view": lambda pairs: dict(pairs).items(),
    "only items()": OnlyItems,
    "WSGI environ": environ,
    "ASGI pairs": asgi,
    "ASGI lists": lambda pairs: [list(pair) for pair in asgi(pairs)],
    "pairs of str": list,
    "generator": lambda pairs: (pair for pair in pairs),
    "http.client": http_message,
    "Django": django_headers,
    "Werkzeug": werkzeug_headers,
    "Werkzeug environ": werkzeug_environ_headers,
    "Starlette": starlette_headers,
    "Starlette raw": lambda pairs: starlette_headers(pairs).raw,
    "httpx": httpx_headers,
    "aiohttp": lambda pairs: CIMultiDictProxy(CIMultiDict(pairs)),
}
REPEATING = {
    "ASGI pairs",
    "pairs of str",
    "http.client",
    "Werkzeug",
    "Starlette",
    "aiohttp",
    "generator",
    "only items()",
}


@pytest.mark.parametrize("source", SOURCES)
def test_sources(source: str, delivery: Delivery) -> None:
    headers = SOURCES[source](list(delivery.headers.items()))
    verified = Verifier(SECRET).verify(delivery.body, headers, delivery.now)
    assert (verified.scheme, verified.event.outcome) == ("v2", "granted")


@pytest.mark.parametrize("source", SOURCES)
def test_sources_without_signature(source: str, delivery: Delivery) -> None:
    headers = SOURCES[source]([("X-Timestamp", str(delivery.now)), ("Host", "example.com")])
    with pytest.raises(SignatureError) as caught:
        Verifier(SECRET).verify(delivery.body, headers, delivery.now)
    assert caught.value.code == "missing_signature"


@pytest.mark.parametrize("source", sorted(REPEATING))
def test_a_header_given_twice(source: str, delivery: Delivery) -> None:
    pairs = list(delivery.headers.items())
    same = SOURCES[source]([*pairs, ("x-signature-v2", delivery.headers["X-Signature-V2"])])
    assert Verifier(SECRET, schemes=("v2",)).verify(delivery.body, same, delivery.now)
    different = SOURCES[source]([*pairs, ("x-signature-v2", "0" * 64)])
    with pytest.raises(SignatureError) as caught:
        Verifier(SECRET, schemes=("v2",)).verify(delivery.body, different, delivery.now)
    assert caught.value.code == "duplicate_header"


def test_names_that_differ_in_case_only_are_one_header(delivery: Delivery) -> None:
    headers = delivery.headers | {"x-signature-v2": "0" * 64}
    with pytest.raises(SignatureError) as caught:
        Verifier(SECRET, schemes=("v2",)).verify(delivery.body, headers, delivery.now)
    assert caught.value.code == "duplicate_header"


class Untouchable:
    """Fails at whatever is done with it."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"an irrelevant header was touched: {name}")


def test_irrelevant_headers_are_not_touched(delivery: Delivery) -> None:
    odd: dict[Any, Any] = {"Cookie": Untouchable(), 7: Untouchable(), None: 1, ("a", "b"): 2, "\ud800": 3, b"\xff": 4}
    headers = odd | delivery.headers
    assert Verifier(SECRET).verify(delivery.body, headers, delivery.now)
    assert Verifier(SECRET).verify(delivery.body, list(headers.items()), delivery.now)


@pytest.mark.parametrize("absent", [None, [], (), [None]])
def test_absent_values(absent: Any, delivery: Delivery) -> None:
    with pytest.raises(TimestampError) as caught:
        Verifier(SECRET).verify(delivery.body, delivery.headers | {"X-Timestamp": absent}, delivery.now)
    assert caught.value.code == "missing_timestamp"


@pytest.mark.parametrize("value", [7, 1.5, True, object(), {}, bytearray(b"1"), [7], {"a": 1}])
def test_wrong_values_of_relevant_headers(value: Any, delivery: Delivery) -> None:
    with pytest.raises(TypeError, match=r"header (?i:x-timestamp) must be str or bytes, not"):
        Verifier(SECRET).verify(delivery.body, delivery.headers | {"X-Timestamp": value}, delivery.now)


@pytest.mark.parametrize("value", ["\ud800", "é", b"\xff\xfe", "\u0661\u0667", " 1", "1 ", "+1", "1_0", "1\x00"])
def test_malformed_values_are_the_cores_business(value: Any, delivery: Delivery) -> None:
    with pytest.raises(TimestampError) as caught:
        Verifier(SECRET).verify(delivery.body, delivery.headers | {"X-Timestamp": value}, delivery.now)
    assert caught.value.code == "malformed_timestamp"


@pytest.mark.parametrize(
    "source", [None, 7, "X-Timestamp: 1", b"", object(), ["ab"], [("a",)], [("a", "b", "c")], {"ab"}, [1]]
)
def test_wrong_sources(source: Any, delivery: Delivery) -> None:
    with pytest.raises(TypeError, match="headers must be a mapping or pairs"):
        Verifier(SECRET).verify(delivery.body, source, delivery.now)


def test_a_whole_request_is_not_its_headers(delivery: Delivery) -> None:
    from django.core.handlers.wsgi import WSGIRequest
    from starlette.requests import Request
    from werkzeug.test import create_environ
    from werkzeug.wrappers import Request as FlaskRequest

    made = create_environ()
    for request in (Request({"type": "http", "headers": []}), FlaskRequest(made), WSGIRequest(made)):
        with pytest.raises(TypeError, match=r"pass request\.headers"):
            Verifier(SECRET).verify(delivery.body, request, delivery.now)


def test_errors_of_a_mapping_are_not_swallowed(delivery: Delivery) -> None:
    class Broken:
        def items(self) -> Any:
            raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        Verifier(SECRET).verify(delivery.body, Broken(), delivery.now)
