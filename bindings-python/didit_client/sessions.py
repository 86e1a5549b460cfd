"""Presenting a session to its user: redirect, iframe, and what the user's browser brings back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from . import _native

if TYPE_CHECKING:

    class _Fields:
        """What the generated class has."""

        def get(self, name: str, default: Any = None) -> Any: ...

else:
    _Fields = object

__all__ = ["SessionMixin", "UnauthenticatedCallback", "iframe_html", "parse_callback"]


class SessionMixin(_Fields):
    """What a created session can do."""

    __slots__ = ()

    @property
    def reused(self) -> bool | None:
        """True if Didit returned an unfinished session of the same `vendor_data`; None if that cannot be told.

        Didit says it only through the status: a session that is not `Not Started` is no new one. One that is
        can be new or reused.
        """
        status = self.get("status")
        return _native.session_reused(status) if isinstance(status, str) else None

    def iframe_html(
        self,
        *,
        title: str | None = None,
        width: str | None = None,
        height: str | None = None,
        id: str | None = None,  # noqa: A002
        class_: str | None = None,
    ) -> str:
        """Return the HTML of an iframe that shows the verification page; see `iframe_html`.

        Raises:
            InvalidRequestError: `invalid_argument`: the session has no https address, or a length is none.
        """
        return iframe_html(self.get("url") or "", title=title, width=width, height=height, id=id, class_=class_)


class UnauthenticatedCallback:
    """What a browser said when it came back from the verification. Anybody can write such an address.

    It has no `status` and no `outcome` on purpose: read the decision with `client.sessions.decision`, or wait
    for the webhook, before you grant anything.
    """

    __slots__ = ("_claimed_status", "_session_id")

    def __init__(self, session_id: str, claimed_status: str | None) -> None:
        """Hold the parameters; `parse_callback` makes these."""
        self._session_id = session_id
        self._claimed_status = claimed_status

    @property
    def session_id(self) -> str:
        """The session that the browser names. It has the form of an id, and need not be one of its user's."""
        return self._session_id

    @property
    def claimed_status(self) -> str | None:
        """The status that the browser names, which need not be true. Use it for the page that you show at most."""
        return self._claimed_status

    def __bool__(self) -> NoReturn:
        """Refuse: a callback is no evidence of anything."""
        raise TypeError("a callback proves nothing: read the decision of its session_id, or wait for the webhook")

    def __eq__(self, other: object) -> bool:
        """Compare both attributes."""
        if not isinstance(other, UnauthenticatedCallback):
            return NotImplemented
        return (self.session_id, self.claimed_status) == (other.session_id, other.claimed_status)

    def __hash__(self) -> int:
        """Hash both attributes."""
        return hash((self.session_id, self.claimed_status))

    def __repr__(self) -> str:
        """Show both attributes."""
        return f"UnauthenticatedCallback(session_id={self.session_id!r}, claimed_status={self.claimed_status!r})"


def parse_callback(url_or_query: str) -> UnauthenticatedCallback:
    """Read `verificationSessionId` and `status` from the address at which the user came back.

    Args:
        url_or_query: the whole address, or its query with or without the question mark.

    Raises:
        InvalidRequestError: `invalid_callback`: the id is missing, there twice, or no UUID.
    """
    if not isinstance(url_or_query, str):
        raise TypeError(f"url_or_query must be a str, not {type(url_or_query).__name__}")
    return UnauthenticatedCallback(*_native.parse_callback(url_or_query))


def iframe_html(
    url: str,
    *,
    title: str | None = None,
    width: str | None = None,
    height: str | None = None,
    id: str | None = None,  # noqa: A002
    class_: str | None = None,
) -> str:
    """Return the HTML of an iframe that shows a verification page, with every value escaped.

    Args:
        url: the session's `url`.
        title: what screen readers call the frame; "Identity verification" if nothing is given.
        width: a CSS length; 100% if nothing is given.
        height: a CSS length; 700px if nothing is given.
        id: the `id` of the element.
        class_: the `class` of the element.

    Raises:
        InvalidRequestError: `invalid_argument`: `url` is no https address, or a length is none.
    """
    given = {"url": url, "title": title, "width": width, "height": height, "id": id, "class_": class_}
    for name, value in given.items():
        if not (isinstance(value, str) or (value is None and name != "url")):
            raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    return _native.iframe_html(url, title=title, width=width, height=height, id=id, class_=class_)
