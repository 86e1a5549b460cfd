"""What manage.py says: system checks, didit_check, didit_purge and didit_recover."""

import io
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pytest

django.setup()

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections
from django.test import Client, override_settings
from django.urls import path

import django_urls
from didit_client import sign
from didit_client.django.checks import check_middleware, check_settings
from didit_client.django.models import ProcessedEvent, StoredEvent, Verification
from didit_client.django.store import DjangoStore
from didit_client.store import MemoryStore
from django_settings import DIDIT, SECRET

DESTINATION = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    call_command("migrate", verbosity=0)
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def empty(tables: None) -> Iterator[None]:
    yield
    for model in (ProcessedEvent, StoredEvent, Verification):
        model.objects.all().delete()
    django_urls.events.clear()


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, no_color=True)
    return out.getvalue()


class ReadsTheStream:
    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        request.payload = json.load(request)
        return self.get_response(request)


def reads_wsgi(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        request.payload = request.environ["wsgi.input"].read()
        return get_response(request)

    return middleware


def leaves_it_alone(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        request.payload = json.loads(request.body)
        return get_response(request)

    return middleware


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (DIDIT, []),
        (None, ["didit.E001"]),
        ({**DIDIT, "WEBHOOK_SECRETS": "x"}, ["didit.E001"]),
        ({**DIDIT, "WEBHOOK_SECRET": None}, ["didit.E002"]),
        ({**DIDIT, "WEBHOOK_SECRET": ""}, ["didit.E002"]),
        ({**DIDIT, "STORE": None}, ["didit.E003"]),
        ({"STORE": None}, ["didit.E003", "didit.E002"]),
        ({**DIDIT, "STORE": "didit_client.nothing.Store"}, ["didit.E004"]),
        ({**DIDIT, "STORE": DjangoStore(retention=60)}, ["didit.E004"]),
        ({**DIDIT, "MAX_AGE": "soon"}, ["didit.E004"]),
        ({**DIDIT, "STORE": MemoryStore()}, ["didit.W001"]),
    ],
)
def test_settings_are_checked(given: Any, expected: list[str]) -> None:
    with override_settings(DIDIT=given):
        found = check_settings()
    assert [message.id for message in found] == expected
    assert SECRET not in str(found)


def test_middleware_is_checked() -> None:
    names = ["ReadsTheStream", "reads_wsgi", "leaves_it_alone"]
    with override_settings(
        MIDDLEWARE=[f"{__name__}.{name}" for name in names] + ["django.middleware.common.CommonMiddleware"]
    ):
        found = check_middleware()
    assert [message.id for message in found] == ["didit.W002", "didit.W002"]
    assert "ReadsTheStream" in found[0].msg
    assert "reads_wsgi" in found[1].msg


def test_a_server_does_not_start_without_a_secret(tmp_path: Path) -> None:
    def start(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "broken_settings.py").write_text(
            "from django_settings import *\nDIDIT = {'STORE': 'didit_client.django.store.DjangoStore'}\n"
        )
        path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent)])
        environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "broken_settings"}
        command = [sys.executable, *(["-c", program] if program else ["-m", "django"]), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    served = start("from django.core.wsgi import get_wsgi_application; get_wsgi_application()")
    assert served.returncode != 0
    assert "missing_secret" in served.stderr
    checked = start("", "check")
    assert checked.returncode != 0
    assert "didit.E002" in checked.stderr
    assert start("", "version").returncode == 0, "a command that needs no settings runs without"


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "didit", check=True, dry_run=True, verbosity=0)


def test_check() -> None:
    said = run("didit_check")
    assert "4 webhook routes" in said
    assert "/hooks/view/ answers 401 signature_mismatch" in said
    assert "WRONG" not in said
    with (
        override_settings(MIDDLEWARE=[f"{__name__}.ReadsTheStream"]),
        pytest.raises(CommandError, match="4 of the checks"),
    ):
        run("didit_check")
    with override_settings(ALLOWED_HOSTS=["example.com"]):
        with pytest.raises(CommandError):
            run("didit_check", "--host", "example.org")
        assert "WRONG" not in run("didit_check", "--host", "example.com")
        assert "WRONG" not in run("didit_check")


