"""
The native half of `didit_client`. Programs use the package, never this module.
"""

from _typeshed import SupportsGetItem
from os import PathLike
from typing import Any, Final, SupportsFloat, SupportsIndex, final

__all__ = ["__version__", "Arguments", "CancelToken", "Client", "Head", "Payload", "Store", "Verifier", "_panic", "answer_to", "answers", "apply_event", "body_was_read", "canonicalize", "causes", "check_limits", "default_limits", "end_calls", "error", "error_codes", "event_key", "explain", "forget_calls", "iframe_html", "lost_events", "odd_slow_after", "parse_callback", "parse_unsigned", "receive_limits", "refuse_request", "restore_payload", "session_reused", "set_status", "sign", "simple_arguments", "spaced_secrets", "status", "statuses", "store_key", "store_scripts", "store_statements", "suspect_attempts"]

__version__: Final[str]

@final
class Arguments:
    """
    The arguments of a call that need not be read any more.
    """

@final
class CancelToken:
    """
    Ends the calls that it was given to.
    """
    def __new__(cls, /) -> CancelToken:
        """
        A token that nobody has used yet.
        """
    def cancel(self, /) -> None:
        """
        Ends the calls.
        """
    @property
    def cancelled(self, /) -> bool:
        """
        Whether `cancel` was called.
        """

@final
class Client:
    """
    The client without its methods.
    """
    def __new__(cls, /, config: str, environment: Any) -> Client:
        """
        Sets up a client from options as JSON, and from the variables of an environment.
        """
    @property
    def base_url(self, /) -> str:
        """
        Where the API is.
        """
    def call(self, operation: str, arguments: Arguments | str, options: str | None, files: SupportsGetItem[int, tuple[str, str | None, str | None, bytes]] | None, cancel: CancelToken | None, observer: Any | None, waited: SupportsFloat | SupportsIndex, /) -> tuple[Head, bytes]:
        """
        Makes a call of the description; returns the head and the body of its answer.
        """
    def close(self, /) -> None:
        """
        Ends all calls of this client.
        """
    def legacy_webhook_secret(self, /) -> str | None:
        """
        The secret of V1 webhooks.
        """
    def next_page(self, operation: str, arguments: Arguments | str, head: Head, body: bytes, /) -> Arguments | None:
        """
        The arguments of the next page, or None behind the last.
        """
    def rate_limit(self, /) -> tuple[int | None, int | None, int | None, float | None, str] | None:
        """
        Limit, remaining, reset, seconds to wait, operation: what was last said about a rate limit.
        """
    def request(self, method: str, path: str, arguments: str, json: str | None, options: str | None, files: SupportsGetItem[int, tuple[str, str | None, str | None, bytes]] | None, cancel: CancelToken | None, observer: Any | None, waited: SupportsFloat | SupportsIndex, /) -> tuple[Head, bytes]:
        """
        Makes a call of a path that the description need not know.
        """
    def timeout(self, /, options: str | None) -> float:
        """
        How many seconds a call with these options has, as JSON.
        """
    def webhook_secrets(self, /) -> list[str]:
        """
        The secrets of webhook destinations.
        """

@final
class Head:
    """
    The head of an answer.
    """
    @property
    def attempts(self, /) -> int:
        """
        How many requests it took.
        """
    def headers(self, /) -> list[tuple[str, str]]:
        """
        Names and values in the order of the answer.
        """
    @property
    def request_id(self, /) -> str | None:
        """
        The id under which the service knows the request.
        """
    @property
    def status(self, /) -> int:
        """
        The HTTP status.
        """

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
class Store:
    """
    A store in memory, or in an SQLite file if it has a path.

    Without `wait`, a method returns None where another process is writing.
    """
    def __new__(cls, /, path: str | PathLike[str] | None, table: str) -> Store: ...
    def claim(self, /, namespace: str, event_id: str, lease: SupportsIndex, wait: bool) -> tuple[str, str | None, int] | None:
        """
        Asks for the right to do an event.
        """
    def complete(self, /, namespace: str, event_id: str, token: str, wait: bool) -> bool | None:
        """
        Records that the event is done.
        """
    def counts(self, /, wait: bool) -> tuple[int, int, int, int] | None:
        """
        Counts the events: in flight, expired, released, done.
        """
    def is_done(self, /, namespace: str, event_id: str, wait: bool) -> bool | None:
        """
        Tells whether the event is done.
        """
    def pause(self, /) -> None:
        """
        Closes the file before a fork, once no thread uses it.
        """
    def purge(self, /, retention: SupportsIndex, wait: bool) -> int | None:
        """
        Forgets what has not changed for so many seconds.
        """
    def release(self, /, namespace: str, event_id: str, token: str, wait: bool) -> bool | None:
        """
        Gives the event back.
        """
    def renew(self, /, namespace: str, event_id: str, token: str, lease: SupportsIndex, wait: bool) -> bool | None:
        """
        Makes the lease begin anew.
        """
    def resume(self, /, child: bool) -> None:
        """
        Goes on after a fork, in the child or in its parent.
        """

@final
class Verifier:
    """
    The verifier without its clock.
    """
    def __new__(cls, /, secrets: Any, *, schemes: Any, max_age: Any | None, max_future: Any, header_timestamp: Any, max_body: Any, environments: Any | None) -> Verifier: ...
    def __repr__(self, /) -> str: ...
    def verify(self, /, body: Any, headers: Any, now: Any) -> tuple[Payload, str, str, int, int, bytes | None]:
        """
        Verifies a delivery from the bytes of its body.
        """
    def verify_parsed(self, /, payload: Any, headers: Any, now: Any) -> tuple[Payload, str, str, int, int, bytes | None]:
        """
        Verifies a delivery from a body that is parsed already.
        """

