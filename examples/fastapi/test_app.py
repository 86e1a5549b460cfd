"""The whole flow of app.py, against didit-dev in the place of Didit: no account, no tunnel, no network.

`didit_dev` is a fixture of didit-client. It starts the program that DIDIT_DEV names, or that of the package didit-dev.
"""

import http.cookiejar
import importlib
import json
import logging
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
import uvicorn
from didit_client.testing import DiditDev


@pytest.fixture(scope="session")
def didit_dev_arguments() -> list[str]:
    # The application acts on live events only.
    return ["--environment=live"]


@pytest.fixture
def app_url(didit_dev: DiditDev, monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[str]:
    """The application, on a port where didit-dev and a browser reach it."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = {**didit_dev.environment, "APP_URL": url, "DIDIT_STORE": str(tmp_path / "didit.db")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    didit_dev.add_destination(f"{url}/api/webhook", events=["status.updated"])
    monkeypatch.syspath_prepend(__file__.rpartition("/")[0])
    monkeypatch.delitem(importlib.import_module("sys").modules, "app", raising=False)
    server = uvicorn.Server(uvicorn.Config(importlib.import_module("app").app, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield url
    server.should_exit = True
    thread.join()


class Browser:
    """A user's browser, with cookies and without pictures."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def get(self, url: str) -> str:
        return self._opener.open(url, timeout=30).read().decode()

    def verify(self, app_url: str, user: str) -> dict[str, str]:
        body = json.dumps({"user_id": user}).encode()
        request = urllib.request.Request(f"{app_url}/api/verify", body, {"Content-Type": "application/json"})
        return json.load(self._opener.open(request, timeout=30))


@pytest.mark.parametrize(
    ("status", "scenario", "outcome", "acted"),
    [
        ("Approved", "approve", "granted", "let the user in"),
        ("Declined", "decline_document_expired", "denied", "keep the user out"),
    ],
)
def test_from_the_first_click_to_the_decision(app_url, didit_dev, caplog, status, scenario, outcome, acted):
    caplog.set_level(logging.INFO)
    browser = Browser()
    started = browser.verify(app_url, "user-7")
    assert started["verification_url"].startswith(didit_dev.base_url)
    session = didit_dev.wait_for_delivery().session_id

    didit_dev.move(session, status, scenario=scenario)
    sent = didit_dev.wait_for_delivery(session_id=session, session_status=status)
    assert sent.response_status == 200
    assert f"session {session}: {acted}" in caplog.text

    page = browser.get(f"{app_url}/verification-complete?verificationSessionId={session}&status={status}")
    assert f"Verification: {outcome}" in page


def test_a_repeated_event_is_acted_on_once(app_url, didit_dev, caplog):
    caplog.set_level(logging.INFO)
    Browser().verify(app_url, "user-8")
    session = didit_dev.wait_for_delivery().session_id
    didit_dev.move(session, "In Progress")
    didit_dev.wait_for_delivery(session_status="In Progress")

    didit_dev.misbehave("duplicate")
    didit_dev.move(session, "Approved")
    first = didit_dev.wait_for_delivery(session_status="Approved")
    both = didit_dev.wait_for_delivery(lambda sent: sent.event_id == first.event_id and sent.uuid != first.uuid)
    assert (first.response_status, both.response_status) == (200, 200)
    assert caplog.text.count(f"session {session}: let the user in") == 1


def test_a_replayed_event_opens_no_door(app_url, didit_dev, caplog):
    caplog.set_level(logging.INFO)
    didit_dev.misbehave("header_refreshed")
    event = didit_dev.send_event("status.updated", status="Approved")
    assert didit_dev.wait_for_delivery(event_id=event).response_status == 401
    assert "let the user in" not in caplog.text
