"""What a delivery costs a Django project's database, and the project that keeps no verifications."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import django
import pytest

django.setup()

from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.test import RequestFactory, override_settings

from didit_client import Verifier, sign
from didit_client.django import conf
from didit_client.django.checks import check_settings
from didit_client.django.models import ProcessedEvent, Verification
from didit_client.django.receiver import DjangoReceiver
from didit_client.django.signals import event_received, verification_changed
from didit_client.django.views import webhook
from didit_client.store import MemoryStore
from django_settings import SECRET
from test_django import body

done: list[Any] = []


def handle(event: Any) -> None:
    done.append((event.session_id, transaction.get_connection().in_atomic_block))


async def handle_async(event: Any) -> None:
    done.append((event.session_id, False))


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    call_command("migrate", verbosity=0)
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def empty(tables: None) -> Iterator[None]:
    yield
    for model in (ProcessedEvent, Verification):
        model.objects.all().delete()
    done.clear()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first words of what is asked of the database, in whatever thread."""
    asked: list[str] = []
    execute = CursorWrapper.execute

    def counted(self: Any, sql: str, params: Any = None) -> Any:
        asked.append(" ".join(sql.replace('"', "").split()[:3]))
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", counted)
    return asked


def deliver(view: Any, content: bytes) -> int:
    request = RequestFactory().post("/", content, "application/json", headers=sign(content, SECRET))
    status: int = view(request).status_code
    return status


def verbs(statements: list[str]) -> list[str]:
    return [statement.split()[0] for statement in statements]


CLAIM = ["BEGIN", "INSERT", "SELECT"]
COMPLETE = "UPDATE"


def test_statements_of_a_delivery(statements: list[str]) -> None:
    view = webhook(handle)
    assert deliver(view, body(status="In Review")) == 200
    new = ["SELECT", "SAVEPOINT", "INSERT", "RELEASE"]
    assert verbs(statements) == [*CLAIM, "BEGIN", *new, COMPLETE], statements
    statements.clear()
    assert deliver(view, body()) == 200
    assert verbs(statements) == [*CLAIM, "BEGIN", "SELECT", "UPDATE", COMPLETE], statements
    assert done == [("s-1", True)] * 2


def test_statements_of_a_duplicate(statements: list[str]) -> None:
    view, content = webhook(handle), body()
    deliver(view, content)
    statements.clear()
    assert deliver(view, content) == 200
    assert verbs(statements) == CLAIM, statements


def test_what_the_application_rolls_back_is_not_done() -> None:
    def gives_up(event: Any) -> None:
        transaction.set_rollback(True)

    view = webhook(gives_up)
    assert deliver(view, body()) == 500
    assert (ProcessedEvent.objects.get().state, Verification.objects.count()) == ("released", 0)


def test_without_verifications(statements: list[str]) -> None:
    told: list[str] = []

    def changed(**_: Any) -> None:
        told.append("changed")

    def received(**_: Any) -> None:
        told.append("received")

    verification_changed.connect(changed)
    event_received.connect(received)
    view = webhook(verifications=False)(handle)
    assert deliver(view, body()) == 200
    verification_changed.disconnect(changed)
    event_received.disconnect(received)
    assert verbs(statements) == [*CLAIM, "BEGIN", COMPLETE], statements
    assert done == [("s-1", True)], "the event is still recorded in the transaction of the handler"
    assert told == ["received"]
    assert Verification.objects.count() == 0