def _panic() -> None:
    """
    Panics, so that the tests can see what becomes of it.
    """

def answer_to(code: str) -> str | None:
    """
    Names the answer to a delivery with this error code, where it is another than the error's own.
    """

def answers() -> list[tuple[str, int, str]]:
    """
    Lists the answers: name, status and meaning.
    """

def apply_event(event: tuple[str, str, SupportsIndex | None, SupportsIndex, str] | None, current: tuple[str, str, SupportsIndex, bool, SupportsIndex, bool, str] | None) -> tuple[str, tuple[str, str, int, bool, int, bool, str] | None, bool, bool]:
    """
    Puts an event beside what is known: the verdict, what to keep, whether it changed, whether the event is later.
    """

def body_was_read(length: str | None, left: SupportsIndex) -> bool:
    """
    Whether less of a body is left than its Content-Length announced.
    """

def canonicalize(body: Any, *, strict: bool) -> bytes:
    """
    Returns the canonical form of a JSON body.
    """

def causes() -> list[str]:
    """
    Lists the names of all causes.
    """

def check_limits(lease: SupportsIndex, retention: SupportsIndex, window: SupportsIndex) -> None:
    """
    Checks a lease in milliseconds and a retention in seconds, against the window of deliveries.
    """

def default_limits() -> tuple[int, int]:
    """
    The default lease in milliseconds, and the default retention in seconds.
    """

def end_calls() -> None:
    """
    Ends all calls, and waits until their threads have left this module. For the end of the interpreter.
    """

def error(code: str, about: str | None = None) -> Any:
    """
    Makes the exception of a code, for what the Python side finds out; `about` says more.
    """

def error_codes() -> list[tuple[str, str, int, str]]:
    """
    Lists every error code with its class, HTTP status and hint.
    """

def event_key(event_id: str | None, authenticated: bytes) -> str:
    """
    What tells an event from every other: its id, or a hash of the authenticated bytes.
    """

def explain(body: Any, headers: Any, secrets: Any, now: Any, *, other_secrets: Any, schemes: Any, max_age: Any | None, max_future: Any, header_timestamp: Any, max_body: Any, environments: Any | None) -> tuple[str, str, str, str, str, int | None, list[str]]:
    """
    Says which of the known mistakes made a delivery fail.
    """

def forget_calls() -> None:
    """
    Forgets the calls of the process that forked this one: their threads are not here.
    """

def iframe_html(url: str, *, title: str | None, width: str | None, height: str | None, id: str | None, class_: str | None) -> str:
    """
    Returns the HTML of an iframe that shows a verification page.
    """

def lost_events(attempts: str) -> list[tuple[str, str, str | None, str | None, str | None]]:
    """
    Lists the events that never arrived, of attempts in JSON that were read: event, attempt to resend, type, session, time.
    """

def odd_slow_after(milliseconds: SupportsIndex) -> str | None:
    """
    What is odd about the time after which a handler is slow, although it is possible.
    """

def parse_callback(url_or_query: str) -> tuple[str, str | None]:
    """
    Reads the session id and the claimed status from the address at which a browser came back.
    """

def parse_unsigned(body: Any) -> Payload:
    """
    Reads an unsigned callback.
    """

def receive_limits() -> tuple[int, int]:
    """
    After how many milliseconds a handler is slow, and how many secrets are tried.
    """

def refuse_request(method: str, encoding: str | None, length: str | None, max_body: SupportsIndex) -> str | None:
    """
    Names the answer to a request whose head is reason enough to refuse it.
    """

def restore_payload(payload: "bytes", scheme: "str | None") -> Payload:
    """
    Makes a payload again from what its pickle holds. It is as trustworthy as the pickle.
    """

def session_reused(status: str | None) -> bool | None:
    """
    Says of a created session's status whether the session was there before.
    """

def set_status(current: tuple[str, str, SupportsIndex, bool, SupportsIndex, bool, str], status: str, at: SupportsIndex) -> tuple[str, str, int, bool, int, bool, str]:
    """
    After the application has set a status through the API.
    """

def sign(body: Any, secret: Any, signed_at: Any | None) -> "dict[str, str]":
    """
    Returns the headers that Didit would send.
    """

def simple_arguments(params: Any, unset: Any, /) -> Arguments | None:
    """
    The parameters of a call that are nothing but text, small whole numbers, booleans and None, as most are; None where
    one is anything else, and the way by JSON text has to decide what becomes of it. Those that are `unset` are left out.
    """

def spaced_secrets(secrets: Any) -> list[str]:
    """
    Which secrets have white space around them, in words that show nothing of it.
    """

def status(status: str) -> tuple[str, bool, list[str]]:
    """
    Says of a status what it means, whether it is final, and what can follow.
    """

def statuses() -> list[str]:
    """
    Lists the documented statuses.
    """

def store_key(namespace: str, event_id: str) -> str:
    """
    Makes the text of a key out of a namespace and an event: `namespace:event`.
    """

def store_scripts() -> list[tuple[str, str]]:
    """
    Lists the Redis scripts: name and text.
    """

def store_statements(placeholders: str, table: str) -> list[tuple[str, str, list[str]]]:
    """
    Lists the SQL statements: name, text and parameters.
    """

def suspect_attempts(attempts: str) -> list[str]:
    """
    Names the attempts, of a list in JSON, that have to be read to tell which events were lost.
    """
