"""Transactions of SQLite: ours wait for their turn, and what goes wrong in them is the store's or the application's."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import django
import pytest

django.setup()

from django.core.management import call_command
from django.core.signals import got_request_exception
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from didit_client import Verifier, sign
from didit_client.django import transactions
from didit_client.django.models import ProcessedEvent, Verification
from didit_client.django.receiver import DjangoReceiver
from didit_client.django.store import DjangoStore
from didit_client.django.views import webhook
from didit_client.store import MemoryStore
from django_settings import SECRET
from test_django import body
from test_django_kept import deliver, statements, verbs

__all__ = ["statements"]

pytestmark = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own rules")


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    call_command("migrate", verbosity=0)
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def empty(tables: None) -> Iterator[None]:
    # Who waits for a lock here waits in vain.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
    yield
    for model in (ProcessedEvent, Verification):
        model.objects.all().delete()
    connections.close_all()


@pytest.fixture
def other() -> Iterator[sqlite3.Connection]:
    """Another process."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)) as other:
        yield other


def is_locked(other: sqlite3.Connection) -> bool:
    try:
        other.execute("UPDATE didit_verification SET source = source WHERE 1 = 0")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False


@pytest.mark.parametrize(
    "options", [{}, {"verifications": False}, {"store": MemoryStore()}], ids=["all", "events", "verifications"]
)
def test_nobody_writes_between_what_a_handler_reads_and_writes(
    options: dict[str, Any], other: sqlite3.Connection
) -> None:
    seen: list[bool] = []

    # Its class of events leaves nothing in `Verification`.
    def handle(event: Any) -> None:
        Verification.objects.count()
        seen.append(is_locked(other))
        Verification.objects.update(vendor_data="")

    view = webhook(slow_after=None, **options)(handle)
    assert deliver(view, body(webhook_type="user.status.updated", session_id=None)) == 200
    assert seen == [True]
    assert not is_locked(other)


@pytest.mark.parametrize("mode", [None, "IMMEDIATE"])
def test_a_transaction_that_begins_immediate_needs_no_write(mode: str | None, other: sqlite3.Connection) -> None:
    connection.ensure_connection()
    taken: list[str] = []
    connection.connection.set_trace_callback(taken.append)
    connection.transaction_mode = mode
    try:
        with transactions.writing("default", Verification):
            assert is_locked(other)
    finally:
        connection.transaction_mode = None
        connection.connection.set_trace_callback(None)
    assert any("WHERE 1 = 0" in statement for statement in taken) == (mode is None)


def test_a_turn_is_waited_for_and_the_time_out_stays(other: sqlite3.Connection) -> None:
    def time_out() -> int:
        (milliseconds,) = connection.connection.execute("PRAGMA busy_timeout").fetchone()
        return int(milliseconds)

    connection.connection.execute("PRAGMA busy_timeout = 60000")
    other.execute("BEGIN IMMEDIATE")
    asked: list[float] = []

    def looked(_seconds: float) -> None:
        asked.append(_seconds)
        if len(asked) == 5:
            other.execute("COMMIT")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transactions.time, "sleep", looked)
        assert DjangoStore().claim("didit", "e-1").answer == "new"
    assert (len(asked), time_out()) == (5, 60000)
    connection.connection.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="store_unavailable"):
        DjangoStore().claim("didit", "e-2")
    other.execute("ROLLBACK")
    assert time_out() == 0


def test_what_is_known_of_a_session_is_changed_outside_of_a_view(other: sqlite3.Connection) -> None:
    content = body()
    verified = Verifier(SECRET).verify(content, sign(content, SECRET))
    Verification.objects.apply(verified)
    row = Verification.objects.get()
    other.execute("BEGIN IMMEDIATE")
    for write in (lambda: Verification.objects.apply(verified), lambda: row.set_status("Declined", 2**31)):
        with pytest.raises(Exception, match="store_unavailable"):
            write()
    other.execute("COMMIT")
    row.set_status("Declined", 2**31)
    assert Verification.objects.get().status == "Declined"


