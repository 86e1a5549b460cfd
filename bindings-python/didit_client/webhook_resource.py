"""`client.webhooks`: destinations and deliveries, and verification with the client's secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError
from .generated.resources import webhooks as generated
from .webhook import Verified, Verifier, hide

if TYPE_CHECKING:
    from .types import Body, ErrorCode, HeaderSource, Plain, Time

__all__ = ["AsyncWebhooks", "Webhooks"]


class Verifying:
    """Verification with the secrets of a client, whose other settings are a `Verifier`'s defaults."""

    __slots__ = ()

    if TYPE_CHECKING:
        _client: Any
        _children: dict[str, Any]

    @property
    def verifier(self) -> Verifier:
        """The verifier of the client's secrets.

        Raises:
            ConfigurationError: `missing_secret`: neither `webhook_secret` nor its variables are set.
        """
        found = self._children.get("verifier")
        if found is None:
            found = self._children["verifier"] = Verifier(self._client._shared.native().webhook_secrets())
        verifier: Verifier = found
        return verifier

    def verify(self, body: Body, headers: HeaderSource, now: Time | None = None) -> Verified:
        """Verify a delivery from the raw bytes of its body, as `Verifier.verify` does. Nothing is awaited.

        Args:
            body: the body exactly as it arrived; a `str` counts as UTF-8.
            headers: the request's headers: any mapping, a WSGI environ, or pairs such as ASGI's.
            now: the current time in Unix seconds or as an aware datetime; None asks the clock.

        Raises:
            WebhookError: Didit did not send this, or not recently.
            ConfigurationError: `missing_secret`: neither `webhook_secret` nor its variables are set.
        """
        try:
            return self.verifier.verify(body, headers, now)
        except BaseException as error:
            hide(error)
            del body, headers
            raise

    def verify_parsed(self, payload: Plain, headers: HeaderSource, now: Time | None = None) -> Verified:
        """Verify a delivery whose body a framework has parsed already, as `Verifier.verify_parsed` does.

        Args:
            payload: what `json.loads` made of the body.
            headers: as for `verify`.
            now: as for `verify`.

        Raises:
            WebhookError: Didit did not send this, or not recently.
            ConfigurationError: `missing_secret`: neither `webhook_secret` nor its variables are set.
        """
        try:
            return self.verifier.verify_parsed(payload, headers, now)
        except BaseException as error:
            hide(error)
            del payload, headers
            raise

    def verify_legacy(self, body: Body, headers: HeaderSource, now: Time | None = None) -> Verified:
        """Verify a delivery of V1 with the client's `legacy_webhook_secret`, by its only signature.

        It may have been signed up to 600 seconds ago; `Verifier(secret, schemes=("v1",), max_age=900)` allows more.

        Args:
            body: as for `verify`.
            headers: as for `verify`.
            now: as for `verify`.

        Raises:
            WebhookError: Didit did not send this, or not recently.
            ConfigurationError: `missing_secret`: neither `legacy_webhook_secret` nor `WEBHOOK_SECRET_KEY` is set.
        """
        try:
            return self._legacy_verifier().verify(body, headers, now)
        except BaseException as error:
            hide(error)
            del body, headers
            raise

    def _legacy_verifier(self) -> Verifier:
        found = self._children.get("legacy verifier")
        if found is None:
            secret = self._client._shared.native().legacy_webhook_secret()
            if not secret:
                raise no_legacy_secret()
            found = self._children["legacy verifier"] = Verifier(secret, schemes=("v1",))
        verifier: Verifier = found
        return verifier


def no_legacy_secret() -> ConfigurationError:
    """Return the error for a client without the secret of V1, which is not the one of its other webhooks."""
    code: ErrorCode = "missing_secret"
    hint = "Set legacy_webhook_secret, or WEBHOOK_SECRET_KEY, to the webhook secret of the V1 application."
    return ConfigurationError(f"{code}: no secret for V1 webhooks was given. {hint}", code, hint, 500)


class Webhooks(Verifying, generated.Webhooks):
    """Destinations, deliveries, and `verify`."""

    __slots__ = ()


class AsyncWebhooks(Verifying, generated.AsyncWebhooks):
    """Destinations, deliveries, and `verify`, which needs no `await`."""

    __slots__ = ()
