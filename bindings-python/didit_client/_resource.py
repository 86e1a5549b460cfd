"""What the generated resource classes stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._call import UNSET, Unset
from ._frames import hide_methods
from .answers import File, modelled
from .pages import AsyncPage, Page
from .types import CallOptions, FileInput, FileInputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .aio import AsyncDidit
    from .client import Didit
    from .views import View

__all__ = ["UNSET", "AsyncResource", "CallOptions", "FileInput", "FileInputs", "Resource", "Unset"]


class Branch:
    """Something of a client, with parts of its own that are made when they are first used."""

    __slots__ = ("_children", "_client")

    def __init_subclass__(cls) -> None:
        """Let no error of a call hold its arguments."""
        hide_methods(cls)

    def __init__(self, client: Any) -> None:
        """Belong to a client; programs reach resources as its attributes."""
        self._client = client
        self._children: dict[str, Any] = {}

    def _child(self, name: str, cls: type[Any]) -> Any:
        child = self._children.get(name)
        if child is None:
            child = self._children[name] = cls(self._client)
        return child

    def __repr__(self) -> str:
        """Name the resource and its client."""
        return f"<{type(self).__name__} of {self._client!r}>"


class Resource(Branch):
    """A group of operations of a `Didit` client."""

    __slots__ = ()

    _client: Didit

    def _call(
        self,
        operation: str,
        params: dict[str, Any],
        options: CallOptions,
        model: type[View] | None,
        files: Mapping[str, FileInputs | None] | None = None,
    ) -> Any:
        call = self._client._prepared(operation, params, options, files)
        head, body = self._client._perform(call)
        return modelled(body, head, model)

    def _list(self, operation: str, params: dict[str, Any], options: CallOptions, model: type[View] | None) -> Any:
        call = self._client._prepared(operation, params, options)
        head, body = self._client._perform(call)
        return Page(self._client, call, head, body, model)

    def _file(
        self,
        operation: str,
        params: dict[str, Any],
        options: CallOptions,
        files: Mapping[str, FileInputs | None] | None = None,
    ) -> File:
        head, body = self._client._perform(self._client._prepared(operation, params, options, files))
        return File(body, head)


class AsyncResource(Branch):
    """A group of operations of an `AsyncDidit` client."""

    __slots__ = ()

    _client: AsyncDidit

    async def _call(
        self,
        operation: str,
        params: dict[str, Any],
        options: CallOptions,
        model: type[View] | None,
        files: Mapping[str, FileInputs | None] | None = None,
    ) -> Any:
        call = self._client._prepared(operation, params, options, files)
        return await self._client._run(call, lambda head, body: modelled(body, head, model))

    def _list(self, operation: str, params: dict[str, Any], options: CallOptions, model: type[View] | None) -> Any:
        return AsyncPage(self._client, self._client._prepared(operation, params, options), model)

    async def _file(
        self,
        operation: str,
        params: dict[str, Any],
        options: CallOptions,
        files: Mapping[str, FileInputs | None] | None = None,
    ) -> File:
        call = self._client._prepared(operation, params, options, files)
        file: File = await self._client._run(call, lambda head, body: File(body, head))
        return file
