"""kill -9 of workers at every step: 1,000 events, duplicates and retries, four processes, and nothing lost.

With the transactional stores each effect happens exactly once. With the others it happens at least once, and never
twice at the same time.
"""

import json
import random
import subprocess
import sys
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from stores import Servers

# SQLAlchemy takes the same way into the same database as psycopg, and a second to start.
EVENTS = {"sqlite": 1000, "redis": 1000, "postgres": 1000, "sqlalchemy": 200, "django": 1000}
PROCESSES = 4
STEPS = ("claimed", "begun", "uncommitted", "done", "completed")
KILLS_PER_STEP = 4


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


class Didit:
    """Delivers every event until somebody says that it is done, and some of them once more."""

    def __init__(self, command: list[str], events: int) -> None:
        self.command = command
        chance = random.Random(7)
        self.events = [str(uuid.uuid4()) for _ in range(events)]
        doomed = iter(chance.sample(self.events, len(STEPS) * KILLS_PER_STEP))
        self.dies = {next(doomed): step for step in STEPS for _ in range(KILLS_PER_STEP)}
        self.slow = set(chance.sample(self.events, 6))
        queued = self.events + chance.choices(self.events, k=events // 4)
        chance.shuffle(queued)
        # Not a SimpleQueue: CPython 3.11's waits for ever where a race leaves it a negative time-out.
        self.queue: Queue[str] = Queue()
        for event in queued:
            self.queue.put(event)
        self.done: set[str] = set()
        self.kills = 0
        self.answers: dict[str, int] = {}
        self.faults: list[str] = []
        self._lock = threading.Lock()

    def serve(self) -> None:
        try:
            self.deliver_all()
        except Exception:
            # An event would be missing for ever, and the others would wait for it.
            self.faults.append(traceback.format_exc())

    def deliver_all(self) -> None:
        worker = self.start()
        try:
            while len(self.done) < len(self.events) and not self.faults:
                try:
                    event = self.queue.get(timeout=0.2)
                except Empty:
                    continue
                with self._lock:
                    step = self.dies.pop(event, None)
                answer = self.ask(worker, event, step)
                if answer == "":
                    status = self.stop(worker)
                    with self._lock:
                        self.kills += 1
                        if step is None or status != -9:
                            self.faults.append(f"a worker ended by itself with status {status}")
                    worker = self.start()
                with self._lock:
                    self.answers[answer] = self.answers.get(answer, 0) + 1
                    if answer in ("done", "duplicate"):
                        self.done.add(event)
                if answer not in ("done", "duplicate"):
                    # Didit's retry, in less than a minute here.
                    self.queue.put(event)
        finally:
            self.stop(worker)

    def stop(self, worker: Any) -> int:
        with suppress(BrokenPipeError):
            worker.stdin.close()
        status = worker.wait(30)
        worker.stdout.close()
        return int(status)

    def start(self) -> Any:
        return subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, worker: Any, event: str, step: str | None) -> str:
        try:
            worker.stdin.write(json.dumps({"event": event, "die": step, "slow": event in self.slow}) + "\n")
            worker.stdin.flush()
        except BrokenPipeError:
            return ""
        return str(worker.stdout.readline()).strip()


@pytest.mark.parametrize("kind", list(EVENTS))
def test_no_event_is_lost_or_done_twice(kind: str, servers: Servers, tmp_path: Path) -> None:
    server = {"sqlite": "", "redis": "redis"}.get(kind, "postgres")
    url = servers.url(server) if server else str(tmp_path / "events.db")
    effects = tmp_path / "effects"
    effects.mkdir()
    if server == "postgres":
        prepare(url)
    didit = Didit(
        [sys.executable, str(Path(__file__).parent / "crash_worker.py"), kind, url, str(effects)], EVENTS[kind]
    )
    threads = [threading.Thread(target=didit.serve) for _ in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert didit.faults == []
    assert didit.done == set(didit.events), "lost"
    assert didit.kills == len(STEPS) * KILLS_PER_STEP
    assert not (effects / "CONCURRENT").exists(), "two workers did an event at the same time"
    assert didit.answers["duplicate"] > 0
    counts = done_by_event(kind, url, effects)
    assert set(counts) == set(didit.events), "an effect is missing"
    if server == "postgres":
        assert set(counts.values()) == {1}, "an effect happened twice"
    else:
        # Only a worker that died between the effect and its record leaves an event to be done again.
        twice = [event for event, count in counts.items() if count > 1]
        assert len(twice) <= 2 * KILLS_PER_STEP
        assert max(counts.values()) == 2


def prepare(url: str) -> None:
    import psycopg

    from didit_client.store.postgres import PostgresStore

    PostgresStore(lambda: psycopg.connect(url)).create_table()
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS effect")
        connection.execute("CREATE TABLE effect (event text)")


def done_by_event(kind: str, url: str, effects: Path) -> dict[str, int]:
    if kind in ("sqlite", "redis"):
        return {path.name: len(path.read_text()) for path in effects.iterdir()}
    import psycopg

    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT event, count(*) FROM effect GROUP BY event").fetchall())
