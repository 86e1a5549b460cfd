"""Files in both directions: uploads of any kind as bytes, and documents that are written completely or not at all.

`pathlib` and `tempfile` take milliseconds to load, so they are loaded for the first file.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from .types import FileInputs

    Part = tuple[str, str | None, str | None, bytes]


def parts(files: Mapping[str, FileInputs | None] | None) -> list[Part]:
    """Return the parts of an upload: field, file name, media type, bytes."""
    found: list[Part] = []
    for field, value in (files or {}).items():
        if not isinstance(field, str):
            raise TypeError(f"files must be called by a str, not {type(field).__name__}")
        if value is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            found.append((field, *part(field, item)))
    return found


def part(field: str, value: Any) -> tuple[str | None, str | None, bytes]:
    """Return file name, media type and bytes of one file, however it was given."""
    name: str | None = None
    kind: str | None = None
    if isinstance(value, tuple):
        if not 2 <= len(value) <= 3 or not all(
            item is None or isinstance(item, str) for item in (value[0], *value[2:])
        ):
            raise TypeError(f"{field}: a tuple has to be (file name, content) or (file name, content, media type)")
        (name, value), kind = value[:2], (value[2] if len(value) == 3 else None)
    if isinstance(value, os.PathLike):
        from pathlib import Path

        path = Path(value)
        return name or path.name, kind, path.read_bytes()
    if isinstance(value, bytes | bytearray | memoryview):
        return name, kind, bytes(value)
    if hasattr(value, "read"):
        content = value.read()
        if not isinstance(content, bytes):
            raise TypeError(f"{field}: the file must be opened in binary mode")
        own = getattr(value, "name", None)
        return name or (os.path.basename(own) if isinstance(own, str) else None), kind, content
    advice = "; for a path on this machine pass pathlib.Path(...)" if isinstance(value, str) else ""
    kinds = "bytes, a binary file, a path object, or a tuple of file name and one of these"
    raise TypeError(f"{field} must be {kinds}, not {type(value).__name__}{advice}")


def write_atomically(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file under another name in the same folder, then give it its own."""
    import tempfile
    from pathlib import Path

    target = Path(path)
    # 0600, and a name of its own, so that two writers never share one.
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:64]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    return target