@pytest.mark.parametrize("function", [handle, handle_async])
def test_with_a_store_elsewhere_the_database_is_left_alone(statements: list[str], function: Any) -> None:
    from asgiref.sync import async_to_sync

    given = {"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore(), "VERIFICATIONS": False}
    with override_settings(DIDIT=given):
        view, content = webhook(function), body()
        asked = async_to_sync(view) if function is handle_async else view
        assert [deliver(asked, content), deliver(asked, content)] == [200, 200]
    assert statements == []
    assert done == [("s-1", False)]


def test_a_hand_off_with_a_store_elsewhere_leaves_the_database_alone(statements: list[str]) -> None:
    def hand_off(delivery: Any) -> None:
        handle(delivery.event)

    given = {"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore(), "VERIFICATIONS": False, "HAND_OFF": hand_off}
    with override_settings(DIDIT=given):
        view = webhook(handle)
        assert deliver(view, body()) == 202
    assert statements == []
    assert done == [("s-1", False)]


def test_a_project_without_a_database() -> None:
    script = f"""
import django
from django.conf import settings
from django.http import HttpRequest
from didit_client.store import MemoryStore
settings.configure(DIDIT={{"WEBHOOK_SECRET": {SECRET!r}, "STORE": MemoryStore(), "VERIFICATIONS": False}},
                   INSTALLED_APPS=["didit_client.django"], ALLOWED_HOSTS=["*"])
django.setup()
import json, time
from django.test import RequestFactory
from didit_client import sign
from didit_client.django.views import webhook
done = []
content = json.dumps({{"event_id": "e", "webhook_type": "status.updated", "status": "Approved", "session_id": "s-1",
                      "timestamp": int(time.time())}}).encode()
view = webhook(done.append)
handed = webhook(hand_off=done.append, namespace="handed")(done.append)
for view, status in ((view, 200), (view, 200), (handed, 202)):
    request = RequestFactory().post("/", content, "application/json", headers=sign(content, {SECRET!r}))
    assert view(request).status_code == status
assert len(done) == 2
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("value", ["yes", None, 1])
def test_a_setting_that_makes_no_sense(value: Any) -> None:
    with (
        override_settings(DIDIT={"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore(), "VERIFICATIONS": value}),
        pytest.raises(ImproperlyConfigured, match="VERIFICATIONS"),
    ):
        conf.receiver_arguments()


def test_what_is_no_class_of_events() -> None:
    for types in ((int,), ("status.updated", "data.updated")):
        with pytest.raises(TypeError, match="classes of events"):
            webhook(*types)(handle)
    with pytest.raises(TypeError, match=r"classes of events.*that is StatusUpdated"):
        webhook("status.updated")
    with pytest.raises(TypeError, match="a function of the event"):
        webhook()(5)


def test_the_projection_leaves_the_applications_transaction_whole() -> None:
    """A mistake that the application catches does not spoil what it does besides."""
    with transaction.atomic():
        with pytest.raises(AttributeError):
            Verification.objects.apply("not a verdict")  # type: ignore[arg-type]
        content = body()
        verified = Verifier(SECRET).verify(content, sign(content, SECRET))
        assert Verification.objects.apply(verified)[0].verdict == "newer"
    assert Verification.objects.count() == 1


def test_where_the_handler_runs() -> None:
    """By default in a thread that may go on after an answer; without `SLOW_AFTER` in that of the request."""
    seen: list[int] = []

    def remember(event: Any) -> None:
        seen.append(threading.get_ident())

    given: dict[str, Any] = {"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore(), "VERIFICATIONS": False}
    with override_settings(DIDIT=given):
        assert deliver(webhook(remember), body()) == 200
        view = webhook(slow_after=None)(remember)
        assert deliver(view, body()) == 200
    assert (seen[0] == threading.get_ident(), seen[1]) == (False, threading.get_ident())


def test_without_slow_after_the_answer_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever has a limit would have passed it.
    monkeypatch.setattr(DjangoReceiver, "seconds_left", lambda *_: 0.0)
    with override_settings(DIDIT={"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore(), "SLOW_AFTER": None}):
        assert [found.id for found in check_settings()] == ["didit.W001"], "only of the store in memory"
        view, content = webhook(handle), body()
        assert [deliver(view, content), deliver(view, content)] == [200, 200]
        # The server of an asynchronous view cancels it when Didit goes away, and slow work would never be done.
        with pytest.raises(ImproperlyConfigured, match="SLOW_AFTER None is for views that are no coroutine functions"):
            webhook(handle_async)
    assert [session for session, _ in done] == ["s-1"]


def test_what_a_worker_does_on_a_broken_connection() -> None:
    """The connection that has failed is not used again, in whatever thread an application does an event."""
    receiver = DjangoReceiver(SECRET, store=MemoryStore())
    content = body()
    broken: list[bool] = []

    def work() -> None:
        connection = connections["default"]
        connection.ensure_connection()
        connection.errors_occurred = True
        connection.is_usable = lambda: False  # type: ignore[method-assign]
        before = connection.connection

        def seen(_delivery: Any) -> None:
            broken.append(connections["default"].connection is before)

        receiver.run_here(receiver.authenticate(content, sign(content, SECRET)), seen)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert broken == [False]


def test_a_handler_that_fails_without_slow_after() -> None:
    def fail(event: Any) -> None:
        done.append(event.session_id)
        raise LookupError

    view, content = webhook(slow_after=None)(fail), body()
    assert [deliver(view, content), deliver(view, content)] == [500, 500]
    assert done == ["s-1", "s-1"]
    assert (ProcessedEvent.objects.get().state, Verification.objects.count()) == ("released", 0)


def test_an_answer_is_what_its_body_says() -> None:
    receiver = DjangoReceiver(SECRET, store=MemoryStore())
    content = body()
    delivery = receiver.authenticate(content, sign(content, SECRET))
    for name in ("done", "duplicate", "accepted", "slow"):
        answer = receiver.answer(name, delivery)
        assert json.loads(answer.content) == answer.body
