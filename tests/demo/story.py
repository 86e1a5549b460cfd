"""The guide from the first call to the decision, through both applications, with didit-dev in the place of Didit."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from account import Account, account
from deliveries import Answer, read
from didit_client.testing import DiditDev
from relay import Relay
from servers import ROOT, Server, ServerError

WEBHOOK = "/api/webhook"
STEPS = {
    "register": "register an account",
    "verify_email": "verify the email",
    "workflow": "create a workflow",
    "destination": "create a webhook destination",
}
USER = "user-123"
NO_BROWSER = 3
BROWSER_SECONDS = 90


@dataclass
class Side:
    """An application, and what it is connected with."""

    relay: Relay
    account: Account
    server: Server
    approved: list[str] = field(default_factory=list)
    """The sessions on which it has to act."""

    def start(self, user: str) -> tuple[str, str]:
        """Begin a verification as the application's page does; return the session's id and its page."""
        body, json_type = json.dumps({"user_id": user}).encode(), [("Content-Type", "application/json")]
        status, answer, headers = self.server.exchange("/api/verify", body, json_type)
        cookie = re.match(r"verification=([0-9a-f-]{36})", headers.get("Set-Cookie", ""))
        if status != 200 or cookie is None:
            raise ServerError(f"{self.server.name} answered {status} to the start of a verification: {answer}")
        return cookie[1], answer["verification_url"]

    def acted(self, session: str) -> int:
        """How often it has let somebody in."""
        return self.server.log(lines=1_000_000).count(f"session {session}: let the user in")


def accounts(rows: Any, base_url: str, relays: tuple[Relay, Relay]) -> list[Account]:
    """Both go through the guide's first steps, each with its own language's library."""
    rows.section("The guide, step by step, with didit-dev in the place of Didit")
    said: tuple[dict[str, Answer], dict[str, Answer]] = ({}, {})
    done = Answer(200, note="done")
    made = account(base_url, relays[0].url + WEBHOOK, lambda step: said[0].update({step: done}))
    command = ["node", "account.cjs", base_url, relays[1].url + WEBHOOK]
    ran = subprocess.run(command, cwd=ROOT / "tests" / "demo", capture_output=True, text=True, timeout=60)
    if ran.returncode:
        raise ServerError(f"the Node library could not go through the guide: {ran.stderr.strip()}")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    said[1].update({line["step"]: done for line in lines})
    for step, name in STEPS.items():
        rows.add(name, done, *(one.get(step, Answer(0, "missing")) for one in said))
    return [made, Account(**lines[-1]["account"])]


def guide(rows: Any, dev: DiditDev, sides: tuple[Side, Side]) -> None:
    """From the session to the decision."""
    started = [side.start(USER) for side in sides]
    sessions = [session for session, _ in started]
    created = Answer(200, note="session created")
    said = [created if url.startswith(f"{dev.base_url}/session/") else Answer(200, url) for _, url in started]
    rows.add("start a verification, POST /api/verify", created, *said)
    clicked = click(sides)
    if clicked is None:
        said = []
        for side, session in zip(sides, sessions, strict=True):
            said.append(Answer(200, note=dev.move(session, "Approved", scenario="approve")["status"]))
            side.approved.append(session)
        rows.add("approve by the control API: no browser here", Answer(200, note="Approved"), *said)
    else:
        said = []
        for side, session, seen in zip(sides, sessions, clicked, strict=True):
            side.approved.append(session)
            back = parse_qs(urlsplit(seen["callback"]).query)
            right = back.get("verificationSessionId") == [session] and back.get("status") == ["Approved"]
            outcome = seen["heading"].removeprefix("Verification: ")
            said.append(Answer(200, note=outcome) if right else Answer(0, "wrong_callback"))
        rows.add("a person clicks Approve in a browser", Answer(200, note="granted"), *said)
    granted = Answer(200, "", "status.updated", "granted", "v2")
    arrived = [side.relay.wait_for(lambda one: read(one.status, one.answer) == granted) for side in sides]
    rows.add("the webhook of the approval", granted, *(read(one.status, one.answer) for one in arrived))
    decisions(rows, sides, sessions)


def click(sides: tuple[Side, Side]) -> list[dict[str, str]] | None:
    """What a person in a browser sees at the end in each application; None if there is no browser here."""
    urls = [f"http://127.0.0.1:{side.server.port}/" for side in sides]
    command = ["node", "click.cjs", *urls]
    try:
        ran = subprocess.run(
            command, cwd=ROOT / "tests" / "demo", capture_output=True, text=True, timeout=BROWSER_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ServerError("the browser did not come to the end of the verification") from None
    if ran.returncode == NO_BROWSER:
        return None
    if ran.returncode:
        raise ServerError(f"the browser did not come to the end of the verification:\n{ran.stderr.strip()}")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def decisions(rows: Any, sides: tuple[Side, Side], sessions: list[str]) -> None:
    """The page on which the person comes back."""
    for name, query, own, expected in (
        ("come back and see the decision", True, True, (200, "Verification: granted")),
        ("the same from another browser", True, False, (403, "not_your_session")),
        ("the same without its parameters", False, True, (400, "invalid_callback")),
    ):
        said = []
        for side, session in zip(sides, sessions, strict=True):
            path = f"/verification-complete{f'?verificationSessionId={session}&status=Approved' if query else ''}"
            cookie = [("Cookie", f"verification={session}")] if own else []
            said.append(shown(*side.server.send(path, b"", cookie, "GET"), expected))
        right = Answer(200, note="granted") if expected[0] == 200 else Answer(*expected)
        rows.add(name, right, *said)


def shown(status: int, answer: Any, expected: tuple[int, str]) -> Answer:
    """What an application said, in the form of the table; anything unexpected stands in the place of the code."""
    if status >= 400:
        return Answer(status, answer.get("error", "") if isinstance(answer, dict) else str(answer))
    return Answer(status, note="granted") if expected[1] in answer else Answer(status, str(answer)[:60])


def both(work: Callable[[Side], Any], sides: tuple[Side, Side]) -> list[Any]:
    """The same for both applications at once."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, sides))


def environment(one: Account, base_url: str, previous: str, store: str) -> dict[str, str]:
    """What an application is configured with."""
    return {
        "DIDIT_BASE_URL": base_url,
        "DIDIT_API_KEY": one.api_key,
        "DIDIT_WORKFLOW_ID": one.workflow_id,
        "DIDIT_WEBHOOK_SECRET": one.secret,
        "DIDIT_WEBHOOK_SECRET_PREVIOUS": previous,
        "DIDIT_STORE": store,
        "APP_URL": "http://127.0.0.1:{port}",
        "NO_PROXY": os.environ.get("NO_PROXY", "127.0.0.1"),
    }
