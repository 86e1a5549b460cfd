"""Did Didit send this? Verification of webhook deliveries."""

from __future__ import annotations

from time import time as system_clock

from . import _native
from ._space import warn_of_space
from .events import UnsignedEvent, event_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from ._native import Payload
    from .events import Event
    from .types import Body, Covers, Environment, HeaderSource, HeaderTimestamp, Plain, Scheme, Secrets, Time

    # Payload, scheme, coverage, index of the secret, signed time; the authenticated bytes unless they are the payload.
    Verdict = tuple[Payload, str, str, int, int, builtins.bytes | None]

__all__ = ["Verified", "Verifier", "parse_unsigned", "sign"]


class Verified:
    """A delivery that Didit made, recently, with one of the verifier's secrets."""

    __slots__ = ("_event", "_verdict")

    def __init__(self, verdict: Verdict) -> None:
        """Hold a verdict; only the verifier makes them."""
        self._verdict = verdict
        # Made when it is read.
        self._event: Event | None = None

    @property
    def event(self) -> Event:
        """What the authenticated bytes say."""
        if self._event is None:
            self._event = event_of(self._verdict[0])
        return self._event

    @property
    def scheme(self) -> Scheme:
        """The scheme whose signature matched."""
        return self._verdict[1]  # type: ignore[return-value]

    @property
    def covers(self) -> Covers:
        """How much is authenticated: the whole `body`, or under `simple` the `envelope` of four fields."""
        return self._verdict[2]  # type: ignore[return-value]

    @property
    def secret_index(self) -> int:
        """Which secret made the signature, from 0: one that deliveries no longer use can go."""
        return self._verdict[3]

    @property
    def signed_at(self) -> int:
        """The signed time, in Unix seconds."""
        return self._verdict[4]

    @property
    def bytes(self) -> builtins.bytes:
        """The authenticated bytes: the canonical form (`v2`), the body (`raw`, `v1`), the message (`simple`)."""
        message = self._verdict[5]
        return self._verdict[0].json if message is None else message

    def _facts(self) -> tuple[Any, ...]:
        return self.event, *self._verdict[1:5], self.bytes

    def __eq__(self, other: object) -> bool:
        """Compare all attributes."""
        return self._facts() == other._facts() if isinstance(other, Verified) else NotImplemented

    def __hash__(self) -> int:
        """Hash all attributes."""
        return hash(self._facts())

    def __repr__(self) -> str:
        """Show the event's ids and the verdict, without personal data."""
        return (
            f"Verified(event={self.event!r}, scheme={self.scheme!r}, covers={self.covers!r}, "
            f"secret_index={self.secret_index}, signed_at={self.signed_at})"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy. What is read from a pickle is as trustworthy as the pickle."""
        return Verified, (self._verdict,)


class Verifier:
    """Decides whether deliveries are genuine. One verifier serves all threads of a program.

    By default a delivery passes with X-Signature-V2 or X-Signature, both of which cover the whole body,
    if it was signed within the last 300 seconds. Repetitions pass too: deduplicate on `event.event_id`.
    """

    __slots__ = ("_clock", "_native")

    def __init__(
        self,
        secrets: Secrets | None,
        *,
        schemes: Sequence[Scheme] = ("v2", "raw"),
        max_age: int | None = None,
        max_future: int = 300,
        header_timestamp: HeaderTimestamp = "fresh",
        max_body: int = 1_048_576,
        environments: Sequence[Environment] | None = None,
        clock: Callable[[], Time] | None = None,
    ) -> None:
        """Build a verifier.

        Args:
            secrets: the destination's `secret_shared_key`, or several during a rotation. Each is used as it is.
            schemes: the accepted signatures. `simple` and `v1` only alone: `("simple",)`.
            max_age: how many seconds ago a delivery may have been signed; None is 300, or 600 under `v1`.
            max_future: how many seconds in the future it may have been signed.
            header_timestamp: X-Timestamp must be within the window (`fresh`), `equal` to the signed time, or
                may be absent (`ignore`).
            max_body: the longest body, and the longest canonical form, in bytes.
            environments: accept only events of these, for example `("live",)`; None accepts all.
            clock: returns the current time; None is `time.time`.

        Raises:
            ConfigurationError: `missing_secret`: no secret, or an empty one among them.
            ValueError: an unknown name, a negative number, or options that contradict each other.
            TypeError: an argument of the wrong type.
        """
        try:
            if clock is not None and not callable(clock):
                raise TypeError(f"clock must be a function without arguments or None, not {type(clock).__name__}")
            self._clock = clock or system_clock
            self._native = _native.Verifier(
                secrets,
                schemes=schemes,
                max_age=max_age,
                max_future=max_future,
                header_timestamp=header_timestamp,
                max_body=max_body,
                environments=environments,
            )
            warn_of_space(secrets)
        except BaseException as error:
            hide(error)
            del secrets
            raise

    def verify(self, body: Body, headers: HeaderSource, now: Time | None = None) -> Verified:
        """Verify a delivery from the raw bytes of its body.

        Args:
            body: the body exactly as it arrived; a `str` counts as UTF-8.
            headers: the request's headers: any mapping, a WSGI environ, or pairs such as ASGI's.
            now: the current time in Unix seconds or as an aware datetime; None asks the clock.

        Raises:
            SignatureError: `missing_signature`, `malformed_signature`, `signature_mismatch`,
                `duplicate_header`, `ambiguous_field`.
            TimestampError: `missing_timestamp`, `malformed_timestamp`, `invalid_body_timestamp`,
                `timestamp_mismatch`, `timestamp_too_old`, `timestamp_in_future`.
            PayloadError: `body_too_large`, `invalid_utf8`, `unexpected_bom`, `syntax`, `lone_surrogate`,
                `integer_too_long`, `number_out_of_range`, `too_deep`, `duplicate_key`, `body_not_object`,
                `wrong_environment`.
            TypeError: an argument of the wrong type, for example a parsed body or a time in milliseconds.
        """
        try:
            return Verified(self._native.verify(body, headers, self._clock() if now is None else now))
        except BaseException as error:
            hide(error)
            del body, headers
            raise

    def verify_parsed(self, payload: Plain, headers: HeaderSource, now: Time | None = None) -> Verified:
        """Verify a delivery whose body a framework has parsed already. Only X-Signature-V2 can vouch for it.

        The event is built anew from the authenticated bytes, never from `payload`. Prefer `verify` where the
        raw body is at hand.

        Args:
            payload: what `json.loads` made of the body: dict, list, str, int, float, bool and None.
            headers: as for `verify`.
            now: as for `verify`.

        Raises:
            SignatureError: as `verify`.
            TimestampError: as `verify`.
            PayloadError: as `verify`; also `unsupported_value` for anything that `json.loads` does not make,
                and `parsed_precision` if the signature does not match and a parser may have rounded numbers.
            TypeError: an argument of the wrong type, for example the bytes of a body.
        """
        try:
            return Verified(self._native.verify_parsed(payload, headers, self._clock() if now is None else now))
        except BaseException as error:
            hide(error)
            del payload, headers
            raise

    def __repr__(self) -> str:
        """Show the options, and no key."""
        # One that could not be built is printed by whoever looks at the error.
        native = getattr(self, "_native", None)
        return "Verifier(not set up)" if native is None else repr(native)

    def __reduce__(self) -> NoReturn:
        """Refuse: a verifier holds keys."""
        raise TypeError("a Verifier holds webhook secrets and cannot be pickled or copied; build one where it is used")


def sign(body: Body, secret: str | bytes, *, signed_at: Time | None = None) -> dict[str, str]:
    """Return the headers that Didit would send with a body, all three signatures: for tests of your own.

    Args:
        body: JSON, signed as it is; a verifier accepts it only if it is an object whose `timestamp` is current.
        secret: the destination's secret.
        signed_at: the value of X-Timestamp; None takes the body's `timestamp`.

    Raises:
        ConfigurationError: `missing_secret`.
        PayloadError: what `canonicalize` raises.
        TypeError: an argument of the wrong type.
    """
    try:
        return dict(_native.sign(body, secret, signed_at))
    except BaseException as error:
        hide(error)
        del body, secret
        raise


def parse_unsigned(body: Body) -> UnsignedEvent:
    """Read the unsigned `kyb.registry_search.resolved` callback. Nothing authenticates it.

    Args:
        body: at most 1 MiB of JSON.

    Raises:
        PayloadError: what strict `canonicalize` raises, `body_too_large` and `body_not_object`.
        TypeError: `body` is not bytes, bytearray, memoryview or str.
    """
    try:
        return UnsignedEvent(_native.parse_unsigned(body))
    except BaseException as error:
        hide(error)
        del body
        raise


def hide(error: BaseException) -> None:
    """Take the frames of this package out of an error; the caller still has to forget what it was given."""
    # Most deliveries are genuine, and need none of this.
    from ._frames import strip

    strip(error)
