"""What a call gives back beside its model: status, headers and request id, raw bodies, and files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _native
from ._frames import hiding
from .views import View

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

    from ._native import Head

__all__ = ["File", "Headers", "RateLimit", "RawResponse", "Response"]


DECODER: json.JSONDecoder = json.JSONDecoder()


class RateLimit(NamedTuple):
    """What Didit said about a rate limit when it was reached."""

    limit: int | None
    """Requests in a window of 60 seconds."""
    remaining: int | None
    """What is left of them."""
    reset: int | None
    """When the window ends, in Unix seconds."""
    retry_after: float | None
    """Seconds to wait."""
    operation: str
    """The operation that met it."""


class Headers:
    """The headers of an answer; names are looked up whatever their case."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        """Hold the headers in the order in which they came."""
        self._pairs = pairs

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a header, or `default` if it is absent."""
        wanted = name.lower()
        return next((value for key, value in self._pairs if key.lower() == wanted), default)

    def get_all(self, name: str) -> list[str]:
        """Return all values of a header."""
        wanted = name.lower()
        return [value for key, value in self._pairs if key.lower() == wanted]

    def items(self) -> list[tuple[str, str]]:
        """Return all names and values."""
        return list(self._pairs)

    def __getitem__(self, name: str) -> str:
        """Return the first value of a header."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a header."""
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter([name for name, _ in self._pairs])

    def __len__(self) -> int:
        """Count the headers."""
        return len(self._pairs)

    def __repr__(self) -> str:
        """Show the names only, because a value may be a secret such as a cookie."""
        return f"Headers({', '.join(sorted({name.lower() for name, _ in self._pairs}))})"


class Response:
    """The head of an HTTP answer."""

    __slots__ = ("_head",)

    def __init__(self, head: Head) -> None:
        """Hold what the native module received."""
        self._head = head

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._head.status

    @property
    def headers(self) -> Headers:
        """The headers."""
        return Headers(self._head.headers())

    @property
    def request_id(self) -> str | None:
        """The id under which Didit's support can find the request, where the answer names one."""
        return self._head.request_id

    @property
    def attempts(self) -> int:
        """How many requests it took: 1 without a retry."""
        return self._head.attempts

    def __repr__(self) -> str:
        """Show the status and the request id."""
        return f"{type(self).__name__}(status={self.status}, request_id={self.request_id!r})"


class RawResponse(Response):
    """The answer to `client.request(...)`: the head, and the body as it came."""

    __slots__ = ("_body",)

    def __init__(self, head: Head, body: bytes) -> None:
        """Hold what the native module received."""
        super().__init__(head)
        self._body = body

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return self._body

    @hiding
    def json(self) -> Any:
        """Return the body as plain JSON data.

        Raises:
            ApiError: `invalid_response`: the body is not JSON.
        """
        return loaded(self._body)


class File:
    """A document: its bytes, or a file that is written completely or not at all."""

    __slots__ = ("_content", "_response")

    def __init__(self, content: bytes, head: Head) -> None:
        """Hold what the native module received."""
        self._content = content
        self._response = Response(head)

    @property
    def content(self) -> bytes:
        """The bytes of the document."""
        return self._content

    @property
    def content_type(self) -> str | None:
        """The media type, for example `application/pdf`."""
        return self._response.headers.get("content-type")

    @property
    def last_response(self) -> Response:
        """The head of the answer."""
        return self._response

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the document to a file, readable by its owner only, and return the file's path.

        The bytes are written to a new file beside it, which then takes its name: whoever reads the path
        sees the old document or the new one, never a part, also after a crash.

        Raises:
            OSError: the file cannot be written; what was at the path before is still there.
        """
        from ._files import write_atomically

        return write_atomically(path, self._content)

    def __len__(self) -> int:
        """Count the bytes."""
        return len(self._content)

    def __repr__(self) -> str:
        """Show the type and the size, and nothing of the content."""
        return f"File(content_type={self.content_type!r}, {len(self._content)} bytes)"


def loaded(body: bytes) -> Any:
    """Return JSON data. The parser's own error would hold the whole body, and is not even a context of ours."""
    try:
        return json.loads(body)
    except RecursionError:
        problem = "the JSON is nested too deeply for Python"
    except UnicodeDecodeError:
        problem = "the body is not JSON: it is not UTF-8"
    except json.JSONDecodeError:
        problem = "the body is not JSON"
    except ValueError:
        problem = "the JSON holds a number of more digits than Python reads (sys.set_int_max_str_digits)"
    raise _native.error("invalid_response", problem)


def parsed(body: bytes) -> dict[str, Any]:
    """Return the members of an answer. An empty one has none, an array is the `results` of one."""
    if body[:1] == b"{":
        # The core has seen that it is JSON to the end, so the first value is all of it. What Python refuses to read
        # all the same, such as numbers of thousands of digits, is told below.
        try:
            members: dict[str, Any] = DECODER.raw_decode(str(body, "utf-8"))[0]
            return members
        except (ValueError, RecursionError):
            pass
    data = loaded(body) if body else {}
    return data if type(data) is dict else {"results": data}


def modelled(body: bytes, head: Head, model: type[View] | None) -> View:
    """Return an answer as its model."""
    view = (model or View)(parsed(body))
    view._response = Response(head)
    return view