def test_purge() -> None:
    store = DjangoStore()
    store.complete(store.claim("didit", "e-1"))
    store.release(store.claim("didit", "e-2"))
    said = run("didit_purge")
    assert said.startswith("0 events forgotten; 1 done, 0 in flight.\n1 failed")
    with override_settings(DIDIT={**DIDIT, "STORE": DjangoStore(retention=600)}):
        ProcessedEvent.objects.update(updated_at="2026-01-01T00:00:00Z")
        assert run("didit_purge").startswith("2 events forgotten; 0 done")


class Account:
    """Didit's side: the deliveries of one destination, of which two events never arrived."""

    def __init__(self) -> None:
        self.resent: list[str] = []
        self.enabled = True
        self.destinations: list[str] = []
        self.url = "https://example.com/hooks/view/"
        now = int(time.time()) - 3600
        self.rows = [
            self.attempt("d-5", "e-lost", 503, now, "s-1"),
            self.attempt("d-4", "e-late", None, now, "s-2"),
            self.attempt("d-3", "e-good", 200, now, "s-1"),
            self.attempt("d-2", "e-lost", 500, now, "s-1"),
            self.attempt("d-1", "e-good", 500, now, "s-1"),
        ]

    def uuid(self, at: int) -> str:
        return f"{DESTINATION[:-1]}{5 + at}"

    def attempt(self, uuid: str, event: str, status: int | None, now: int, session: str) -> dict[str, Any]:
        payload = {"event_id": event, "webhook_type": "status.updated", "status": "Approved", "session_id": session}
        body = json.dumps({**payload, "timestamp": now, "created_at": now, "environment": "live"})
        head = {"Content-Type": "application/json", **sign(body, SECRET)}
        seen = {"uuid": uuid, "session_id": session, "webhook_type": "status.updated", "response_status": status}
        return {**seen, "created_at": "2026-01-01T00:00:00Z", "request_header": json.dumps(head), "request_body": body}

    def answer(self, method: str, path: str) -> Any:
        here = "/v3/webhook/destinations/"
        about = {"uuid": DESTINATION, "url": self.url, "enabled": self.enabled}
        if path == here and self.destinations:
            return [{**about, "uuid": self.uuid(at), "url": url} for at, url in enumerate(self.destinations)]
        if path == here:
            return [about]
        for at, url in enumerate(self.destinations):
            if path == f"{here}{self.uuid(at)}/":
                return {**about, "url": url, "webhook_version": "v3", "secret_shared_key": SECRET}
        if path == f"{here}{DESTINATION}/":
            return {**about, "webhook_version": "v3", "secret_shared_key": SECRET}
        # All destinations have the same history here.
        of = "/".join([*path.split("/")[:5], "deliveries/"])
        if path == of:
            listed = [
                {name: value for name, value in row.items() if not name.startswith("request_")} for row in self.rows
            ]
            return {"count": len(listed), "next": None, "previous": None, "results": listed}
        uuid, _, action = path.removeprefix(of).strip("/").partition("/")
        row = next(row for row in self.rows if row["uuid"] == uuid)
        if (method, action) == ("POST", "resend"):
            self.resent.append(uuid)
        return row


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(account.answer(self.command, urlsplit(self.path).path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with override_settings(DIDIT={**DIDIT, "API_KEY": "sk_test", "BASE_URL": url}, ROOT_URLCONF="django_one_url"):
        yield account
    server.shutdown()
    server.server_close()


def lines(said: str) -> dict[str, str]:
    return {row["event_id"]: row["outcome"] for row in map(json.loads, said.splitlines())}


def test_recover_resends_what_never_arrived(account: Account) -> None:
    assert lines(run("didit_recover", "--json", "--dry-run")) == {
        "e-lost": "would be recovered",
        "e-late": "would be recovered",
    }
    assert account.resent == []
    # Its answer came after Didit had stopped waiting.
    store = DjangoStore()
    store.complete(store.claim("didit", "e-late"))
    assert lines(run("didit_recover", "--json")) == {"e-lost": "resent", "e-late": "done before"}
    assert account.resent == ["d-5"]
    assert "events that had not arrived: 2; not recovered: 0" in run("didit_recover", "--since", "2026-01-01")
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        run("didit_recover", "--since", "yesterday")


def test_recover_counts_events_and_not_what_each_destination_missed(account: Account) -> None:
    account.destinations = ["https://example.com/hooks/view/", "https://example.org/"]
    said = run("didit_recover", "--dry-run", "--since", "2026-01-01")
    assert said.splitlines()[-1] == "events that had not arrived: 2 (4 at 2 destinations); not recovered: 0"
    for at in (0, 1):
        assert said.count(f"destination {account.uuid(at)}): would be recovered") == 2


def test_recover_replays_here(account: Account) -> None:
    assert lines(run("didit_recover", "--json", "--replay")) == {"e-lost": "done", "e-late": "done"}
    assert account.resent == []
    assert {event.event_id for event in django_urls.events} == {"e-lost", "e-late"}
    assert ProcessedEvent.objects.filter(state="done").count() == 2
    assert lines(run("didit_recover", "--json", "--replay")) == {"e-lost": "done before", "e-late": "done before"}
    assert len(django_urls.events) == 2


STORED = {**DIDIT, "HAND_OFF": "didit_client.django.hand_off.store_event"}


@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_was_stored_is_done_once(asynchronous: bool) -> None:
    """2xx is answered before the work is done, and what a worker leaves behind the next one does."""
    view = django_urls.AsyncWebhook if asynchronous else django_urls.Webhook
    event = {"event_id": "e-1", "webhook_type": "status.updated", "status": "Approved", "session_id": "s-1"}
    content = json.dumps({**event, "timestamp": int(time.time()), "environment": "live"}).encode()
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sign(content, SECRET).items()}

    def deliver() -> Any:
        return Client().post("/hooks/one/", content, "application/json", **headers)

    with override_settings(DIDIT=STORED, ROOT_URLCONF=routes_of(view)):
        assert (deliver().status_code, deliver().json()["duplicate"]) == (202, True)
        assert (django_urls.events, StoredEvent.objects.count(), Verification.objects.count()) == ([], 1, 0)
        assert lines(run("didit_recover", "--json", "--stored", "--dry-run")) == {"e-1": "would be done"}

        def fail() -> None:
            raise LookupError

        django_urls.act.append(fail)
        try:
            with pytest.raises(CommandError, match="1 events could not be recovered"):
                run("didit_recover", "--stored")
        finally:
            django_urls.act.clear()
        assert StoredEvent.objects.count() == 1
        django_urls.events.clear()
        assert lines(run("didit_recover", "--json", "--stored")) == {"e-1": "done"}
        assert [event.to_dict() for event in django_urls.events] == [json.loads(content)]
        assert (StoredEvent.objects.count(), Verification.objects.get().status) == (0, "Approved")
        assert deliver().json()["duplicate"] is True
        assert run("didit_recover", "--json", "--stored") == ""


def routes_of(view: Any) -> Any:
    """A URL configuration with one view, which has read the settings."""
    with override_settings(DIDIT=STORED):
        return (path("hooks/one/", view.as_view()),)


def test_what_cannot_be_stored_is_not_accepted(caplog: pytest.LogCaptureFixture) -> None:
    def down(delivery: Any) -> None:
        raise OSError

    content = json.dumps({"event_id": "e-2", "timestamp": int(time.time()), "environment": "live"}).encode()
    with override_settings(DIDIT={**DIDIT, "HAND_OFF": down}):
        receiver = django_urls.Webhook.as_view().didit
        assert receiver.run_here(receiver.authenticate(content, sign(content, SECRET)), lambda _: None).status == 503
    assert ProcessedEvent.objects.get().state == "released"
    (shown,) = [record for record in caplog.records if record.name == "django.request"]
    assert "in down" in logging.Formatter().formatException(shown.exc_info)  # type: ignore[arg-type]

    async def later(delivery: Any) -> None: ...

    with override_settings(DIDIT={**DIDIT, "HAND_OFF": later}), pytest.raises(ImproperlyConfigured, match="coroutine"):
        django_urls.Webhook.as_view()


def test_a_forged_attempt_is_not_replayed(account: Account) -> None:
    for row in account.rows:
        row["request_body"] = row["request_body"].replace("Approved", "Declined")
    with pytest.raises(CommandError, match="2 events could not be recovered"):
        run("didit_recover", "--json", "--replay")
    assert django_urls.events == []


def test_check_asks_didit(account: Account) -> None:
    said = run("didit_check", "--api")
    assert "is enabled" in said
    assert "signs with a secret that the project has" in said
    assert SECRET not in said
    account.enabled = False
    with pytest.raises(CommandError):
        run("didit_check", "--api")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "https://example.com/hooks/view",
            "WRONG  destination https://example.com/hooks/view and the route /hooks/view/",
        ),
        ("https://example.com/other/", "note   destination https://example.com/other/ leads to no webhook route"),
        ("https://example.org/hooks/view/", "note   destination https://example.org/hooks/view/ is of another service"),
    ],
)
def test_check_tells_a_wrong_address_from_another_services(account: Account, url: str, said: str) -> None:
    account.url = url
    out = io.StringIO()
    with override_settings(ALLOWED_HOSTS=["example.com"]):
        with pytest.raises(CommandError, match="1 of the checks"):
            call_command("didit_check", "--api", stdout=out, no_color=True)
        assert said in out.getvalue()
        assert "signs with" not in out.getvalue()
        # There is one more that leads here.
        both = account.destinations = [url, "https://example.com/hooks/view/"]
        if said.startswith("note"):
            assert f"ok     destination {both[1]} is enabled" in run("didit_check", "--api")
        else:
            with pytest.raises(CommandError, match="1 of the checks"):
                run("didit_check", "--api")


