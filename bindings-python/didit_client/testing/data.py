"""What the deliveries are made of: deliveries.json, the one source for Python and Node."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

__all__ = ["family_of", "load"]


@functools.cache
def load() -> dict[str, Any]:
    """Read the file when the first delivery is built. What it returns must not be changed."""
    text = resources.files("didit_client.testing").joinpath("deliveries.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def family_of(type: str) -> dict[str, Any]:  # noqa: A002
    """Return what the events of a type have in common: their members and statuses."""
    data = load()
    family: dict[str, Any] = data["families"][data["types"][type]["family"]]
    return family
