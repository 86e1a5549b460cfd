"""What the applications do with an event, in Python: they write down that they were called, and behave as it says."""

import os
import time
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["DIDIT_TEST_FOLDER"])
PATIENCE_SECONDS = 60


def called(event: Any) -> str:
    """Write down the call; say what the event wants: an exception, once, or a long wait."""
    with (FOLDER / "calls").open("a") as calls:
        calls.write(f"{event.event_id}\n")
    wish = event.get("metadata")
    return str(wish.get("act", "")) if isinstance(wish, dict) else ""


def act(event: Any) -> None:
    wish = called(event)
    if wish == "fail" and first(event):
        raise LookupError("of Ottilie Sekretova, X4RTBPFW46")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while wish == "slow" and not may_end(event) and time.monotonic() < deadline:
        time.sleep(0.01)


def first(event: Any) -> bool:
    try:
        (FOLDER / f"failed-{event.event_id}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def may_end(event: Any) -> bool:
    return (FOLDER / f"end-{event.event_id}").exists()
