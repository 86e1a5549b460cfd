"""Read-only attribute views over JSON: parsed lazily, printed without personal data."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, ClassVar, Generic, Never, Protocol, TypeVar, overload

    from .answers import Response

    T_co = TypeVar("T_co", covariant=True)

    class Record(Protocol):
        """What has fields: an event or a view."""

        def _field(self, name: str, view: type[View] | None) -> Any: ...

else:
    # These stand in for `typing`, whose import takes longer than that of the whole package.
    T_co = None
    Generic = {T_co: object}

    def overload(function: object) -> object:
        return function


__all__ = ["AnyView", "Field", "Given", "View"]

# All that a `repr` may show: what tells events apart in a log, and nothing about a person.
SHOWN = ("webhook_type", "event_id", "session_id", "transaction_id", "node_id", "uuid", "status")


class Field(Generic[T_co]):
    """A documented member of a JSON object. It reads as None where it is absent or null.

    The annotation says what Didit documents; the value is handed on as it is, whatever its type.
    """

    def __init__(self, doc: str, view: type[View] | None = None) -> None:
        """Describe the member; `view` is the class for an object, or for the objects of an array."""
        self.__doc__ = doc
        self._name = ""
        self._view = view

    def __set_name__(self, owner: type[object], name: str) -> None:
        """Learn the member's name from the class body."""
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Field[T_co]: ...
    @overload
    def __get__(self, instance: Record, owner: type[object]) -> T_co | None: ...  # noqa: F811
    def __get__(self, instance: Record | None, owner: type[object]) -> Field[T_co] | T_co | None:  # noqa: F811
        """Read the member."""
        if instance is None:
            return self
        value: T_co | None = instance._field(self._name, self._view)
        return value

    def __set__(self, instance: object, value: Never) -> None:
        """Refuse: events and views are read-only."""
        raise AttributeError(f"{self._name} is read-only")


if TYPE_CHECKING:

    class Given(Field[T_co]):
        """A member that every answer of its kind has, says the description. None would be a surprise, not an error."""

        @overload
        def __get__(self, instance: None, owner: type[object]) -> Given[T_co]: ...
        @overload
        def __get__(self, instance: Record, owner: type[object]) -> T_co: ...  # noqa: F811
        def __get__(self, instance: Record | None, owner: type[object]) -> Any: ...  # noqa: F811

else:
    Given = Field


class View:
    """A JSON object whose members read as attributes.

    `view.name` gives scalars as they are, objects as views, arrays as lists of them. `view["name"]` and
    `view.get("name")` give plain JSON data instead, which is the caller's own copy, and also reach members
    whose names are methods. `repr` shows ids and statuses only. Views are equal if their data are, also to
    a plain dict.
    """

    __slots__ = ("_data", "_response")

    if TYPE_CHECKING:
        _response: Response

    def __init__(self, data: dict[str, Any]) -> None:
        """Look at `data`, which must not change any more."""
        self._data = data

    @property
    def last_response(self) -> Response | None:
        """The head of the answer that this view is the body of: status, headers, request id. Otherwise None."""
        return getattr(self, "_response", None)

    def _field(self, name: str, view: type[View] | None) -> Any:
        return in_view(self._data.get(name), view or View)

    if not TYPE_CHECKING:
        # Type checkers know the described members; any other is read by name, or from an `AnyView`.

        def __getattr__(self, name: str) -> Any:
            """Read a member that has no documented field."""
            if name.startswith("_") or name not in self._data:
                kind = type(self).__name__
                raise AttributeError(f"this {kind} has no member {name!r}; .get({name!r}) allows for that")
            return self._field(name, None)

    def __getitem__(self, name: str) -> Any:
        """Return a member as plain JSON data."""
        return plain_copy(self._data[name])

    def get(self, name: str, default: Any = None) -> Any:
        """Return a member as plain JSON data, or `default` if it is absent."""
        return plain_copy(self._data[name]) if name in self._data else default

    def to_dict(self) -> dict[str, Any]:
        """Return all members as plain JSON data, which is the caller's own."""
        data: dict[str, Any] = plain_copy(self._data)
        return data

    def keys(self) -> list[str]:
        """Return the members' names."""
        return list(self._data)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the members' names."""
        return iter(self._data)

    def __len__(self) -> int:
        """Count the members."""
        return len(self._data)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a member of that name."""
        return name in self._data

    def __eq__(self, other: object) -> bool:
        """Compare the data, with another view or a plain dict."""
        if isinstance(other, View):
            return self._data == other._data
        return self._data == other if isinstance(other, dict) else NotImplemented

    # It is equal to a dict, which has no hash either.
    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show ids and statuses only."""
        return described(self, self._data)

    def __copy__(self) -> View:
        """Return the view itself, which never changes."""
        return self

    def __deepcopy__(self, memo: object) -> View:
        """Return the view itself, which never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the data."""
        return type(self), (self._data,)


if TYPE_CHECKING:

    class AnyView(View):
        """A JSON object of which no members are described. While a program runs it is a `View` like every other."""

        def __getattr__(self, name: str) -> Any: ...

else:
    AnyView = View


def in_view(value: Any, view: type[View]) -> Any:
    """Return a value for reading by attribute: objects as `view`, arrays as lists of them."""
    if type(value) is dict:
        return view(value)
    if type(value) is list:
        try:
            return [in_view(item, view) for item in value]
        except RecursionError:
            # Arrays nested hundreds of levels deep stay plain data.
            return plain_copy(value)
    return value


def described(record: object, data: Any) -> str:
    """Return a `repr` that holds nothing about a person."""
    shown = ((name, data.get(name)) for name in SHOWN)
    texts = (f"{name}={value[:64]!r}" for name, value in shown if isinstance(value, str))
    return f"{type(record).__name__}({', '.join(texts)})"


def plain_copy(value: Any) -> Any:
    """Copy JSON data, however deep they are."""
    root = [value]
    unfinished: list[Any] = [root]
    while unfinished:
        container = unfinished.pop()
        for key, item in container.items() if type(container) is dict else enumerate(container):
            if type(item) is dict or type(item) is list:
                copy = item.copy()
                container[key] = copy
                unfinished.append(copy)
    return root[0]
