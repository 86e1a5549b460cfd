"""The Django app in one process: what is answered, what becomes of the claim, and what is kept."""

import asyncio
import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import got_request_exception

django.setup()

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import AsyncClient, Client, RequestFactory, TestCase, override_settings

import django_urls
from didit_client import ConfigurationError, sign
from didit_client.django import conf, transactions
from didit_client.django.models import ProcessedEvent, Verification
from didit_client.django.receiver import DjangoReceiver
from didit_client.django.signals import event_received, verification_changed
from didit_client.django.store import DjangoStore
from didit_client.django.views import DiditWebhookView
from didit_client.store import MemoryStore
from django_settings import SECRET
from django_urls import KINDS, act, events

NOW = int(time.time())


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
    events.clear()
    act.clear()


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def body(**members: Any) -> bytes:
    payload = {"event_id": str(uuid.uuid4()), "webhook_type": "status.updated", "status": "Approved"}
    payload |= {"session_id": "s-1", "vendor_data": "user-1", "created_at": NOW, "timestamp": int(time.time())}
    return json.dumps({**payload, "environment": "live", **members}).encode()


def send(kind: str, content: bytes, headers: dict[str, str] | None = None, method: str = "post") -> tuple[int, Any]:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    signed = sign(content, SECRET) if headers is None else headers
    answer = client.generic(method.upper(), KINDS[kind][0], content, "application/json", headers=signed)
    return answer.status_code, json.loads(answer.content or b"null")


def test_an_event_is_done_once(kind: str) -> None:
    content = body()
    done = {"received": True, "duplicate": False, "type": "status.updated", "outcome": "granted", "scheme": "v2"}
    assert send(kind, content) == (200, done)
    assert send(kind, content) == (200, {**done, "duplicate": True})
    assert [event.session_id for event in events] == ["s-1"]
    row = ProcessedEvent.objects.get()
    assert (row.state, row.namespace, row.attempts) == ("done", KINDS[kind][1], 1)
    assert row.event_id == json.loads(content)["event_id"]
    known = Verification.objects.get()
    assert (known.session_id, known.status, known.outcome, known.vendor_data) == (
        "s-1",
        "Approved",
        "granted",
        "user-1",
    )


def test_a_handler_that_fails_undoes_everything(kind: str) -> None:
    content, seen = body(), list[Any]()

    def fail() -> None:
        raise LookupError("Jane Sample")

    def remember(sender: Any, **_: Any) -> None:
        seen.append(sender)

    got_request_exception.connect(remember)
    act.append(fail)
    assert send(kind, content) == (500, {"error": "handler_failed"})
    got_request_exception.disconnect(remember)
    assert len(seen) == 1, "Django's own way of reporting exceptions"
    assert ProcessedEvent.objects.get().state == "released"
    # A coroutine has no transaction in Django: what is known of the session is kept there.
    assert Verification.objects.count() == (1 if kind == "async" else 0)
    act.clear()
    assert send(kind, content)[0] == 200
    assert ProcessedEvent.objects.get().attempts == 2
    assert len(events) == 2


