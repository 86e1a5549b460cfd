"""Errors without the frames of this package: their local variables hold what was passed.

Who logs tracebacks with local variables, as error trackers do, would keep API keys and personal data of every call
that failed. What is left are the caller's own frames, and those of its hooks.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

# As `types` has it.
FUNCTION = type(lambda: None)

# Of `inspect`, which takes longer to import than all of this.
CO_COROUTINE = 0x80

# The encoder is called with all arguments of a call.
OURS = ("didit_client", "json")


def is_ours(frame: FrameType) -> bool:
    """Tell whether a frame belongs to this package, or to what it hands arguments to."""
    module = frame.f_globals.get("__name__", "")
    return isinstance(module, str) and module.partition(".")[0] in OURS


def strip(error: BaseException) -> None:
    """Take the frames of this package out of an exception; those of a program's own hooks stay."""
    entries = []
    trace = error.__traceback__
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    following = None
    for entry in reversed(entries):
        if not is_ours(entry.tb_frame):
            entry.tb_next = following
            following = entry
    error.__traceback__ = following


def hiding(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function's errors go without the frames below it, coroutine functions included."""
    coroutine: Any = function
    if coroutine.__code__.co_flags & CO_COROUTINE:

        async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            of, names = args[:1], tuple(kwargs)
            try:
                pending = coroutine(*args, **kwargs)
            except TypeError as error:
                explain(error, function, of, names)
                del args, kwargs
                raise
            del args, kwargs
            try:
                return await pending
            except BaseException as error:
                explain(error, function, of, names)
                strip(error)
                raise

        return dressed(call_async, function)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            explain(error, function, args[:1], tuple(kwargs))
            strip(error)
            del args, kwargs
            raise

    return dressed(call, function)


def dressed(wrapper: Any, function: Callable[P, R]) -> Callable[P, R]:
    """Let a wrapper look like what it wraps. `functools`, which has this, takes longer to load than this package."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        setattr(wrapper, name, getattr(function, name))
    wrapper.__wrapped__ = function
    dressed_up: Callable[P, R] = wrapper
    return dressed_up


def explain(error: BaseException, function: Callable[..., object], of: tuple[object, ...], names: Any) -> None:
    """Let an error about the arguments of a call name what its caller knows."""
    if type(error) is TypeError and of:
        from ._blame import reword

        reword(error, function, of[0], names)


def hide_methods(cls: type[object]) -> None:
    """Let all public methods of a class hide what they were called with."""
    for name, member in list(vars(cls).items()):
        if type(member) is FUNCTION and not name.startswith("_"):
            setattr(cls, name, hiding(member))
