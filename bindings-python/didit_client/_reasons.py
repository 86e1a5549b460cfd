"""Why something failed, in words that quote nothing: what a log may hold of an exception.

The words of a driver may hold addresses, passwords and values, and those of an application anybody's name.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

from .errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NO_TABLE", "REFUSED", "cause", "database_reason"]

_REASONS = (errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT)
REFUSED: tuple[str, ...] = tuple(map(os.strerror, _REASONS))
NO_TABLE = "no such table"

# What databases always say in the same words, where a driver has not made a number of it.
_SAID = {
    "database is locked": "database is locked",
    "database table is locked": "database table is locked",
    NO_TABLE: NO_TABLE,
    "no such column": "no such column",
    "has no column named": "no such column",
    "unable to open database file": "unable to open database file",
    "attempt to write a readonly database": "attempt to write a readonly database",
    "database or disk is full": "database or disk is full",
    "database disk image is malformed": "database disk image is malformed",
    "password authentication failed": "password authentication failed",
    "the database system is starting up": "the database system is starting up",
}
# SQLSTATE of PostgreSQL, and the numbers of MySQL.
_NUMBERED = {
    "42P01": NO_TABLE,
    "42703": "no such column",
    "40001": "could not serialize",
    "40P01": "deadlock detected",
    "53300": "too many connections",
    1146: NO_TABLE,
    1054: "no such column",
    1205: "lock wait timeout exceeded",
    1213: "deadlock detected",
    1040: "too many connections",
}
_DATABASE_ERRORS = {"OperationalError", "ProgrammingError", "InternalError", "InterfaceError", "DatabaseError"}


def cause(error: BaseException) -> tuple[str, str]:
    """Return the name of what went wrong with a store, and its reason where that quotes nothing.

    The words of a driver may hold addresses, passwords and values; those of the system's error numbers do not.
    """
    chain = list(links(error))
    # What the driver raised says more than what was made of it.
    found = next((link for link in chain if not isinstance(link, StoreError)), error)
    foreign = _foreign()
    for link in chain:
        if isinstance(link, OSError) and not isinstance(link, foreign):
            number = link.errno
            if type(number) is int and number in errno.errorcode:
                return type(found).__name__, os.strerror(number)
        # Drivers that are written in C say it in words; only those of the system are repeated.
        text = str(link)
        said = next((known for known in REFUSED if known in text), None) or database_reason(link)
        if said:
            return type(found).__name__, said
    if named := next((type(link).__name__ for link in chain if isinstance(link, foreign)), ""):
        return type(found).__name__, "" if named == type(found).__name__ else named
    if any(isinstance(link, TimeoutError) for link in chain):
        return type(found).__name__, "no answer in time"
    return type(found).__name__, ""


def links(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and those that led to it."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and len(chain) < 10 and following not in chain:
        chain.append(following)
        yield following
        following = following.__cause__ or following.__context__


def database_reason(error: BaseException) -> str:
    """Return what a database has said, if it is one of the things that are always said in the same words."""
    for link in (error, error.__cause__):
        if type(link).__name__ not in _DATABASE_ERRORS and not hasattr(link, "sqlstate"):
            continue
        # The one is psycopg's, the other psycopg2's.
        number = (
            getattr(link, "sqlstate", None)
            or getattr(link, "pgcode", None)
            or next(iter(getattr(link, "args", ())), None)
        )
        if isinstance(number, str | int) and (reason := _NUMBERED.get(number)):
            return reason
        text = str(link)
        if reason := next((reason for words, reason in _SAID.items() if words in text), ""):
            return reason
    return ""


def _foreign() -> tuple[type[OSError], ...]:
    """Return the classes whose numbers are not the system's, of modules without which there is none of them."""
    names = (("ssl", "SSLError"), ("socket", "gaierror"), ("socket", "herror"))
    classes = (getattr(sys.modules.get(module), name, None) for module, name in names)
    return tuple(found for found in classes if isinstance(found, type))
