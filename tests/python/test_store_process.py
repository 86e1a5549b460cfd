"""The SQLite store between threads and forked processes: nobody waits who must not, or for ever."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from didit_client.store import SQLiteStore

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
PATIENCE_SECONDS = 60


# The locks of SQLite are those of a process, so that a writer in this one would hold up nobody.
WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("writing", flush=True)
sys.stdin.read()
"""


@contextmanager
def waiting(store: SQLiteStore, path: Path) -> Iterator[threading.Thread]:
    """A thread that is in the middle of a call, because another process is writing."""
    command = [sys.executable, "-c", WRITER, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "writing\n"
        thread = threading.Thread(target=store.claim, args=("other", "e"))
        thread.start()
        # It has the connection when a call that only reads, and does not wait, finds it taken.
        while store.try_is_done("other", "e") is not None:
            assert thread.is_alive()
            time.sleep(0.001)
        yield thread
        writer.communicate()
    thread.join()


def test_what_must_not_wait_does_not_wait_for_a_thread(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "events.db")
    claim = store.claim("suite", "held")
    with waiting(store, tmp_path / "events.db") as thread:
        said = [
            store.try_claim("suite", "e-1"),
            store.try_renew(claim),
            store.try_complete(claim),
            store.try_release(claim),
            store.try_is_done("suite", "held"),
        ]
        assert thread.is_alive(), "the calls waited until the thread was done"
    assert said == [None] * 5
    assert store.try_claim("suite", "e-1") is not None
    assert store.try_complete(claim) is True


def test_children_that_are_forked_at_any_moment(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "events.db")
    over = threading.Event()

    def hammer() -> None:
        while not over.is_set():
            store.complete(store.claim("parent", str(uuid.uuid4())))

    threads = [threading.Thread(target=hammer) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(40):
            child = os.fork()
            if child == 0:
                signal.alarm(PATIENCE_SECONDS)
                store.complete(store.claim("child", f"e-{number}"))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert all(store.is_done("child", f"e-{number}") for number in range(40))


def test_generations_of_processes(tmp_path: Path) -> None:
    """Each uses the store and forks the next, more often than there are places for connections."""
    store = SQLiteStore(tmp_path / "events.db")
    first = os.fork()
    if first == 0:
        for generation in range(20):
            store.complete(store.claim("generation", f"e-{generation}"))
            child = os.fork()
            if child != 0:
                _, status = os.waitpid(child, 0)
                os._exit(os.waitstatus_to_exitcode(status) != 0)
        os._exit(0)
    _, status = os.waitpid(first, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert all(store.is_done("generation", f"e-{generation}") for generation in range(20))
