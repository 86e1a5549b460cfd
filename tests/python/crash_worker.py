"""A worker of test_crash.py: does the events that it reads from its input, and dies where it is told to.

crash_worker.py STORE URL FOLDER        one line {"event": id, "die": step or null, "slow": bool} for each delivery
"""

import fcntl
import json
import os
import signal
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from didit_client import sign
from didit_client.receiver import Delivery, Receiver, Refused

SECRET = "the-secret-of-the-crash-tests"
LEASE = 0.5
BEGIN = 1774970000


def open_store(kind: str, url: str) -> Any:
    if kind == "sqlite":
        from didit_client.store import SQLiteStore

        return SQLiteStore(url, lease=LEASE)
    if kind == "redis":
        import redis

        from didit_client.store.redis import RedisStore

        return RedisStore(redis.Redis.from_url(url), lease=LEASE)
    if kind == "sqlalchemy":
        import sqlalchemy

        from didit_client.store.sqlalchemy import SQLAlchemyStore

        return SQLAlchemyStore(sqlalchemy.create_engine(url.replace("postgresql", "postgresql+psycopg")), lease=LEASE)
    if kind == "django":
        return django_store(url)
    from psycopg_pool import ConnectionPool

    from didit_client.store.postgres import PostgresStore

    return PostgresStore(ConnectionPool(url, min_size=1, max_size=4, open=True), lease=LEASE)


def django_store(url: str) -> Any:
    os.environ.update(DJANGO_SETTINGS_MODULE="django_settings", DIDIT_TEST_POSTGRES=url)
    import django

    django.setup()
    from didit_client.django.store import DjangoStore

    return DjangoStore(lease=LEASE)


class Worker:
    def __init__(self, kind: str, url: str, folder: str) -> None:
        self.kind, self.folder = kind, Path(folder)
        self.receiver = Receiver(SECRET, store=open_store(kind, url), clock=lambda: BEGIN)
        self.step = ""
        store: Any = self.receiver.store
        if kind == "sqlalchemy":
            self.engine = store._engine
        elif kind == "postgres":
            self.connect = store._pool.connection

    def reach(self, step: str) -> None:
        if step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def deliver(self, order: dict[str, Any]) -> str:
        self.step = order["die"]
        body = json.dumps({"event_id": order["event"], "timestamp": BEGIN})
        delivery = self.receiver.authenticate(body, sign(body, SECRET))
        try:
            self.receiver.begin(delivery)
        except Refused as refused:
            return refused.answer.name
        self.reach("claimed")
        with (self.folder / order["event"]).open("a") as effect:
            try:
                # Given back by the kernel when a worker dies: whoever cannot have it is not alone.
                fcntl.flock(effect, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                (self.folder / "CONCURRENT").write_text(order["event"])
            self.do(delivery, effect, order["slow"])
        self.reach("done")
        name = self.receiver.end(delivery).name
        self.reach("completed")
        return name

    def do(self, delivery: Delivery, effect: Any, slow: bool) -> None:
        self.reach("begun")
        if slow:
            # Longer than the lease, which has to be renewed meanwhile.
            time.sleep(3 * LEASE)
        insert = "INSERT INTO effect VALUES ('%s')" % delivery.key  # noqa: UP031
        if self.kind == "django":
            from django.db import connection, transaction

            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(insert)
                delivery.complete(connection)
                self.reach("uncommitted")
        elif self.kind == "sqlalchemy":
            import sqlalchemy

            with self.engine.begin() as connection:
                connection.execute(sqlalchemy.text(insert))
                delivery.complete(connection)
                self.reach("uncommitted")
        else:
            with self.connect() if self.kind == "postgres" else nullcontext() as connection:
                if connection is None:
                    effect.write("x")
                    effect.flush()
                else:
                    connection.execute(insert)
                    delivery.complete(connection)
                self.reach("uncommitted")


def main() -> None:
    worker = Worker(*sys.argv[1:])
    for line in sys.stdin:
        print(worker.deliver(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
