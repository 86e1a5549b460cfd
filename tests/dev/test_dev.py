"""didit_client.testing.DiditDev: finding the program, starting and stopping it, and the control API."""

import http.server
import importlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from didit_client import Didit, ServerError, TransportError, Verifier
from didit_client.testing import Control, ControlError, DiditDev, DiditDevError

PROGRAM = os.environ.get("DIDIT_DEV", "")


@pytest.fixture
def received():
    """A webhook that says 200 to everything."""
    bodies = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            headers = dict(self.headers)
            bodies.append((self.rfile.read(int(self.headers["content-length"])), headers))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/webhook", bodies
    server.shutdown()
    server.server_close()


def client(dev):
    return Didit(api_key=dev.api_key, workflow_id=dev.workflow_id, base_url=dev.base_url, max_retries=0, environment={})


def test_a_session_from_start_to_decision(didit_dev, didit_secret, received):
    url, bodies = received
    destination = didit_dev.add_destination(url, events=["status.updated"])
    session = str(client(didit_dev).sessions.create(vendor_data="user-7").session_id)
    checks = {"id_verifications": [{"first_name": "Zoë"}]}
    assert didit_dev.move(session, "Approved", scenario="approve", checks=checks)["status"] == "Approved"
    sent = didit_dev.wait_for_delivery(session_id=session, session_status="Approved")
    assert (sent.destination, sent.attempt, sent.kind, sent.response_status) == (destination, 1, "send", 200)
    assert [one.session_status for one in didit_dev.deliveries()] == ["Not Started", "In Progress", "Approved"]
    event = Verifier(didit_secret).verify(*bodies[-1]).event
    assert (event.outcome, event.decision.id_verifications[0].first_name) == ("granted", "Zoë")
    assert sent.body == bodies[-1][0]
    again = didit_dev.resend(sent.uuid)
    assert didit_dev.wait_for_delivery(lambda one: one.uuid == again).event_id == sent.event_id
    assert didit_dev.change_checks(session, {"face_matches": [{"score": 12.5}]})["face_matches"][0]["score"] == 12.5


def test_one_test_forgets_the_other(didit_dev):
    assert didit_dev.deliveries() == []
    assert didit_dev.faults() == []


def test_faults_credits_and_mail(didit_dev):
    didit_dev.add_fault("sessions.create", status=503, times=2)
    assert [fault["operation"] for fault in didit_dev.faults()] == ["sessions.create"]
    with pytest.raises(ServerError):
        client(didit_dev).sessions.create(vendor_data="u")
    didit_dev.clear_faults()
    didit_dev.set_credits(0)
    with pytest.raises(Exception, match="credits"):
        client(didit_dev).sessions.create(vendor_data="u")
    didit_dev.set_credits(None)
    assert client(didit_dev).sessions.create(vendor_data="u").status == "Not Started"
    with Didit(base_url=didit_dev.base_url, account_url=didit_dev.account_url, environment={}) as anonymous:
        anonymous.account.register(email="a@example.com", password="Aa1!aaaaaaaa")
    assert [mail["email"] for mail in didit_dev.mail("a@example.com")] == ["a@example.com"]
    assert didit_dev.mail("b@example.com") == []


def test_the_clock(didit_dev):
    assert didit_dev.change_clock(set=1_790_000_000, speed=0) == {"now": 1_790_000_000, "speed": 0}
    assert didit_dev.change_clock(advance=60)["now"] == 1_790_000_060
    assert didit_dev.clock()["speed"] == 0


def test_misbehaviours(didit_dev, received):
    didit_dev.add_destination(received[0])
    didit_dev.misbehave("signatures_stripped")
    event = didit_dev.send_event("transaction.created", members={"vendor_data": "u"})
    sent = didit_dev.wait_for_delivery(event_id=event)
    assert (sent.kind, [name for name in sent.headers if "Signature" in name]) == ("signatures_stripped", [])
    assert sent.session_status is None
    didit_dev.misbehave("drop", times=3)
    didit_dev.behave()
    assert didit_dev.wait_for_delivery(event_id=didit_dev.send_event()).kind == "send"