def test_the_stack_of_a_handler_that_fails(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Django's own log has it, once, as that of any view; ours as well, and quotes nothing."""

    def fail() -> None:
        raise LookupError("Jane Sample")

    act.append(fail)
    with caplog.at_level(logging.WARNING):
        assert send(kind, body())[0] == 500
    (shown,) = [record for record in caplog.records if record.name == "django.request"]
    assert shown.getMessage() == f"Internal Server Error: {KINDS[kind][0]}"
    assert shown.levelno == logging.ERROR
    stack = logging.Formatter().formatException(shown.exc_info)  # type: ignore[arg-type]
    assert f'{__file__}", line {fail.__code__.co_firstlineno + 1}, in fail' in stack
    assert ("in decorated" if kind == "decorator" else "in handle") in stack
    (own,) = [record for record in caplog.records if record.name == "didit_client.webhook"]
    told = own.__dict__["didit"]["stack"]
    # Without DEBUG, Django prints nothing.
    assert own.getMessage() == f"webhook handler_failed: LookupError\n{told}"
    assert told.endswith(f'  File "{__file__}", line {fail.__code__.co_firstlineno + 1}, in {fail.__qualname__}')
    assert "Jane" not in told


def test_what_is_refused_has_no_stack(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    content = body()
    send(kind, content, sign(content, "another secret"))
    (shown,) = [record for record in caplog.records if record.name == "django.request"]
    assert (shown.getMessage(), shown.exc_info) == (f"Unauthorized: {KINDS[kind][0]}", None)


def test_in_flight(kind: str) -> None:
    content = body()
    DjangoStore().claim(KINDS[kind][1], json.loads(content)["event_id"])
    assert send(kind, content) == (503, {"error": "in_flight"})
    assert events == []


def test_what_is_refused(kind: str) -> None:
    content = body()
    assert send(kind, content, sign(content, "another secret")) == (401, {"error": "signature_mismatch"})
    assert send(kind, content, {}) == (401, {"error": "missing_signature"})
    assert send(kind, b"{", sign(content, SECRET)) == (400, {"error": "syntax"})
    gzip = {**sign(content, SECRET), "Content-Encoding": "gzip"}
    assert send(kind, content, gzip) == (415, {"error": "unsupported_encoding"})
    large = body(metadata="x" * 1_100_000)
    assert send(kind, large) == (413, {"error": "body_too_large"})
    assert send(kind, content, method="get") == (405, {"error": "method_not_allowed"})
    assert send(kind, content, method="options") == (405, {"error": "method_not_allowed"})
    assert send(kind, content, {**sign(content, SECRET), "Accept": "text/html"})[0] == 200, "whatever it accepts"
    assert len(events) == 1


def test_another_environment_is_acknowledged(kind: str) -> None:
    status, answer = send(kind, body(environment="sandbox"))
    assert (status, answer["ignored"]) == (200, "other_environment")
    assert events == []
    assert ProcessedEvent.objects.count() == 0


def test_classes_of_events() -> None:
    other = body(webhook_type="user.status.updated")
    assert send("decorator", other)[0] == 200
    assert events == []
    assert ProcessedEvent.objects.get().state == "done"
    assert send("view", other)[0] == 200
    assert len(events) == 1


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("kind", ["view", "rest"])
def test_a_slow_handler_goes_on_under_its_claim(kind: str, fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, ended, content = threading.Event(), threading.Event(), body()
    seconds = [0.05]
    monkeypatch.setattr(DjangoReceiver, "seconds_left", lambda *_: seconds[0])

    def slowly() -> None:
        goes_on.wait(30)
        ended.set()
        if fails:
            raise LookupError

    act.append(slowly)
    # On SQLite a transaction that has written holds up every other writer, so this one has not written yet.
    monkeypatch.setattr(DjangoReceiver, "_tell", lambda *_: None)
    monkeypatch.setattr(transactions, "reserve", lambda *_: None)
    assert send(kind, content) == (503, {"error": "slow"})
    seconds[0] = 30
    assert send(kind, content) == (503, {"error": "in_flight"})
    goes_on.set()
    assert ended.wait(30)
    deadline = time.monotonic() + 30
    while ProcessedEvent.objects.get().state == "claimed" and time.monotonic() < deadline:
        time.sleep(0.01)
    act.clear()
    status, answer = send(kind, content)
    assert (status, answer["duplicate"]) == (200, not fails)


def test_a_slow_coroutine_goes_on_under_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.05]
    monkeypatch.setattr(DjangoReceiver, "seconds_left", lambda *_: seconds[0])
    content, path = body(), KINDS["async"][0]

    async def exchange() -> None:
        goes_on = asyncio.Event()
        act.append(goes_on.wait)
        client = AsyncClient()
        headers = sign(content, SECRET)
        answers = []
        for limit in (0.05, 30):
            seconds[0] = limit
            answers.append(await client.post(path, content, "application/json", headers=headers))
        assert [answer.json()["error"] for answer in answers] == ["slow", "in_flight"]
        goes_on.set()
        while not (await client.post(path, content, "application/json", headers=headers)).json().get("duplicate"):
            await asyncio.sleep(0.01)

    asyncio.run(exchange())
    assert len(events) == 1


def test_a_store_that_is_down(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE didit_processed_event RENAME TO elsewhere")
    try:
        assert send(kind, body()) == (503, {"error": "store_unavailable"})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO didit_processed_event")
    assert events == []
    assert "no such table (manage.py migrate makes the tables)" in caplog.text
    assert "didit_processed_event" not in caplog.text, "a database's own words may quote values"


def test_a_body_that_was_read_before() -> None:
    factory, content = RequestFactory(), body()
    view: Any = django_urls.Webhook.as_view()

    def request(**changes: Any) -> Any:
        made = factory.post("/", content, "application/json", headers=sign(content, SECRET))
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    kept = request()
    assert kept.body == content
    assert json.loads(view(kept).content)["duplicate"] is False
    streamed = request()
    streamed.read()
    assert json.loads(view(streamed).content) == {"error": "body_consumed"}
    parsed = request(data=json.loads(content))
    parsed.read()
    assert json.loads(view(parsed).content)["duplicate"] is True, "V2 vouches for a parsed body"
    after = request()
    view(after)
    assert after.body == content, "a middleware behind the view can still read it"


def test_rest_framework_parsed_it_before() -> None:
    from rest_framework.parsers import JSONParser

    from didit_client.django.rest import DiditAPIView

    class Parses(DiditAPIView):
        parser_classes = (JSONParser,)

        def initial(self, request: Any, *arguments: Any, **named: Any) -> None:
            super().initial(request, *arguments, **named)
            assert request.data["session_id"] == "s-1"

    class Keeps(DiditAPIView):
        def initial(self, request: Any, *arguments: Any, **named: Any) -> None:
            super().initial(request, *arguments, **named)
            assert request.data == content

    for number, view in enumerate((Parses, Keeps)):
        content = body()
        request = RequestFactory().post("/", content, "application/json", headers=sign(content, SECRET))
        answer = view.as_view(namespace=f"rest{number}")(request)
        assert (answer.status_code, answer.data["duplicate"]) == (200, False)


def test_signals_run_in_the_transaction() -> None:
    heard: list[tuple[str, bool, Any]] = []

    def received(sender: Any, event: Any, delivery: Any, **_: Any) -> None:
        heard.append(("event", connection_of_this_thread(), event.status))

    def changed(sender: Any, verification: Any, **_: Any) -> None:
        heard.append(("verification", connection_of_this_thread(), verification.outcome))

    event_received.connect(received)
    verification_changed.connect(changed)
    try:
        send("view", body())
        send("view", body(status="Approved", created_at=NOW + 1))
        send("view", body(status="In Review", created_at=NOW - 100))
        send("view", body(status="Kyc Expired", created_at=NOW + 9))
    finally:
        event_received.disconnect(received)
        verification_changed.disconnect(changed)
    assert heard == [
        ("event", True, "Approved"),
        ("verification", True, "granted"),
        ("event", True, "Approved"),
        ("event", True, "In Review"),
        ("event", True, "Kyc Expired"),
        ("verification", True, "revoked"),
    ]


def connection_of_this_thread() -> bool:
    return connections["default"].in_atomic_block


def test_what_is_known_of_a_user() -> None:
    send("view", body(session_id="s-1", status="Approved", created_at=NOW))
    send("view", body(session_id="s-2", status="In Progress", created_at=NOW + 50))
    current = Verification.objects.current("user-1")
    assert current is not None
    assert (current.session_id, current.outcome) == ("s-1", "granted"), "a session that has only begun undoes nothing"
    send("view", body(session_id="s-2", status="Declined", created_at=NOW + 60))
    current = Verification.objects.current("user-1")
    assert current is not None
    assert (current.session_id, current.outcome) == ("s-2", "denied")
    assert Verification.objects.current("user-2") is None
    current.set_status("Approved", NOW + 100)
    send("view", body(session_id="s-2", status="Declined", created_at=NOW + 90))
    current.refresh_from_db()
    assert (current.status, current.outcome, current.source) == ("Approved", "granted", "api")


def test_texts_that_no_column_can_hold() -> None:
    assert send("view", body(vendor_data="x" * 300, event_id="e" * 400))[0] == 200
    known = Verification.objects.get()
    assert known.vendor_data.startswith("sha256:")
    assert Verification.objects.current("x" * 300) == known
    assert known.event_key == ProcessedEvent.objects.get().event_id
    assert send("view", body(session_id="\0", status="\0"))[0] == 200
    assert send("view", body(session_id="s" * 300, workflow_id="w" * 300, status="s" * 300))[0] == 200
    assert Verification.objects.count() == 1
    assert send("view", body(session_id="s-2", workflow_id="w" * 300, status="s" * 300))[0] == 200


def test_the_record_is_a_part_of_the_transaction() -> None:
    store = DjangoStore()
    claim = store.claim("didit", "e-1")
    with suppress(LookupError), transaction.atomic():
        store.complete(claim, connections["default"])
        assert store.is_done("didit", "e-1")
        raise LookupError
    assert not store.is_done("didit", "e-1")
    with transaction.atomic():
        store.complete(claim)
    assert store.is_done("didit", "e-1")
    with pytest.raises(TypeError, match="no transaction spans two"):
        store.complete(claim, "replica")


class InATest(TestCase):
    """A test of an application: everything happens in the test's own transaction."""

    def test_everything_is_seen(self) -> None:
        for kind in KINDS:
            with self.subTest(kind):
                assert send(kind, body())[0] == 200
                assert ProcessedEvent.objects.filter(namespace=KINDS[kind][1]).count() == 1

    def test_a_handler_that_fails_leaves_the_tests_transaction_whole(self) -> None:
        def fail() -> None:
            Verification.objects.filter(session_id="s-1").update(vendor_data="undone")
            raise LookupError

        for kind in KINDS:
            with self.subTest(kind):
                content = body(session_id=kind)
                act.append(fail)
                assert send(kind, content) == (500, {"error": "handler_failed"})
                assert ProcessedEvent.objects.get(namespace=KINDS[kind][1]).state == "released"
                # A coroutine has no transaction in Django.
                assert Verification.objects.filter(session_id=kind).count() == (1 if kind == "async" else 0)
                act.clear()
                assert send(kind, content)[0] == 200

    def test_a_receiver_of_a_signal_that_fails_leaves_the_tests_transaction_whole(self) -> None:
        def fail(**_: Any) -> None:
            raise LookupError

        for kind in KINDS:
            with self.subTest(kind):
                event_received.connect(fail)
                try:
                    answer = send(kind, body(session_id=kind))
                finally:
                    event_received.disconnect(fail)
                assert answer == (500, {"error": "handler_failed"})
                assert ProcessedEvent.objects.get(namespace=KINDS[kind][1]).state == "released"
                assert not Verification.objects.filter(session_id=kind).exists()

    def test_nothing_is_left(self) -> None:
        assert ProcessedEvent.objects.count() == 0


def test_settings_that_are_none() -> None:
    good = {"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore()}
    for wrong, error in (
        ({**good, "WEBHOOK_SECRET": None}, ConfigurationError),
        ({**good, "WEBHOOK_SECRET": ""}, ConfigurationError),
        ({**good, "STORE": None}, ImproperlyConfigured),
        ({**good, "STORE": "didit_client.store.Claim"}, ImproperlyConfigured),
        ({**good, "WEBHOOK_SECRETS": "x"}, ImproperlyConfigured),
        (None, ImproperlyConfigured),
    ):
        with override_settings(DIDIT=wrong), pytest.raises(error):
            DiditWebhookView.as_view()
    with override_settings(DIDIT=good):
        view: Any = DiditWebhookView.as_view(namespace="other", max_age=60)
        assert view.didit.namespace == "other"


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_view_follows_the_settings_of_a_test(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    def status(secret: str) -> int:
        content = body()
        return send(kind, content, sign(content, secret))[0]

    def renewers() -> int:
        return sum(thread.name == "didit-renewer" for thread in threading.enumerate())

    assert (status(SECRET), status("of one test")) == (200, 401)
    before_all = renewers()
    for _ in range(3):
        assert (status(SECRET), status("of one test")) == (200, 401)
        with override_settings(DIDIT={**settings.DIDIT, "WEBHOOK_SECRET": "of one test", "STORE": MemoryStore()}):
            before = ProcessedEvent.objects.count()
            assert (status(SECRET), status("of one test")) == (401, 200)
            assert ProcessedEvent.objects.count() == before
            with override_settings(DIDIT={**settings.DIDIT, "ENVIRONMENTS": ["sandbox"]}):
                assert send(kind, (content := body()), sign(content, "of one test"))[1]["ignored"]
    # Whose test is about something else, such as its own system checks, is not disturbed before it asks the view.
    with (
        override_settings(DIDIT={**settings.DIDIT, "MAX_AGE": "long"}),
        pytest.raises(ImproperlyConfigured, match=r"settings\.DIDIT\['MAX_AGE'\]: max_age must be int"),
    ):
        Client().post(KINDS[kind][0], b"{}", "application/json")
    assert (status(SECRET), status("of one test")) == (200, 401)
    assert renewers() == before_all
    assert "another route has it" not in caplog.text


def test_secrets_of_the_request() -> None:
    def secrets(request: Any) -> str:
        return f"{SECRET}{request.GET['tenant']}"

    view: Any = django_urls.Webhook.as_view(secrets=secrets)
    for tenant, expected in (("1", 200), ("2", 401)):
        content = body()
        request = RequestFactory().post(
            "/?tenant=1", content, "application/json", headers=sign(content, SECRET + tenant)
        )
        assert view(request).status_code == expected


def test_logs_hold_no_personal_data(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def fail() -> None:
        raise LookupError("Jane Sample")

    act.append(fail)
    person = {"decision": {"id_verifications": [{"first_name": "Jane", "last_name": "Sample"}]}}
    send(kind, body(**person))
    own = [record for record in caplog.records if record.name == "didit_client.webhook"]
    assert own
    facts = own[-1].__dict__["didit"]
    assert facts["code"] == "handler_failed"
    for record in own:
        assert "Jane" not in record.getMessage() + str(record.__dict__)
        assert SECRET not in record.getMessage() + str(record.__dict__)


def test_the_client_comes_from_the_settings() -> None:
    given = {"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore(), "API_KEY": "sk_test", "BASE_URL": "http://127.0.0.1:9"}
    with override_settings(DIDIT=given):
        assert conf.client() is conf.client()
        assert "127.0.0.1:9" in repr(conf.client())
