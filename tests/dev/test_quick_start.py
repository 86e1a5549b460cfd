"""The quick start of docs/didit-dev.md, command by command, as its reader types it, on ports that are free."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "demo"))

import servers

PROGRAM = os.environ.get("DIDIT_DEV", "")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "didit-dev.md"
PATIENCE = 30


def section():
    """The blocks under the heading, with their languages."""
    text = PAGE.read_text(encoding="utf-8").split("## From nothing to a decision, by hand")[1].split("\n## ")[0]
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands():
    """The commands in their order, by the program that they start."""
    lines = [line for language, code in section() if language == "sh" for line in code.splitlines()]
    serve, install, app, register, begin, trigger = lines
    assert install == "pip install fastapi uvicorn", "both are installed with the tests"
    return serve, app, register, begin, trigger


@contextmanager
def running(command, folder, environment, log):
    """A command in the background, ended as Ctrl-C does."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def until(found, log):
    """Wait for a text in a log, and return the log."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        text = log.read_text(encoding="utf-8", errors="replace")
        if re.search(found, text):
            return text
        time.sleep(0.05)
    pytest.fail(f"{found} is not said: {log.read_text()}")


def shell(command, folder, environment):
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_quick_start_leads_to_a_decision(tmp_path):
    serve, app, register, begin, trigger = commands()
    [source] = [code for language, code in section() if language == "python"]
    (tmp_path / "main.py").write_text(source, encoding="utf-8")
    (tmp_path / "didit-dev").symlink_to(PROGRAM)
    path = os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent), os.environ["PATH"]])
    names = ("DIDIT_BASE_URL", "DIDIT_API_KEY", "DIDIT_WORKFLOW_ID", "DIDIT_WEBHOOK_SECRET")
    bare = {name: value for name, value in os.environ.items() if name not in names} | {"PATH": path}
    dev_log, app_log = tmp_path / "dev.log", tmp_path / "app.log"
    port = str(servers.free_port())
    with running(f"{serve} --port 0", tmp_path, bare, dev_log):
        printed = until("# control: ", dev_log)
        exports = [line for line in printed.splitlines() if line.startswith("export ")]
        assert [line.split("=")[0] for line in exports] == [f"export {name}" for name in names]
        told = shell("\n".join([*exports, *(f'echo "${name}"' for name in names)]), tmp_path, bare).split()
        reader = bare | dict(zip(names, told, strict=True))
        with running(app.replace("8000", port), tmp_path, reader, app_log):
            until("Application startup complete", app_log)
            made = json.loads(shell(register.replace("8000", port), tmp_path, reader))
            assert made["secret_shared_key"] == reader["DIDIT_WEBHOOK_SECRET"]
            url = json.loads(shell(begin.replace("8000", port), tmp_path, reader))["url"]
            urllib.request.urlopen(url, timeout=PATIENCE).close()
            until("session .*: pending", app_log)
            urllib.request.urlopen(url, b"status=Approved", timeout=PATIENCE).close()
            until("session .*: granted", app_log)
            plain = until(" delivery", dev_log).replace('"', "")
            assert f" to=127.0.0.1:{port}/webhooks/didit " in plain
            # The event of a sandbox would say that it is ignored; this one is done by the route, which says so itself.
            assert "-> 200 " in shell(trigger.replace("8000", port), tmp_path, reader)
