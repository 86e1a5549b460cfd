"""Django on SQLite, with the settings that docs/django.md begins with: no delivery fails because others arrive."""

import collections
import os
import re
import sqlite3
import subprocess
import threading
import uuid
from pathlib import Path

import pytest
from cases import SECRET, delivery, signed
from servers import PYTHON, Server, as_pairs

ROOT = Path(__file__).resolve().parents[2]
DELIVERIES, SENDERS = 200, 4
# What a project adds: work that reads before it writes, and a server.
ADDED = """
from django.core.wsgi import get_wsgi_application
from django.db import connection
from didit_client.django.models import Verification
from didit_client.django.signals import event_received

def effect(event, **_):
    known = Verification.objects.filter(vendor_data=event.vendor_data).count()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effect VALUES (%s, %s)", [event.event_id, known])

event_received.connect(effect)
application = get_wsgi_application()
"""
TABLES = """
import onefile
from django.core.management import call_command
from django.db import connection

call_command("migrate", verbosity=0)
connection.cursor().execute("CREATE TABLE effect (event varchar(100), known integer)")
"""


def project(folder: Path, settings: str) -> dict[str, str]:
    """Write the page's own program, make its tables, and return the environment in which it runs."""
    page = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
    found = re.search(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert found
    code = found[1].replace('"app.db"', repr(str(folder / "app.db"))).replace("DIDIT={", f"DIDIT={{{settings}")
    (folder / "onefile.py").write_text(code + ADDED)
    environment = {**os.environ, "DIDIT_WEBHOOK_SECRET": SECRET, "PYTHONPATH": str(folder)}
    subprocess.run([PYTHON, "-c", TABLES], env=environment, check=True, capture_output=True)
    return environment


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("settings", ["", '"VERIFICATIONS": False, '], ids=["verifications", "none"])
def test_deliveries_that_arrive_together(tmp_path: Path, settings: str, kind: str) -> None:
    environment = project(tmp_path, settings)
    command = [PYTHON, "-m", "gunicorn", "--workers", "2", "--threads", "2", "--bind", "127.0.0.1:{port}"]
    if kind == "async":
        program = tmp_path / "onefile.py"
        code = program.read_text().replace("wsgi", "asgi").replace("\ndef didit", "\nasync def didit")
        program.write_text(code)
        command += ["--worker-class", "uvicorn.workers.UvicornWorker"]
    answers: list[int] = []
    with Server("SQLite", [*command, "onefile:application"], environment, tmp_path) as server:

        def send(count: int) -> None:
            for _ in range(count):
                # A session of its own, and then another event of it: a row is made, and a row is changed.
                session = str(uuid.uuid4())
                for status in ("In Progress", "Approved"):
                    request = signed(delivery(session_id=session, status=status))
                    answers.append(server.send("/webhooks/didit/", request.body, as_pairs(request.headers))[0])

        senders = [threading.Thread(target=send, args=[DELIVERIES // SENDERS // 2]) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        log = server.log()
    assert collections.Counter(answers) == {200: DELIVERIES}, log
    with sqlite3.connect(tmp_path / "app.db") as database:
        assert database.execute("SELECT count(*), count(DISTINCT event) FROM effect").fetchone() == (DELIVERIES,) * 2
        done = database.execute("SELECT count(*) FROM didit_processed_event WHERE state = 'done' AND attempts = 1")
        assert done.fetchone() == (DELIVERIES,)
