"""Transactions in which this package writes, and whose failure is the store's and not the application's."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction
from django.db.utils import Error as DatabaseError
from django.db.utils import InterfaceError, OperationalError

from ..store.protocol import unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model

__all__ = ["failures", "writing"]

_FAILURES: tuple[type[Exception], ...] = (DatabaseError, InterfaceError, OSError)
_LOOK_SECONDS = 0.003
# A COMMIT also fails for what the application has written: a deferred constraint, which is an IntegrityError.
_DOWN: tuple[type[Exception], ...] = (OperationalError, InterfaceError, OSError)


@contextmanager
def failures() -> Iterator[None]:
    """Make `store_unavailable` of what the database says to a statement of this package."""
    try:
        yield
    except transaction.TransactionManagementError:
        # The application has spoiled its transaction before.
        raise
    except _FAILURES as failure:
        raise unavailable(failure) from failure


@contextmanager
def writing(using: str, model: type[Model]) -> Iterator[list[Callable[[], object]]]:
    """Open a transaction that is going to write, or a savepoint within the one that is open.

    It gives a list of what is called after the commit, before whatever the application has put there.

    SQLite refuses a transaction that has read and then wants to write while another one writes, and does so at once,
    whatever its time-out: what was read may be out of date. One that begins with a write waits for its turn. So on
    SQLite the first statement is a write, before the application has read anything.

    Args:
        using: the alias of the database.
        model: one of this package's tables there.

    Raises:
        StoreError: `store_unavailable`: it could not be begun or committed.
    """
    inside: list[BaseException] = []
    over: list[bool] = []
    then: list[Callable[[], object]] = []

    def committed() -> None:
        over.append(True)
        for call in then:
            call()

    connection = connections[using]
    begins = not connection.in_atomic_block
    try:
        with transaction.atomic(using=using):
            try:
                if begins and connection.vendor == "sqlite":
                    with failures():
                        reserve(connection, model)
                transaction.on_commit(committed, using=using)
                yield then
            except BaseException as error:
                inside.append(error)
                raise
    except _DOWN as failure:
        # What came from inside was the application's, and so is what it does after the commit.
        if inside or over:
            raise
        raise unavailable(failure) from failure


def reserve(connection: Any, model: type[Model]) -> None:
    """Write nothing, which takes SQLite's lock for writers as any other write does."""
    if getattr(connection, "transaction_mode", None) in ("IMMEDIATE", "EXCLUSIVE"):
        # Its BEGIN has taken it.
        return
    of: Any = model._meta
    table, column = connection.ops.quote_name(of.db_table), connection.ops.quote_name(of.pk.column)
    statement = f"UPDATE {table} SET {column} = {column} WHERE 1 = 0"  # noqa: S608 (names of our own)
    raw = connection.connection
    if not isinstance(raw, sqlite3.Connection):
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return
    with connection.wrap_database_errors:
        take_turn(raw, statement)


def take_turn(raw: sqlite3.Connection, statement: str) -> None:
    """Run a statement as soon as no other writer is left, within the time-out that the connection has.

    SQLite itself looks ever more rarely, at last ten times a second, so that among busy writers one may wait for
    seconds while the lock changes hands a hundred times.
    """
    (milliseconds,) = raw.execute("PRAGMA busy_timeout").fetchone()
    deadline = time.monotonic() + milliseconds / 1000
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                raw.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
            else:
                return
            time.sleep(_LOOK_SECONDS)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {milliseconds}")