def test_a_refusal_says_why(didit_dev):
    with pytest.raises(ControlError, match=r"didit-dev answered 400: .*Paused.*Approved"):
        didit_dev.move("1", "Paused")  # type: ignore[arg-type]
    with pytest.raises(ControlError, match="404"):
        didit_dev.move("../status?", "Approved")
    with pytest.raises(ControlError, match=r"no such delivery within 0\.1 s; there are \[\]"):
        didit_dev.wait_for_delivery(timeout=0.1)


def test_nothing_secret_is_printed(didit_dev):
    text = repr([didit_dev, didit_dev.credentials()])
    for secret in (didit_dev.api_key, didit_dev.webhook_secret):
        assert secret
        assert secret not in text


def test_what_the_environment_gave_is_told_to_nobody_else(didit_dev, didit_secret):
    # The fixture hands didit_secret over in the environment.
    others = Control(didit_dev.base_url).credentials()
    assert (others.webhook_secret, others.api_key) == (None, didit_dev.api_key)
    own = didit_dev.credentials()
    assert (own.webhook_secret, own.api_key) == (didit_dev.webhook_secret, didit_dev.api_key)
    assert own.webhook_secret == (didit_secret if isinstance(didit_secret, str) else didit_secret.decode())
    assert own.application_id == others.application_id


def test_an_answer_is_lost(didit_dev):
    didit_dev.add_fault("sessions.create", lose_answer=True)
    with pytest.raises(TransportError):
        client(didit_dev).sessions.create(vendor_data="u")
    assert client(didit_dev).sessions.list().count == 1


def test_a_reset_begins_anew(didit_dev):
    didit_dev.change_clock(set=1_790_000_000, speed=0)
    client(didit_dev).sessions.create(vendor_data="u")
    didit_dev.reset()
    clock = didit_dev.clock()
    assert (clock["speed"], clock["now"] == 1_790_000_000) == (1, False)
    assert client(didit_dev).sessions.create(vendor_data="u").session_number == 1


def test_it_ends():
    with DiditDev.start(PROGRAM, arguments=["--seed=1"]) as dev:
        other = Control(dev.base_url)
        assert other.credentials().api_key == dev.api_key == dev.environment["DIDIT_API_KEY"]
        port = int(dev.base_url.rpartition(":")[2])
    with pytest.raises(ControlError, match="no answer"):
        other.credentials()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    dev.stop()


def test_a_program_that_forgets_it_leaves_nothing_behind():
    code = f"from didit_client.testing import DiditDev; print(DiditDev.start({PROGRAM!r}).base_url)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    with pytest.raises(ControlError):
        Control(done.stdout.strip()).credentials()


def test_a_real_key_is_not_taken_over(monkeypatch):
    monkeypatch.setenv("DIDIT_API_KEY", "sk_live_of-somebody")
    with DiditDev.start(PROGRAM) as dev:
        assert dev.api_key != "sk_live_of-somebody"


def test_where_it_is_looked_for(monkeypatch, tmp_path):
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "scripts"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DIDIT_DEV")
    with pytest.raises(DiditDevError, match="install the package didit-dev"):
        DiditDev.start()
    with pytest.raises(DiditDevError, match="binary names 'nowhere/didit-dev', which is no program"):
        DiditDev.start("nowhere/didit-dev")
    monkeypatch.setenv("DIDIT_DEV", "/nowhere")
    with pytest.raises(DiditDevError, match="DIDIT_DEV names '/nowhere'"):
        DiditDev.start()
    monkeypatch.delenv("DIDIT_DEV")
    for folder in (tmp_path, tmp_path / "scripts"):
        folder.mkdir(exist_ok=True)
        (folder / "didit-dev").symlink_to(PROGRAM)
        with DiditDev.start() as dev:
            assert dev.credentials()
        (folder / "didit-dev").unlink()


def test_a_program_that_does_not_start(tmp_path):
    with pytest.raises(DiditDevError, match=r"ended with status 2:\n(.|\n)*--no-such-option"):
        DiditDev.start(PROGRAM, arguments=["--no-such-option"])
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    with pytest.raises(DiditDevError, match="cannot be started"):
        DiditDev.start(broken)


def test_the_plugin_loads_nothing_at_first():
    code = "import sys, _didit_client_pytest; print([n for n in sys.modules if n.startswith('didit_client')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
    assert Path(importlib.import_module("_didit_client_pytest").__file__).name == "__init__.py"
