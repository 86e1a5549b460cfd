"""Middleware that consumes the body of some routes, and parses that of others."""

import json
from collections.abc import Callable
from typing import Any


def reads_before(get_response: Callable[..., Any]) -> Callable[..., Any]:
    def middleware(request: Any) -> Any:
        if request.path.endswith("/consumed/"):
            request.read()
        elif request.path.endswith("/parsed/"):
            request.data = json.load(request)
        return get_response(request)

    return middleware
