"""One call as the native module takes it: the operation, its arguments as JSON text, files and options."""

from __future__ import annotations

from . import _native
from .views import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from .types import CallOptions, FileInputs

OPTIONS = ("timeout", "connect_timeout", "max_retries", "access_token")
# These travel with the arguments.
EXTRAS = ("extra_body", "extra_query", "extra_headers")
INFINITE = float("inf")


class Unset:
    """The type of `UNSET`, which says that a parameter was not given where None is a value of its own."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the name under which it is imported."""
        return "UNSET"

    def __bool__(self) -> bool:
        """Count as false, as None does."""
        return False

    def __reduce__(self) -> str:
        """Stay the one object when copied or pickled."""
        return "UNSET"


UNSET: Final = Unset()


class Call:
    """What `client._perform` needs."""

    __slots__ = ("arguments", "files", "json", "operation", "options", "path")

    def __init__(
        self,
        operation: str,
        arguments: str | _native.Arguments,
        options: str | None,
        files: Mapping[str, FileInputs | None] | None,
        path: str | None = None,
        json: str | None = None,
    ) -> None:
        # Of the description, or an HTTP method where there is a path.
        self.operation: str = operation
        # {"params": {...}, "extra_body": {...}, ...} as JSON, or what needs not be read any more.
        self.arguments: str | _native.Arguments = arguments
        # {"timeout": 5, ...} as JSON; None without any.
        self.options: str | None = options
        self.files: Mapping[str, FileInputs | None] | None = files
        # For what is not of the description; then the parameters are those of the address, and this is the body.
        self.path: str | None = path
        self.json: str | None = json

    def on_page(self, arguments: _native.Arguments) -> Call:
        """Return the same call for another page."""
        return Call(self.operation, arguments, self.options, self.files, self.path, self.json)

    def __repr__(self) -> str:
        """Name the operation only: arguments are personal data."""
        return f"Call({self.operation})"


def merged(defaults: CallOptions, options: CallOptions, operation: str) -> dict[str, Any]:
    """Return the options of a call over those of its client. None means: as the client has it."""
    merged: dict[str, Any] = dict(defaults)
    given: dict[str, Any] = {**options}
    for name, value in given.items():
        if name not in OPTIONS and name not in EXTRAS:
            raise TypeError(
                f"{operation} has no parameter {name!r}; what Didit takes beyond the described goes into "
                "extra_body, extra_query or extra_headers"
            )
        if value is None:
            continue
        if name in EXTRAS:
            if not hasattr(value, "items"):
                raise TypeError(f"{name} must be a mapping, not {type(value).__name__}")
            value = {**merged.get(name, {}), **dict(value.items())}
        merged[name] = value
    return merged


def plainest(operation: str, params: dict[str, Any]) -> Call | None:
    """Return a call without options and files, if there is nothing about its parameters that JSON has to decide."""
    arguments = _native.simple_arguments(params, UNSET)
    return None if arguments is None else Call(operation, arguments, None, None)


def described(operation: str, params: dict[str, Any], options: dict[str, Any], files: Any) -> Call:
    """Return the call of an operation of the description; what is `UNSET` is left out."""
    arguments: dict[str, Any] = {"params": {name: value for name, value in params.items() if value is not UNSET}}
    for name in EXTRAS:
        if extra := options.get(name):
            arguments[name] = extra
    return call_of(operation, arguments, options, files)


def call_of(
    operation: str,
    arguments: dict[str, Any],
    options: dict[str, Any],
    files: Any,
    path: str | None = None,
    json: str | None = None,
) -> Call:
    """Return a call with its arguments as JSON text."""
    chosen = {name: finite(options[name]) for name in OPTIONS if name in options}
    return Call(operation, encoded(arguments), encoded(chosen) if chosen else None, files, path, json)


def encoded(arguments: dict[str, Any]) -> str:
    """Return JSON text; dates, UUIDs, mappings and views become what JSON has for them."""
    problem: Exception
    try:
        return encode(arguments)
    except (TypeError, ValueError, RecursionError) as error:
        problem = error
    # Outside the handler, so that the error has no context: its message and its frames could hold the value.
    raise refused(*to_blame(arguments, problem))


def to_blame(arguments: dict[str, Any], problem: Exception) -> tuple[str, Exception]:
    """Return the name of the argument that cannot be encoded, and what was said of it."""
    for name, value in arguments.items():
        if name == "params" or name in EXTRAS:
            inner, found = to_blame(value, problem) if type(value) is dict else ("", problem)
            if inner:
                return (inner if name == "params" else f"{name}.{inner}"), found
            continue
        try:
            encode({name: value})
        except (TypeError, ValueError, RecursionError) as error:
            return str(name), error
    return "", problem


def refused(name: str, problem: Exception) -> Exception:
    """Return the error for an argument, in words that do not repeat its value."""
    name = name or "an argument"
    if isinstance(problem, RecursionError):
        return ValueError(f"{name} is nested too deeply, or refers to itself")
    if isinstance(problem, TypeError):
        # Either the encoder's own words about the type of a key, or those of `plain`.
        said = str(problem)
        return TypeError(f"{name}: {said}" if said.startswith(("a value of type", "keys must be")) else name)
    if "circular" in str(problem).lower():
        return ValueError(f"{name} refers to itself")
    return ValueError(f"{name} holds a number that JSON does not have, such as nan or inf")


def finite(value: Any) -> Any:
    """Return what the core can read, and refuse by name, in place of a number that JSON does not have."""
    return str(value) if isinstance(value, float) and not abs(value) < INFINITE else value


def plain(value: Any) -> Any:
    """Return what JSON has for a value that `json` does not know."""
    if isinstance(value, View):
        return value.to_dict()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if type(value).__name__ == "UUID":
        return str(value)
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):
        return {key: value[key] for key in value}
    advice = "; an image is given as base64 text" if isinstance(value, bytes | bytearray) else ""
    raise TypeError(f"a value of type {type(value).__name__} has no form in JSON{advice}")


def encode(value: dict[str, Any]) -> str:
    """Write JSON. What writes it is loaded for the first client: it takes as long as most of this package."""
    global ENCODER
    if ENCODER is None:
        import json

        ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=plain)
    text: str = ENCODER.encode(value)
    return text


ENCODER: Any = None
