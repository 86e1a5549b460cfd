"""JSON as Didit sends it: sorted, compact, with everything but ASCII escaped."""

from __future__ import annotations

import json
import re
from typing import Any

from didit_client.canonical import canonicalize

__all__ = ["wire"]

# Python escapes U+007F, too.
_ESCAPED = re.compile(r"[^\x00-\x7e]+")


def wire(payload: Any) -> bytes:
    """Return the body of a payload. The core makes the canonical form; only the escapes are added here."""
    canonical = canonicalize(json.dumps(payload, allow_nan=False)).decode()
    return _ESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], canonical).encode("ascii")
