"""Better words for a call that did not fit its function: the names that the caller knows, and the one that was meant.

It is loaded when such a call has failed.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ._call import EXTRAS, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

_TAKES_OPTIONS = 0x08


def reword(error: TypeError, function: Callable[..., Any], of: object, names: tuple[str, ...]) -> None:
    """Change the text of an error that says how a function was called wrongly, and leave every other alone.

    Args:
        error: what was raised; Python's own has the frame of the caller only, and none of the function.
        function: what was called.
        of: the object whose method it is.
        names: the keywords that it was called with.
    """
    code: Any = getattr(function, "__code__", None)
    text = str(error)
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    if code.co_flags & _TAKES_OPTIONS:
        known = (*known, *OPTIONS, *EXTRAS)
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None and f"has no parameter {unknown!r}" in text:
        error.args = (text + meant(unknown, known),)
        return
    trace = error.__traceback__
    if trace is None or trace.tb_next is not None or not text.startswith(f"{function.__qualname__}()"):
        return
    is_init = function.__name__ == "__init__"
    called = type(of).__name__ if is_init else function.__name__
    if unknown is not None and "unexpected keyword" in text:
        error.args = (f"{called} has no {'option' if is_init else 'parameter'} {unknown!r}{meant(unknown, known)}",)
    elif is_init and code.co_argcount == 1 and "positional argument" in text and known:
        error.args = (f"{called} takes its options by name, such as {known[0]}=...",)
    else:
        error.args = (called + text.removeprefix(function.__qualname__),)


def meant(name: str, known: tuple[str, ...]) -> str:
    """Suggest a name that is much like another one."""
    close = get_close_matches(name.lower(), known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""