def test_a_claim_is_renewed_by_one_statement(statements: list[str]) -> None:
    store = DjangoStore()
    claim = store.claim("didit", "e-1")
    statements.clear()
    assert store.renew(claim) is True
    assert verbs(statements) == ["BEGIN", "UPDATE"]
    store.release(claim)
    assert store.renew(claim) is False


def test_a_database_that_is_locked_in_our_own_statement(
    other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one_transaction, release = DjangoReceiver.one_transaction, DjangoStore.release
    reported: list[Any] = []

    def locked(self: DjangoReceiver) -> Any:
        other.execute("BEGIN IMMEDIATE")
        return one_transaction(self)

    def unlocked(self: DjangoStore, claim: Any) -> bool:
        other.execute("ROLLBACK")
        return release(self, claim)

    monkeypatch.setattr(DjangoReceiver, "one_transaction", locked)
    monkeypatch.setattr(DjangoStore, "release", unlocked)

    def remember(sender: Any, **_: Any) -> None:
        reported.append(sender)

    got_request_exception.connect(remember)
    view, content, done = webhook(slow_after=None)(lambda event: done.append(event)), body(), list[Any]()
    assert deliver(view, content) == 503
    got_request_exception.disconnect(remember)
    assert (done, reported) == ([], [])
    assert "store_unavailable: OperationalError: database is locked" in caplog.text
    monkeypatch.undo()
    assert deliver(view, content) == 200
    assert ProcessedEvent.objects.get().attempts == 2


def test_a_database_that_is_locked_in_the_handlers_own_statement(caplog: pytest.LogCaptureFixture) -> None:
    def handle(event: Any) -> None:
        raise OperationalError("database is locked: Jane Sample")

    with caplog.at_level(logging.ERROR, "didit_client.webhook"):
        assert deliver(webhook(slow_after=None)(handle), body()) == 500
    (said,) = [record for record in caplog.records if record.name == "didit_client.webhook"]
    first, *stack = said.getMessage().splitlines()
    assert first == "webhook handler_failed: OperationalError: database is locked"
    assert stack[-1].endswith(".handle")
    assert "Jane" not in said.getMessage() + str(said.__dict__)


@pytest.mark.parametrize("failure", [OperationalError, IntegrityError])
def test_what_the_handler_does_after_the_commit_is_its_own(failure: type[Exception]) -> None:
    def later() -> None:
        raise failure

    view, content = webhook(slow_after=None)(lambda _: transaction.on_commit(later)), body()
    assert deliver(view, content) == 500
    # It was done, and is not done again.
    assert deliver(view, content) == 200
    assert ProcessedEvent.objects.get().state == "done"


@pytest.mark.parametrize(("failure", "status"), [(OperationalError, 503), (IntegrityError, 500)])
def test_a_commit_that_fails(failure: type[Exception], status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deferred constraint is broken by what the application has written."""
    backend = type(connections["default"])
    commit = backend._commit
    fails: list[bool] = []

    def committing(self: Any) -> None:
        if fails:
            raise failure
        commit(self)

    monkeypatch.setattr(backend, "_commit", committing)
    view, content = webhook(slow_after=None)(lambda _: fails.append(True)), body()
    release = DjangoStore.release

    def released(self: DjangoStore, claim: Any) -> bool:
        fails.clear()
        return release(self, claim)

    monkeypatch.setattr(DjangoStore, "release", released)
    assert deliver(view, content) == status
    assert (ProcessedEvent.objects.get().state, Verification.objects.count()) == ("released", 0)


def test_a_record_that_the_handler_has_undone_is_none() -> None:
    def handle(delivery: Any) -> None:
        with suppress(LookupError), transaction.atomic():
            delivery.complete(connection)
            raise LookupError

    assert deliver(webhook(slow_after=None, delivery=True)(handle), body()) == 500
    assert ProcessedEvent.objects.get().state == "released"
