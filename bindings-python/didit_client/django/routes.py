"""Where the webhook is in the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.urls import URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .receiver import DjangoReceiver

__all__ = ["Route", "routes"]


class Route(NamedTuple):
    """A webhook of the project."""

    path: str | None
    """Its address; None where it takes parameters."""
    view: Any

    @property
    def receiver(self) -> DjangoReceiver:
        """What receives its deliveries."""
        receiver: DjangoReceiver = self.view.didit
        return receiver


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    """Find the webhooks in the URL configuration."""
    for pattern in (resolver or get_resolver()).url_patterns:
        address = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, address)
        elif getattr(pattern.callback, "didit", None) is not None:
            plain = not set(address) & set("<(\\[?*+")
            yield Route(f"/{address}" if plain else None, pattern.callback)
