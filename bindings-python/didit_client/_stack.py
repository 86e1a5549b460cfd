"""Where an exception was raised, without what it says: its text belongs to the program, and may quote anything."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands between a server and a program's own function, and says nothing about it.
_BETWEEN = (
    *("didit_client", "starlette", "fastapi", "django", "asgiref", "anyio"),
    *("asyncio", "concurrent", "contextlib", "threading"),
)

# How many causes of causes are followed.
_DEEPEST = 5


def stack_of(error: BaseException) -> str:
    """Return files, lines and functions, one frame a line, of an exception and its causes; empty where there are none.

    Frames of the web framework and of this package are left out.
    """
    lines: list[str] = []
    following: BaseException | None = error
    for depth in range(_DEEPEST + 1):
        if following is None:
            break
        if depth:
            lines.append(f"  caused by {type(following).__name__}")
        lines.extend(_frames(following))
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return "\n".join(lines)


def _frames(error: BaseException) -> Iterator[str]:
    trace = error.__traceback__
    while trace is not None:
        code, module = trace.tb_frame.f_code, trace.tb_frame.f_globals.get("__name__", "")
        if not isinstance(module, str) or module.partition(".")[0] not in _BETWEEN:
            yield f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_qualname}'
        trace = trace.tb_next