def test_check_of_one_destination(account: Account) -> None:
    account.destinations = ["https://tunnel.example/hooks/view/", "https://example.com/hooks/view"]
    with override_settings(ALLOWED_HOSTS=["example.com"]):
        said = run("didit_check", "--destination", DESTINATION)
        assert "ok     destination https://tunnel.example/hooks/view/ is enabled" in said
        assert "example.com" not in said
        with pytest.raises(CommandError, match="1 of the checks"):
            run("didit_check", "--destination", DESTINATION.replace("1", "9"))


def test_check_of_events_that_failed() -> None:
    """What a mistake of the application has left must not keep its mended version from starting."""
    store = DjangoStore()
    store.release(store.claim("didit", "e-1"))
    assert "warn   store: 1 events failed and were not done since: manage.py didit_recover" in run("didit_check")


def test_check_logs_nothing_of_its_own_request(caplog: pytest.LogCaptureFixture) -> None:
    run("didit_check")
    assert caplog.messages == []
    with override_settings(MIDDLEWARE=[f"{__name__}.ReadsTheStream"]), pytest.raises(CommandError):
        run("didit_check")
    assert any("body_consumed" in message for message in caplog.messages), "what went wrong is shown"
    content = b"{}"
    Client().post("/hooks/view/", content, "application/json")
    assert caplog.messages[-1] == "Unauthorized: /hooks/view/", "and what comes later"


@pytest.mark.parametrize(
    ("table", "part"), [("didit_processed_event", "store"), ("didit_verification", "verifications")]
)
def test_check_without_the_tables(table: str, part: str) -> None:
    out = io.StringIO()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    try:
        with pytest.raises(CommandError, match="1 of the checks"):
            call_command("didit_check", stdout=out, no_color=True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
    reason = "OperationalError: no such table; manage.py migrate makes the tables"
    assert f"WRONG  {part}: store_unavailable ({reason})" in out.getvalue()


def test_check_without_a_server(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        path = str(Path(__file__).parent)
        environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "django_settings"}
        environment["DIDIT_TEST_POSTGRES"] = f"postgresql://somebody@127.0.0.1:{port}/postgres"
        command = [sys.executable, "-m", "django", "didit_check", "--no-color"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    reason = "OperationalError: Connection refused; no server answers at the address in DATABASES"
    assert f"WRONG  store: store_unavailable ({reason})" in done.stdout, done.stderr


def test_checks_run_with_a_command() -> None:
    with (
        override_settings(DIDIT={**DIDIT, "WEBHOOK_SECRET": None}),
        pytest.raises(SystemCheckError, match=r"didit\.E002"),
    ):
        call_command("check")
