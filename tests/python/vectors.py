"""The vectors that all languages run, and a count of those that were run."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from didit_client import DiditError, Verifier

TESTS = Path(__file__).parents[1]
COUNTS: dict[str, int] = {}


def load(name: str) -> Any:
    return json.loads((TESTS / "vectors" / name).read_bytes())


def body_of(case: dict[str, Any]) -> bytes:
    return b64decode(case["body_b64"])


def verifier_of(case: dict[str, Any]) -> Verifier:
    """The verifier that a case asks for; without a method it is the default one."""
    schemes = {"schemes": (case["method"],)} if "method" in case else {}
    return Verifier(case["secrets"], **schemes, **case["options"])


def outcome(action: Callable[[], Any]) -> tuple[str, Any]:
    """`ok` and the result, or the code of the error."""
    try:
        return "ok", action()
    except DiditError as error:
        return error.code, None
