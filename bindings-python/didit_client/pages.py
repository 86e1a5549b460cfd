"""Pages of a list: read the first, or iterate over the items of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._frames import hiding
from .answers import Response, parsed
from .views import AnyView, View

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from ._call import Call
    from ._native import Head
    from .aio import AsyncDidit
    from .client import Configured, Didit

__all__ = ["AsyncPage", "Page"]

T = TypeVar("T")


class Listing(Generic[T]):
    """What a page of either client says."""

    __slots__ = ("_body", "_call", "_client", "_data", "_model", "_next", "_response", "_results")

    def __init__(self, client: Configured, call: Call, model: type[View] | None) -> None:
        self._client: Any = client
        self._call = call
        # The class of the items, T, where they are objects.
        self._model: Any = model or View

    def _load(self, head: Head, body: bytes) -> None:
        self._data = parsed(body)
        items = self._data.get("results")
        self._results: list[T] = [
            self._model(item) if type(item) is dict else item for item in (items if type(items) is list else ())
        ]
        self._response = Response(head)
        self._body: bytes | None = body

    @hiding
    def _next_call(self) -> Call | None:
        self._loaded()
        # Only who wants to go on meets a link that the client will not follow.
        if self._body is not None:
            self._next: Call | None = self._client._next(self._call, self._response._head, self._body)
            self._body = None
        return self._next

    def _loaded(self) -> None:
        if not hasattr(self, "_results"):
            raise RuntimeError("the page has not been read yet: await it, or use `async for`")

    @property
    def results(self) -> list[T]:
        """The items of this page."""
        self._loaded()
        return self._results

    @property
    def count(self) -> int | None:
        """How many items Didit counts in all pages; several lists stop counting at 100, and some do not count."""
        self._loaded()
        count = self._data.get("count")
        return count if type(count) is int else None

    @property
    def next(self) -> str | None:
        """The address of the next page as Didit gives it. `has_next` says whether the client would follow it."""
        self._loaded()
        return self._data.get("next")

    @property
    def previous(self) -> str | None:
        """The address of the page before, as Didit gives it."""
        self._loaded()
        return self._data.get("previous")

    @property
    def has_next(self) -> bool:
        """Whether there is another page.

        Raises:
            ApiError: `invalid_response`: the address of the next page is none of the API's.
        """
        return self._next_call() is not None

    @property
    def data(self) -> AnyView:
        """The envelope of the page, for members that only some lists have."""
        self._loaded()
        return AnyView(self._data)

    @property
    def last_response(self) -> Response:
        """The head of the answer."""
        self._loaded()
        return self._response

    def __repr__(self) -> str:
        """Show how many items there are, and none of them."""
        if not hasattr(self, "_results"):
            return f"{type(self).__name__}(not read yet)"
        return f"{type(self).__name__}({len(self._results)} results{', and more' if self._data.get('next') else ''})"


class Page(Listing[T]):
    """One page of a list. Iterating over it reads the following pages too, each when it is needed."""

    __slots__ = ()

    def __init__(self, client: Didit, call: Call, head: Head, body: bytes, model: type[View] | None) -> None:
        """Hold an answer; the methods of resources make pages."""
        super().__init__(client, call, model)
        self._load(head, body)

    @hiding
    def next_page(self) -> Page[T] | None:
        """Read the next page, or return None behind the last."""
        call = self._next_call()
        if call is None:
            return None
        head, body = self._client._perform(call)
        return Page(self._client, call, head, body, self._model)

    def pages(self) -> Iterator[Page[T]]:
        """Iterate over this page and those that follow."""
        page: Page[T] | None = self
        while page is not None:
            yield page
            page = page.next_page()

    def __iter__(self) -> Iterator[T]:
        """Iterate over the items of this page and those that follow."""
        for page in self.pages():
            yield from page.results


class AsyncPage(Listing[T]):
    """One page of a list: `await` reads it, `async for` reads it and the following pages, each when it is needed."""

    __slots__ = ()

    def __init__(self, client: AsyncDidit, call: Call, model: type[View] | None) -> None:
        """Prepare a page; the methods of resources make pages."""
        super().__init__(client, call, model)

    @hiding
    async def _read(self) -> AsyncPage[T]:
        if not hasattr(self, "_results"):
            await self._client._run(self._call, self._load)
        return self

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        """Read the page, once."""
        return self._read().__await__()

    @hiding
    async def next_page(self) -> AsyncPage[T] | None:
        """Read the next page, or return None behind the last."""
        await self._read()
        call = self._next_call()
        return None if call is None else await AsyncPage(self._client, call, self._model)

    async def pages(self) -> AsyncIterator[AsyncPage[T]]:
        """Iterate over this page and those that follow."""
        page: AsyncPage[T] | None = await self._read()
        while page is not None:
            yield page
            page = await page.next_page()

    async def __aiter__(self) -> AsyncIterator[T]:
        """Iterate over the items of this page and those that follow."""
        async for page in self.pages():
            for item in page.results:
                yield item
