"""System checks: what `manage.py check`, `migrate` and `runserver` refuse to go on with."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from .. import _native
from ..errors import ConfigurationError
from ..store.embedded import MemoryStore
from . import conf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["check_middleware", "check_settings", "register"]

_READS = {"read", "readline", "readlines"}


def register() -> None:
    """Register the checks."""
    checks.register(check_settings, "didit")
    checks.register(check_middleware, "didit")


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Look at `settings.DIDIT`."""
    try:
        given = conf.options()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="didit.E001")]
    found: list[checks.CheckMessage] = []
    if not given.get("STORE"):
        hint = "Set it to 'didit_client.django.store.DjangoStore', or to another store of docs/idempotency.md."
        found.append(
            checks.Error(
                "settings.DIDIT['STORE'] is missing: every repetition would be done again.", hint, id="didit.E003"
            )
        )
    try:
        arguments = conf.checked_arguments(**({} if given.get("STORE") else {"store": MemoryStore()}))
    except ConfigurationError as error:
        hint = 'Read it from the environment: "WEBHOOK_SECRET": os.environ.get("DIDIT_WEBHOOK_SECRET").'
        found.append(checks.Error(f"settings.DIDIT['WEBHOOK_SECRET']: {error.code}.", hint, id="didit.E002"))
    except (ImproperlyConfigured, ImportError, TypeError, ValueError) as error:
        found.append(unusable(error))
    else:
        if isinstance(arguments["store"], MemoryStore) and given.get("STORE") and not settings.DEBUG:
            text = "settings.DIDIT['STORE'] is a MemoryStore, which forgets at each restart and knows one process only."
            found.append(checks.Warning(text, "Use it for tests.", id="didit.W001"))
        if not callable(arguments["secrets"]) and _native.spaced_secrets(arguments["secrets"]):
            text = "settings.DIDIT['WEBHOOK_SECRET'] begins or ends with white space, which counts as a part of it."
            hint = "Look for the end of a line in the file or variable that it was read from."
            found.append(checks.Warning(text, hint, id="didit.W003"))
    found += check_client(given)
    return found


def check_client(given: Mapping[str, Any]) -> list[checks.CheckMessage]:
    """Look at the options of the API client, which the project makes when it first needs one."""
    if not any(given.get(name) is not None for name in conf.CLIENT):
        return []
    try:
        conf.new_client()
    except (ConfigurationError, TypeError, ValueError) as error:
        return [unusable(conf.named(error, {}))]
    return []


def unusable(error: Exception) -> checks.CheckMessage:
    """Return the message about a value that makes no sense."""
    text = str(error)
    return checks.Error(text if text.startswith("settings.") else f"settings.DIDIT: {text}", id="didit.E004")


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """Look for middleware that reads a request as a stream: what it has read, a signature cannot be checked against."""
    found: list[checks.CheckMessage] = []
    for path in settings.MIDDLEWARE:
        try:
            middleware = import_string(path)
        except ImportError:
            continue  # Django says so itself.
        if not path.startswith("django.") and any(reading(middleware)):
            text = f"{path} reads the body of requests as a stream, and leaves none of it to a webhook."
            found.append(checks.Warning(text, "Let it use request.body, which Django keeps.", id="didit.W002"))
    return found


def reading(middleware: Any) -> Iterator[bool]:
    """Tell of each call in a middleware's source whether it empties the stream of its request."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(middleware)))
    except (OSError, TypeError, SyntaxError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = ast.unparse(node.func.value)
            if node.func.attr in _READS:
                yield of in ("request", "request._stream") or "wsgi.input" in of
            elif of == "json" and node.func.attr == "load":
                yield bool(node.args) and ast.unparse(node.args[0]) == "request"
