"""`Didit`, the client for Didit's API."""

from __future__ import annotations

import atexit
import os
import sys

from . import _native
from ._call import EXTRAS, Call, call_of, described, encoded, finite, merged, plainest
from ._files import parts
from ._frames import hiding
from ._space import warn_of_space
from .generated.client import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, NoReturn, Self, Unpack

    from ._native import CancelToken, Head
    from ._threads import Threads
    from .answers import RateLimit, RawResponse
    from .attempts import Attempt
    from .types import CallOptions, FileInputs, Secrets
    from .views import View
    from .webhook_resource import Webhooks

__all__ = ["Didit"]

# Clients that a forked process found. They hold its parent's connections, and perhaps a lock that one
# of the parent's threads had, so they are neither used nor cleaned up.
inherited: list[_native.Client] = []

# Threads that wait for an answer would keep the interpreter from ending in good order.
atexit.register(_native.end_calls)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.forget_calls)


# The options that are text, and that the constructor takes as nothing else.
TEXTS = (
    "api_key",
    "workflow_id",
    "organization_id",
    "application_id",
    "access_token",
    "client_id",
    "client_secret",
    "legacy_webhook_secret",
    "base_url",
    "account_url",
    "issuer_url",
    "proxy",
    "no_proxy",
)


class Configured:
    """What both clients share: their settings, the native client, and how a call is prepared."""

    # What the names of the generated classes begin with.
    _prefix = ""

    @hiding
    def __init__(
        self,
        *,
        api_key: str | None = None,
        webhook_secret: Secrets | None = None,
        workflow_id: str | None = None,
        organization_id: str | None = None,
        application_id: str | None = None,
        access_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        legacy_webhook_secret: str | None = None,
        base_url: str | None = None,
        account_url: str | None = None,
        issuer_url: str | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        max_retries: int | None = None,
        max_response_bytes: int | None = None,
        limiter: bool | None = None,
        proxy: str | None = None,
        no_proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        extra_ca_file: str | os.PathLike[str] | None = None,
        system_trust_store: bool | None = None,
        before_attempt: Callable[[Attempt], object] | None = None,
        after_attempt: Callable[[Attempt], object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Set up a client. What is not given comes from the environment, then from the defaults.

        Args:
            api_key: the application's API key; `DIDIT_API_KEY`.
            webhook_secret: one secret or several, for `webhooks.verify`; `DIDIT_WEBHOOK_SECRET` and
                `DIDIT_WEBHOOK_SECRET_PREVIOUS`.
            workflow_id: the workflow of sessions that name none; `DIDIT_WORKFLOW_ID`.
            organization_id: for paths that name the organization; `DIDIT_ORGANIZATION_ID`.
            application_id: for paths that name the application; `DIDIT_APPLICATION_ID`.
            access_token: an account's token, as `account.login` returns it, for organizations and
                applications; `DIDIT_ACCESS_TOKEN`.
            client_id: V1 only; `CLIENT_ID`.
            client_secret: V1 only; `CLIENT_SECRET`.
            legacy_webhook_secret: V1 only; `WEBHOOK_SECRET_KEY`.
            base_url: where the API is; `DIDIT_BASE_URL`. Plain http is for loopback addresses only.
            account_url: where the account API is; `DIDIT_ACCOUNT_URL`.
            issuer_url: the application's OpenID issuer; `DIDIT_AUTH_ISSUER`.
            timeout: seconds for a whole call with its retries; 60 if nothing is given.
            connect_timeout: seconds for making a connection; 10 if nothing is given.
            max_retries: how often a request is repeated at most; 3 if nothing is given.
            max_response_bytes: how long an answer may be; 64 MiB if nothing is given.
            limiter: wait before a request that would exceed one of Didit's rate limits.
            proxy: address of an HTTP proxy; `HTTPS_PROXY`, `ALL_PROXY`.
            no_proxy: hosts that are reached without it, separated by commas; `NO_PROXY`.
            ca_file: PEM file of the only certificate authorities to trust; `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`.
            extra_ca_file: PEM file of certificate authorities to trust as well; `NODE_EXTRA_CA_CERTS`.
            system_trust_store: trust the certificate authorities of the operating system, not the built-in ones.
            before_attempt: called before each request with an `Attempt`, which holds no personal data.
            after_attempt: called after each request with an `Attempt`.
            environment: read these variables instead of `os.environ`.

        Raises:
            ConfigurationError: a setting that cannot be right, for example an address without a host.
            TypeError: an argument of the wrong type.
        """
        for name, hook in (("before_attempt", before_attempt), ("after_attempt", after_attempt)):
            if hook is not None and not callable(hook):
                raise TypeError(f"{name} must be a function of one argument or None, not {type(hook).__name__}")
        given = {
            "api_key": api_key,
            "webhook_secret": texts(webhook_secret),
            "workflow_id": workflow_id,
            "organization_id": organization_id,
            "application_id": application_id,
            "access_token": access_token,
            "client_id": client_id,
            "client_secret": client_secret,
            "legacy_webhook_secret": legacy_webhook_secret,
            "base_url": base_url,
            "account_url": account_url,
            "issuer_url": issuer_url,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "max_retries": max_retries,
            "max_response_bytes": max_response_bytes,
            "limiter": limiter,
            "proxy": proxy,
            "no_proxy": no_proxy,
            "ca_file": path_text("ca_file", ca_file),
            "extra_ca_file": path_text("extra_ca_file", extra_ca_file),
            "system_trust_store": system_trust_store,
        }
        for name in TEXTS:
            if not isinstance(given[name], str | None):
                raise TypeError(f"{name} must be a str, not {type(given[name]).__name__}")
        config = encoded({name: finite(value) for name, value in given.items() if value is not None})
        self._observer: Callable[..., None] | None = None
        if before_attempt is not None or after_attempt is not None:
            self._observer = observer_of(before_attempt, after_attempt)
        self._defaults: CallOptions = {}
        self._resources: dict[str, Any] = {}
        self._shared = Shared(config, os.environ if environment is None else variables(environment))
        warn_of_space(self._shared.native().webhook_secrets())

    @hiding
    def with_options(self, **options: Unpack[CallOptions]) -> Self:
        """Return a client that makes its calls with these options, over the same connections.

        Example:
            client.with_options(timeout=5, max_retries=0).sessions.decision(session_id)
        """
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._defaults = merged(self._defaults, options, "with_options")  # type: ignore[assignment]
        twin._resources = {}
        return twin

    @property
    def rate_limit(self) -> RateLimit | None:
        """What Didit last said about a rate limit, which it does in a 429 only; None before the first."""
        from .answers import RateLimit

        seen = self._shared.native().rate_limit()
        return None if seen is None else RateLimit(*seen)

    def _top(self, name: str) -> Any:
        found = self._resources.get(name)
        if found is None:
            wanted = self._prefix + name.title().replace("_", "")
            module = __import__(f"{__package__}.generated.resources.{name}", fromlist=[wanted])
            found = self._resources[name] = getattr(module, wanted)(self)
        return found

    def _prepared(
        self,
        operation: str,
        params: dict[str, Any],
        options: CallOptions,
        files: Mapping[str, FileInputs | None] | None = None,
    ) -> Call:
        if not (options or files or self._defaults):
            call = plainest(operation, params)
            if call is not None:
                return call
        return described(operation, params, merged(self._defaults, options, operation), files)

    def _raw(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        json: Any,
        files: Mapping[str, FileInputs | None] | None,
        options: CallOptions,
    ) -> Call:
        for name, value in (("method", method), ("path", path)):
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a str, not {type(value).__name__}")
        for name, group in (("query", query), ("files", files)):
            if group is not None and not hasattr(group, "items"):
                raise TypeError(f"{name} must be a mapping, not {type(group).__name__}")
        all_options = merged(self._defaults, options, "request")
        arguments: dict[str, Any] = {name: all_options[name] for name in EXTRAS if all_options.get(name)}
        if query is not None:
            arguments["params"] = dict(query.items())
        body = None if json is None else encoded({"params": {"json": json}})
        return call_of(method, arguments, all_options, files, path, body)

    def _perform(self, call: Call, cancel: CancelToken | None = None, waited: float = 0.0) -> tuple[Head, bytes]:
        """Make a call, and return the head and the body of its answer.

        `waited` are the seconds of its time that have passed already.
        """
        if "gevent.monkey" in sys.modules:
            from ._gevent import hub_to_keep_free, perform_beside

            hub = hub_to_keep_free()
            if hub is not None:
                return perform_beside(hub, self, call, cancel, waited)
        return self._perform_here(call, cancel, waited)

    def _perform_here(self, call: Call, cancel: CancelToken | None, waited: float) -> tuple[Head, bytes]:
        """Make a call on this thread."""
        native = self._shared.native()
        files = parts(call.files) if call.files else None
        observer = self._observer if self._observer is not None or not is_logged() else log_observer()
        if call.path is None:
            return native.call(call.operation, call.arguments, call.options, files, cancel, observer, waited)
        arguments: Any = call.arguments
        return native.request(
            call.operation, call.path, arguments, call.json, call.options, files, cancel, observer, waited
        )

    def _next(self, call: Call, head: Head, body: bytes) -> Call | None:
        arguments = self._shared.native().next_page(call.operation, call.arguments, head, body)
        return None if arguments is None else call.on_page(arguments)

    def __repr__(self) -> str:
        """Show where the client sends its calls, and no credential."""
        shared = getattr(self, "_shared", None)
        # A client that could not be set up is printed by whoever looks at the error.
        return f"{type(self).__name__}({'not set up' if shared is None else f'base_url={shared.base_url!r}'})"

    def __reduce__(self) -> NoReturn:
        """Refuse: a client holds credentials."""
        raise TypeError(f"a {type(self).__name__} holds credentials and cannot be pickled; build one where it is used")


class Shared:
    """The native client that a client and its `with_options` twins share, made anew in a forked process."""

    __slots__ = ("_config", "_environment", "_native", "_process", "beside_hub", "closed", "pool")

    def __init__(self, config: str, environment: Mapping[str, str]) -> None:
        self._config = config
        # A later change of the environment is of no concern to this client, also not in a forked process.
        self._environment = dict(environment)
        self._native = _native.Client(config, self._environment)
        self._process = os.getpid()
        self.closed: bool = False
        # The threads of an `AsyncDidit`, and the process that they belong to.
        self.pool: tuple[int, Threads] | None = None
        # Those that make the calls of greenlets.
        self.beside_hub: Any = None

    def native(self) -> _native.Client:
        if self.closed:
            raise RuntimeError("the client is closed")
        if self._process != os.getpid():
            # No lock: at worst two threads make a client each, and one of them is used once.
            inherited.append(self._native)
            self._native = _native.Client(self._config, self._environment)
            self._process = os.getpid()
        return self._native

    @property
    def base_url(self) -> str:
        return self._native.base_url

    def close(self) -> None:
        if not self.closed and self._process == os.getpid():
            self._native.close()
        self.closed = True


def observer_of(before: Any, after: Any) -> Callable[..., None]:
    """Return what the native module calls before and after each request."""
    from .attempts import observer

    return observer((before, after))


def log_observer() -> Callable[..., None]:
    """Return what the native module calls where there are no hooks, and the log alone is told."""
    global LOG_OBSERVER
    if LOG_OBSERVER is None:
        LOG_OBSERVER = observer_of(None, None)
    return LOG_OBSERVER


def is_logged() -> bool:
    """Tell whether anybody would see the lines of the log, of which there are none above INFO."""
    global LOGGER
    if LOGGER is None:
        # A program that has not loaded `logging` has not asked for lines below WARNING.
        if "logging" not in sys.modules:
            return False
        import logging

        LOGGER = logging.getLogger("didit_client")
    return LOGGER.isEnabledFor(INFO)


# As `logging` has it, whose import takes longer than that of this package.
INFO = 20
LOGGER: logging.Logger | None = None
LOG_OBSERVER: Callable[..., None] | None = None


def texts(secrets: Secrets | None) -> Any:
    """Return webhook secrets as text, which JSON can hold."""
    if secrets is None:
        return None
    # Of a mapping the names would be taken for secrets, and of a set nobody knows which is the current one.
    return [text(secret) for secret in secrets] if isinstance(secrets, list | tuple) else text(secrets)


def text(secret: Any) -> str:
    """Return one webhook secret as text."""
    if isinstance(secret, str):
        return secret
    if isinstance(secret, bytes):
        try:
            return secret.decode()
        except UnicodeDecodeError:
            pass
        # Not the decoder's error, which holds the secret.
        raise ValueError("webhook_secret is not UTF-8")
    raise TypeError(f"webhook_secret must be a str or bytes, or a list of them, not {type(secret).__name__}")


def path_text(name: str, path: Any) -> str | None:
    """Return the path of a file as text."""
    if path is None or isinstance(path, str):
        return path
    if not isinstance(path, os.PathLike):
        raise TypeError(f"{name} must be a str or a path object, not {type(path).__name__}")
    return os.fsdecode(path)


def variables(environment: Any) -> Mapping[str, str]:
    """Return variables that stand in for those of the process, once it is sure that they could."""
    if not hasattr(environment, "items"):
        raise TypeError(f"environment must be a mapping, not {type(environment).__name__}")
    found = dict(environment.items())
    for name, value in found.items():
        if not isinstance(value, str):
            raise TypeError(f"environment: {name} must be a str, not {type(value).__name__}")
    return found


class Didit(Configured, Resources):
    """The client for Didit's API. One client serves all threads of a program, and its forks.

    Example:
        client = Didit()  # DIDIT_API_KEY and the others come from the environment
        session = client.sessions.create(vendor_data="user-123", callback="https://example.com/done")
        redirect(session.url)
    """

    @property
    def webhooks(self) -> Webhooks:
        """Destinations, deliveries, and `verify` with the client's secrets."""
        found = self._resources.get("webhooks")
        if found is None:
            from .webhook_resource import Webhooks

            found = self._resources["webhooks"] = Webhooks(self)
        resource: Webhooks = found
        return resource

    @hiding
    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        files: Mapping[str, FileInputs | None] | None = None,
        **options: Unpack[CallOptions],
    ) -> RawResponse:
        """Make a call that the resources do not know, with the same credentials, retries and errors.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: the path below the base URL, for example `/v3/sessions/`.
            query: parameters of the address.
            json: the body.
            files: parts of a multipart body.
            **options: options of this call.

        Raises:
            ApiError: Didit's answer is an error.
            TransportError: there was no answer.
            TypeError: an argument of the wrong type.
        """
        from .answers import RawResponse

        head, body = self._perform(self._raw(method, path, query, json, files, options))
        return RawResponse(head, body)

    @hiding
    def healthcheck(self, **options: Unpack[CallOptions]) -> View:
        """Ask whether the API is up. It needs no key.

        Raises:
            ApiError: Didit's answer is an error.
            TransportError: there was no answer.
        """
        return self.system.healthcheck(**options)

    def close(self) -> None:
        """End the calls that are under way, and close the connections."""
        self._shared.close()

    def __enter__(self) -> Self:
        """Return the client, which is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        self.close()
