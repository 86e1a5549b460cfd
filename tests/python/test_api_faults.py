"""Faults at the socket: each ends in the right error or answer, in time, and nothing is sent twice that may not be."""

import asyncio
from collections.abc import Iterator

import pytest

import faults
from api_clients import SESSION_ID, async_client_of, settings
from didit_client import ApiError, Didit, DiditError, TransportError, errors
from vectors import TESTS, load

CLASSES = {row["code"]: row["class"] for row in load("errors.json")["codes"]}


@pytest.fixture(autouse=True, scope="module")
def servers() -> Iterator[None]:
    yield
    faults.end_servers()


@pytest.mark.parametrize("code", faults.FAILING)
def test_each_code(code: str) -> None:
    with pytest.raises(DiditError) as caught:
        faults.FAILING[code]()
    error = caught.value
    assert error.code == code
    assert type(error) is getattr(errors, CLASSES[code])
    if isinstance(error, ApiError | TransportError):
        assert error.attempts <= 1


# Fault, what a GET ends in after at most two repeats, its requests, what a POST ends in, its requests.
TABLE = [
    ("good", "", 1, "", 1),
    ("reset_before", "connection_lost", 3, "connection_lost", 1),
    ("close_before", "connection_lost", 3, "connection_lost", 1),
    ("reset_head", "connection_lost", 3, "connection_lost", 1),
    ("reset_body", "connection_lost", 3, "connection_lost", 1),
    ("reset_after", "", 1, "", 1),
    ("stall", "timeout", 1, "timeout", 1),
    ("stall_head", "timeout", 1, "timeout", 1),
    ("stall_body", "timeout", 1, "timeout", 1),
    ("trickle~1", "", 1, "", 1),
    ("short", "connection_lost", 3, "connection_lost", 1),
    ("long", "", 1, "", 1),
    ("cut", "invalid_response", 1, "invalid_response", 1),
    ("garbage", "invalid_response", 3, "invalid_response", 1),
    ("html", "invalid_response", 1, "invalid_response", 1),
    ("empty", "invalid_response", 1, "invalid_response", 1),
    ("gzip", "", 1, "", 1),
    ("gzip_broken", "invalid_response", 3, "invalid_response", 1),
    ("redirect", "unexpected_status", 1, "unexpected_status", 1),
    ("status~500", "server_error", 1, "server_error", 1),
    ("limited~1", "", 2, "", 2),
    ("limited_date~1", "", 2, "", 2),
    ("storm~1", "", 2, "server_error", 1),
    ("storm~1000", "server_error", 3, "server_error", 1),
    ("delay~100", "", 1, "", 1),
]


@pytest.mark.parametrize(("fault", "read", "reads", "created", "creates"), TABLE, ids=[row[0] for row in TABLE])
def test_fault(fault: str, read: str, reads: int, created: str, creates: int) -> None:
    timeout = 0.4 if fault.startswith("stall") else 20

    def outcome(call) -> str:
        try:
            assert call().status == "Approved"
        except DiditError as error:
            return error.code
        return ""

    getting = faults.client(f"{fault}__get", max_retries=2, timeout=timeout)
    assert outcome(lambda: getting.sessions.decision(SESSION_ID)) == read
    assert faults.server().count(f"{fault}__get")["requests"] == reads
    posting = faults.client(f"{fault}__post", max_retries=2, timeout=timeout)
    # Without vendor_data a repeat would make a second session.
    assert outcome(lambda: posting.sessions.create()) == created
    assert faults.server().count(f"{fault}__post")["posts"] == creates


@pytest.mark.parametrize("fault", ["reset_before", "stall_body", "gzip", "limited~1"])
def test_fault_under_asyncio(fault: str) -> None:
    async def main() -> str:
        url = faults.server().url(f"{fault}__aio")
        async with async_client_of(url, timeout=5 if fault == "limited~1" else 0.5, max_retries=1) as client:
            try:
                return str((await client.sessions.decision(SESSION_ID)).status)
            except DiditError as error:
                return error.code

    expected = {"reset_before": {"connection_lost"}, "stall_body": {"timeout"}}.get(fault, {"Approved"})
    assert asyncio.run(main()) in expected


def decision(url: str, **options: object) -> object:
    return Didit(**settings(url, max_retries=0, **options)).sessions.decision(SESSION_ID).status


def test_certificates() -> None:
    tls = faults.server("--tls")
    localhost, number = tls.url("good", "localhost", "https"), tls.url("good", "127.0.0.1", "https")
    ca_file = TESTS / "faults" / "ca.pem"
    assert decision(localhost, ca_file=ca_file) == "Approved"
    assert decision(localhost, extra_ca_file=str(ca_file)) == "Approved"
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert decision(localhost, environment={name: str(ca_file)}) == "Approved"
    for url, options in (
        (localhost, {}),
        (localhost, {"system_trust_store": True}),
        (number, {"ca_file": ca_file}),
    ):
        with pytest.raises(TransportError) as caught:
            decision(url, **options)
        assert caught.value.code == "tls_failed"


def test_a_ca_file_that_is_none(tmp_path) -> None:
    for path in (tmp_path / "absent.pem", tmp_path):
        with pytest.raises(DiditError) as caught:
            Didit(**settings("https://localhost:1", ca_file=path))
        assert caught.value.code == "invalid_configuration"
