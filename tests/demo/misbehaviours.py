"""What goes wrong between Didit and an application without anybody's ill will, and what didit-dev can be asked for."""

import time
from dataclasses import dataclass
from typing import Any

from deliveries import STATUS, Answer, read, refused
from didit_client.testing import DiditDev
from didit_client.testing.control import Misbehaviour, SentDelivery
from relay import Failure
from story import Side, both

GRANTED = Answer(200, "", "status.updated", "granted", "v2")
PENDING = Answer(200, "", "status.updated", "pending", "v2")
AGAIN = Answer(200, "", "status.updated", "granted", "v2", duplicate=True)
UNAVAILABLE = Answer(503)
# The retries and what is late are due after one to six minutes of the emulated clock.
FAST = 3000.0
LATE = 310


@dataclass(frozen=True)
class Case:
    """How the delivery of an approval goes wrong, and what the application has to answer to each attempt."""

    name: str
    answers: dict[str, Answer]
    misbehaviour: Misbehaviour | None = None
    failure: Failure | None = None
    late: bool = False
    resent: bool = False
    acts: int = 1


def rejected(name: str, misbehaviour: Misbehaviour, code: str, **options: Any) -> Case:
    assert code in STATUS
    return Case(name, {"": refused(code)}, misbehaviour, acts=0, **options)


CASES = (
    Case("duplicate", {", the first": GRANTED, ", the second": AGAIN}, "duplicate"),
    Case("503 before the application", {"": UNAVAILABLE, ", the retry": GRANTED}, failure="before"),
    Case("503 after it has answered", {"": GRANTED, ", the retry": AGAIN}, failure="after"),
    Case("connection cut in the middle, the retry", {"": GRANTED}, "cut"),
    Case("slow trickle", {"": GRANTED}, "trickle"),
    Case("dropped, and sent again by hand", {"": GRANTED}, "drop", resent=True),
    Case("overtaken: the approval", {" first": GRANTED, ", then In Progress": PENDING}, "reorder"),
    Case("re-encoded on the way", {"": GRANTED}, "reencoded"),
    Case("characters unescaped on the way", {"": GRANTED}, "unescaped"),
    Case("more escaped on the way", {"": GRANTED}, "escaped"),
    rejected("later than the window of 300 seconds", "delay", "timestamp_too_old", late=True),
    rejected("an hour old under a fresh X-Timestamp", "header_refreshed", "timestamp_too_old"),
    rejected("signed with another destination's secret", "wrong_secret", "signature_mismatch"),
    rejected("X-Timestamp stripped by a proxy", "timestamp_stripped", "missing_timestamp"),
    rejected("signatures stripped by a proxy", "signatures_stripped", "missing_signature"),
)


def misbehave(rows: Any, dev: DiditDev, sides: tuple[Side, Side]) -> None:
    """Every case, to both applications."""
    rows.section("Deliveries that didit-dev lets go wrong")
    wrong = [0, 0]
    for number, case in enumerate(CASES):
        said = play(dev, case, f"user-{number}", sides)
        for place, (ordinal, expected) in enumerate(case.answers.items()):
            rows.add(f"{case.name}{ordinal}", expected, *(one[1][place] for one in said))
        for index, side in enumerate(sides):
            if case.acts:
                side.approved.append(said[index][0])
            elif side.acted(said[index][0]):
                wrong[index] += 1
    acted = [
        all(side.acted(session) == 1 for session in side.approved) and not wrong[index]
        for index, side in enumerate(sides)
    ]
    said_so = [Answer(200, note="yes") if right else Answer(0, "acted_otherwise") for right in acted]
    rows.add("each approval was acted on once, refused ones never", Answer(200, note="yes"), *said_so)


def play(dev: DiditDev, case: Case, user: str, sides: tuple[Side, Side]) -> list[tuple[str, list[Answer]]]:
    """Let a case happen; return the session and the application's answers, for both."""
    dev.change_clock(set=time.time() - LATE if case.late else time.time(), speed=1)

    def begin(side: Side) -> tuple[str, int]:
        session, _ = side.start(user)
        dev.wait_for_delivery(session_id=session)
        if case.misbehaviour != "reorder":
            dev.move(session, "In Progress")
            dev.wait_for_delivery(session_id=session, session_status="In Progress")
        if case.misbehaviour:
            dev.misbehave(case.misbehaviour, destination=side.account.destination)
        if case.failure:
            side.relay.failures.append(case.failure)
        return session, len(side.relay.passed)

    def end(side: Side, session: str, before: int) -> list[Answer]:
        passed = side.relay.wait(before + len(case.answers))[before:]
        answers = [read(one.status, one.answer) for one in passed]
        return answers + [Answer(0, "no_delivery")] * (len(case.answers) - len(answers))

    begun = both(begin, sides)
    for session, _ in begun:
        dev.move(session, "Approved", scenario="approve")
    if case.resent:
        for session, _ in begun:
            dev.resend(dev.wait_for_delivery(dropped, session_id=session).uuid)
    if case.failure or case.late or case.misbehaviour == "cut":
        for session, _ in begun:
            if not case.late:
                dev.wait_for_delivery(failed, session_id=session)
        # What waits for its time is due in a moment; it keeps the time at which it was signed.
        dev.change_clock(speed=FAST)
    ended = [(session, end(side, session, before)) for side, (session, before) in zip(sides, begun, strict=True)]
    dev.change_clock(set=time.time(), speed=1)
    return ended


def dropped(sent: SentDelivery) -> bool:
    return sent.kind == "drop"


def failed(sent: SentDelivery) -> bool:
    return sent.status == "failed"
