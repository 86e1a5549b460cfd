"""JSON that is nested deeper than the interpreter's own parser goes with what is left of its stack."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORDS: dict[str, tuple[str, Any]] = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}


def parse_deep(text: str) -> Any:
    """Parse valid JSON without recursion, with the results of `json.loads`."""
    from json.decoder import scanstring  # type: ignore[attr-defined]  # pyright: ignore
    from json.scanner import NUMBER_RE

    root: list[Any] = []
    # The open containers, and for each object the name whose value comes next.
    containers: list[Any] = [root]
    names: list[str | None] = [None]
    at = 0
    while at < len(text):
        first = text[at]
        if first in " \t\r\n,:":
            at += 1
            continue
        if first in "]}":
            containers.pop()
            names.pop()
            at += 1
            continue
        value: Any
        container, name = containers[-1], names[-1]
        if first == '"':
            value, at = scanstring(text, at + 1)
            if name is None and type(container) is dict:
                names[-1] = value
                continue
        elif first in "[{":
            value = [] if first == "[" else {}
            at += 1
        elif first in WORDS:
            word, value = WORDS[first]
            at += len(word)
        else:
            number = NUMBER_RE.match(text, at)
            assert number is not None, "valid JSON"  # noqa: S101
            value = float(number[0]) if number[2] or number[3] else int(number[0])
            at = number.end()
        if name is None:
            container.append(value)
        else:
            container[name] = value
            names[-1] = None
        if first in "[{":
            containers.append(value)
            names.append(None)
    return root[0]
