"""What `settings.DIDIT` says."""

from __future__ import annotations

import inspect
import re
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from .._frames import hiding
from ..store.protocol import AsyncStore, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..client import Didit

__all__ = ["client", "options", "receiver_arguments"]

RECEIVER = {
    "NAMESPACE",
    "SLOW_AFTER",
    "HAND_OFF",
    "SCHEMES",
    "MAX_AGE",
    "MAX_FUTURE",
    "HEADER_TIMESTAMP",
    "MAX_BODY",
    "ENVIRONMENTS",
    "CLOCK",
}
"""Options of the webhook view, which `didit_client.receiver.Receiver` explains."""
CLIENT = {
    "API_KEY",
    "WORKFLOW_ID",
    "ORGANIZATION_ID",
    "APPLICATION_ID",
    "ACCESS_TOKEN",
    "BASE_URL",
    "ACCOUNT_URL",
    "TIMEOUT",
    "CONNECT_TIMEOUT",
    "MAX_RETRIES",
    "LIMITER",
    "PROXY",
    "NO_PROXY",
    "CA_FILE",
    "EXTRA_CA_FILE",
    "SYSTEM_TRUST_STORE",
}
"""Options of the API client, which `didit_client.Didit` explains."""
OWN = {"WEBHOOK_SECRET", "STORE", "VERIFICATIONS"}

checks_follow = False
"""A management command is running, whose system checks say what is wrong with the settings."""


def options() -> Mapping[str, Any]:
    """Return the settings, and refuse names that are none: a misspelt one would otherwise go unnoticed."""
    given = getattr(settings, "DIDIT", None)
    if not isinstance(given, dict):
        raise ImproperlyConfigured("settings.DIDIT must be a dict; see docs/django.md for its keys")
    unknown = sorted(set(given) - RECEIVER - CLIENT - OWN, key=str)
    if unknown:
        known = sorted(RECEIVER | CLIENT | OWN)
        close = get_close_matches(str(unknown[0]).upper(), known, 1)
        then = f"did you mean {close[0]}?" if close and len(unknown) == 1 else f"there are {', '.join(known)}"
        raise ImproperlyConfigured(f"settings.DIDIT has no option {', '.join(map(str, unknown))}; {then}")
    return given


def store(value: Any) -> Any:
    """Return the store that a setting names: a store, or the dotted path of one or of what makes one."""
    if isinstance(value, str):
        value = stored_at(value)
    if isinstance(value, type) or not isinstance(value, Store | AsyncStore):
        raise ImproperlyConfigured(
            "settings.DIDIT['STORE'] must be a store or its dotted path, such as "
            "'didit_client.django.store.DjangoStore'; without one no repetition can be recognised"
        )
    return value


@lru_cache
def stored_at(path: str) -> Any:
    """Return the store of a dotted path: all views share it."""
    try:
        found = import_string(path)
        return found() if isinstance(found, type) or inspect.isfunction(found) else found
    except (ImportError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"settings.DIDIT['STORE']: {error}") from error


@hiding
def receiver_arguments(**overrides: Any) -> dict[str, Any]:
    """Return the arguments of a `DjangoReceiver`: what the settings say, and what a view says otherwise."""
    given = options()
    arguments = {name.lower(): given[name] for name in RECEIVER if name in given}
    arguments |= {"secrets": given.get("WEBHOOK_SECRET"), "store": given.get("STORE"), **overrides}
    arguments["store"] = store(arguments["store"])
    if isinstance(arguments.get("hand_off"), str):
        try:
            arguments["hand_off"] = import_string(arguments["hand_off"])
        except ImportError as error:
            of = "option hand_off of a view" if "hand_off" in overrides else "settings.DIDIT['HAND_OFF']"
            raise ImproperlyConfigured(f"{of}: {error}") from error
    verifications = arguments.pop("verifications", given.get("VERIFICATIONS", True))
    if not isinstance(verifications, bool):
        raise ImproperlyConfigured(f"settings.DIDIT['VERIFICATIONS'] must be True or False, not {verifications!r}")
    return {**arguments, "verifications": verifications}


@hiding
def checked_arguments(**overrides: Any) -> dict[str, Any]:
    """Return the same, and raise if a receiver cannot be made of them."""
    from ..receiver import Trial

    arguments = receiver_arguments(**overrides)
    del arguments["verifications"]
    if arguments.get("slow_after", 0) is None:
        # The handler runs in the thread of its request.
        del arguments["slow_after"]
    try:
        Trial(**arguments)
    except (TypeError, ValueError) as error:
        raise named(error, overrides) from None
    return arguments


def named(error: Exception, overrides: Mapping[str, Any]) -> ImproperlyConfigured:
    """Return the error of a setting, by the name that it has in `settings.DIDIT`.

    Args:
        error: what was said of an option; its text names it.
        overrides: the options that do not come from the settings.
    """
    text = str(error)
    options = {**{name.lower(): name for name in RECEIVER | CLIENT}, "secrets": "WEBHOOK_SECRET"}
    words = re.findall(r"[a-z_]+", text.replace("a secret", "secrets", 1))
    option = next((word for word in words if word in options), "")
    if not option:
        return ImproperlyConfigured(f"settings.DIDIT: {text}")
    of = f"option {option} of a view" if option in overrides else f"settings.DIDIT[{options[option]!r}]"
    return ImproperlyConfigured(f"{of}: {text}")


@lru_cache(maxsize=1)
def client() -> Didit:
    """Return the project's API client, made when it is first asked for."""
    return new_client()


@hiding
def new_client() -> Didit:
    """Return an API client of the settings."""
    from ..client import Didit

    given = options()
    return Didit(**{name.lower(): given[name] for name in CLIENT if given.get(name) is not None})


def forget(*, setting: str, **_: Any) -> None:
    """Read the settings anew, which only tests change."""
    if setting == "DIDIT":
        stored_at.cache_clear()
        client.cache_clear()


setting_changed.connect(forget)
