"""
The native half of `didit_client`. Programs use the package, never this module.
"""

from typing import Any, Final, final

__all__ = ["__version__", "Payload", "Verifier", "_panic", "canonicalize", "causes", "error", "error_codes", "explain", "parse_unsigned", "restore_payload", "sign"]

__version__: Final[str]

@final
class Payload:
    """
    The members of a payload, found but not parsed.
    """
    def __contains__(self, name: str, /) -> bool: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def covers(self, /, name: str) -> bool:
        """
        Tells whether the signature covers a member.
        """
    def get(self, /, name: str, default: Any | None = None) -> Any | None:
        """
        Returns a member as plain Python data, which is the caller's own.
        """
    @property
    def json(self, /) -> bytes:
        """
        The JSON text.
        """
    def keys(self, /) -> "list[str]":
        """
        Lists the members' names.
        """
    @property
    def kind(self, /) -> str:
        """
        The event's type, or `unknown`.
        """
    @property
    def outcome(self, /) -> str:
        """
        What a session's status means.
        """
    def to_dict(self, /) -> "dict[str, Any]":
        """
        Returns all members as plain Python data, which is the caller's own.
        """

@final
class Verifier:
    """
    The verifier without its clock.
    """
    def __new__(cls, /, secrets: Any, *, schemes: Any, max_age: Any | None, max_future: Any, header_timestamp: Any, max_body: Any, environments: Any | None) -> Verifier: ...
    def __repr__(self, /) -> str: ...
    def verify(self, /, body: Any, headers: Any, now: Any) -> tuple[Payload, str, str, int, int, bytes]:
        """
        Verifies a delivery from the bytes of its body.
        """
    def verify_parsed(self, /, payload: Any, headers: Any, now: Any) -> tuple[Payload, str, str, int, int, bytes]:
        """
        Verifies a delivery from a body that is parsed already.
        """

def _panic() -> None:
    """
    Panics, so that the tests can see what becomes of it.
    """

def canonicalize(body: Any, *, strict: bool) -> bytes:
    """
    Returns the canonical form of a JSON body.
    """

def causes() -> list[str]:
    """
    Lists the names of all causes.
    """

def error(code: str) -> Any:
    """
    Makes the exception of a code, for what the Python side finds out.
    """

def error_codes() -> list[tuple[str, str, int, str]]:
    """
    Lists every error code with its class, HTTP status and hint.
    """

def explain(body: Any, headers: Any, secrets: Any, now: Any, *, other_secrets: Any, schemes: Any, max_age: Any | None, max_future: Any, header_timestamp: Any, max_body: Any, environments: Any | None) -> tuple[str, str, str, str, str, int | None, list[str]]:
    """
    Says which of the known mistakes made a delivery fail.
    """

def parse_unsigned(body: Any) -> Payload:
    """
    Reads an unsigned callback.
    """

def restore_payload(payload: "bytes", scheme: "str | None") -> Payload:
    """
    Makes a payload again from what its pickle holds. It is as trustworthy as the pickle.
    """

def sign(body: Any, secret: Any, signed_at: Any | None) -> "dict[str, str]":
    """
    Returns the headers that Didit would send.
    """
