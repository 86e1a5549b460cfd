"""The canonical form of a JSON body: the bytes that X-Signature-V2 is computed over."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Body

__all__ = ["canonicalize"]


def canonicalize(body: Body, *, strict: bool = False) -> bytes:
    """Return the canonical form of a JSON body, byte for byte what Didit's server makes of it.

    There is no limit of size. Two members of one object with the same name: the last one wins.

    Args:
        body: JSON in UTF-8 without a byte order mark.
        strict: refuse an object that has two members of the same name.

    Raises:
        PayloadError: `invalid_utf8`, `unexpected_bom`, `syntax`, `lone_surrogate`, `integer_too_long`,
            `number_out_of_range`, `too_deep`; with `strict` also `duplicate_key`.
        TypeError: `body` is not bytes, bytearray, memoryview or str.
    """
    try:
        return _native.canonicalize(body, strict=strict)
    except BaseException as error:
        # Loaded when something fails.
        from ._frames import strip

        strip(error)
        del body
        raise
