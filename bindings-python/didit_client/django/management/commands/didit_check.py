"""manage.py didit_check: would a delivery arrive?"""

from __future__ import annotations

import hmac
import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http.request import validate_host
from django.test import Client
from django.urls import Resolver404, resolve

from ...._reasons import cause
from ....errors import DiditError, StoreError
from ....webhook import sign
from ... import conf
from ...models import Verification
from ...receiver import advice
from ...routes import Route, routes
from ...transactions import failures
from .didit_purge import called

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator


class Command(BaseCommand):
    """Looks at the settings, the store, the route, and at Didit's side if it is asked to."""

    help: str = "Checks settings, store and route of the webhook; with --api also the destinations at Didit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the options."""
        parser.add_argument("--api", action="store_true", help="ask Didit for the webhook's destinations as well")
        text = "the host name with which the route is tried; by default localhost, or one of ALLOWED_HOSTS"
        parser.add_argument("--host", default="", help=text)
        text = (
            "with --api: the id of this project's own webhook destination, wherever it leads; the others are left out"
        )
        parser.add_argument("--destination", default="", help=text)

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Check everything, and fail at the end if something is wrong."""
        self.wrong: int = 0
        # The system checks have run before, and speak of missing settings.
        self.store(conf.receiver_arguments()["store"])
        found = list(routes())
        self.say(bool(found), f"{len(found)} webhook routes in the URL configuration")
        self.verifications(found)
        for route in found:
            self.route(route, options["host"] or allowed_host())
        self.namespaces(found)
        if options["api"] or options["destination"]:
            self.destinations(options["destination"])
        if self.wrong:
            raise CommandError(f"{self.wrong} of the checks failed")

    def say(self, good: bool, text: str) -> None:
        """Say how a check went."""
        self.wrong += not good
        self.stdout.write((self.style.SUCCESS("ok     ") if good else self.style.ERROR("WRONG  ")) + text)

    def note(self, text: str, *, warning: bool = False) -> None:
        """Say what is no mistake of the project."""
        self.stdout.write((self.style.WARNING("warn   ") if warning else "note   ") + text)

    def store(self, store: Any) -> None:
        """Ask the store for its counts."""
        try:
            counts = called(store.counts)
        except StoreError as error:
            self.say(False, f"store: {error.code} ({why(error)})")
            return
        self.say(True, f"store: {type(store).__name__}, {counts.done} done, {counts.in_flight} in flight")
        if left := counts.expired + counts.released:
            # A new version that does them has to be able to start.
            self.note(f"store: {left} events failed and were not done since: manage.py didit_recover", warning=True)

    def verifications(self, found: list[Route]) -> None:
        """Ask the table of the verifications, which can be in another database than the store."""
        for using in sorted({route.receiver.using for route in found if route.receiver.verifications}):
            try:
                with failures():
                    Verification.objects.using(using).exists()
            except StoreError as error:
                self.say(False, f"verifications: {error.code} ({why(error)})")

    def route(self, route: Route, host: str) -> None:
        """Send a delivery with a signature of nobody through the project's middleware: 401 is what has to come back."""
        if route.path is None:
            self.stdout.write("       a webhook route takes parameters, and is not tried")
            return
        body = b'{"didit_check":true,"timestamp":%d}' % time.time()
        headers = sign(body, "the secret of nobody")
        client = Client(raise_request_exception=False, headers={"host": host})
        with held_back() as logged:
            answer = client.post(route.path, body, content_type="application/json", secure=True, headers=headers)
        code = ""
        if answer.get("Content-Type", "").startswith("application/json"):
            code = str(answer.json().get("error", ""))
        good = answer.status_code == 401 and code == "signature_mismatch"
        hint = {
            "body_consumed": ": a middleware has read the body",
            "store_unavailable": ": the store is down",
        }.get(code, "" if good else ": the request does not reach the view")
        if not validate_host(host, hosts()):
            hint = f": {host} is not in ALLOWED_HOSTS; --host names one that is"
        if not good:
            for record in logged:
                logging.getLogger(record.name).handle(record)
        self.say(good, f"{route.path} answers {answer.status_code} {code} to a signature of nobody{hint}")

    def namespaces(self, found: list[Route]) -> None:
        """Two routes with one store and one namespace would take each other's events."""
        names = [(id(route.receiver.models or route.receiver.store), route.receiver.namespace) for route in found]
        self.say(len(set(names)) == len(names), "routes with one store have namespaces of their own")

    def destinations(self, wanted: str) -> None:
        """Ask Didit where it delivers to, and whether it signs with the secret that the project has.

        Args:
            wanted: the id of the project's own destination; empty: those whose host is in ALLOWED_HOSTS.
        """
        try:
            client, lead_here = conf.client(), False
            for row in client.webhooks.destinations.list():
                uuid = str(row.uuid)
                if not wanted and not is_ours(str(row.url)):
                    self.note(f"destination {row.url} is of another service: its host is not in ALLOWED_HOSTS")
                elif wanted in ("", uuid):
                    lead_here |= self.destination(client.webhooks.destinations.retrieve(uuid), named=bool(wanted))
        except DiditError as error:
            self.say(False, f"Didit's API: {error.code}. {error.hint}")
            return
        if not lead_here and not wanted:
            self.say(
                False, "no destination leads to a webhook route of this project; --destination names one that does"
            )
        elif not lead_here:
            self.say(False, f"the destination {wanted} does not lead to a webhook route of this project")

    def destination(self, destination: Any, *, named: bool) -> bool:
        """Look at a destination; return whether it leads to a webhook route."""
        name, path = f"destination {destination.url}", path_of(str(destination.url))
        if not is_route(path):
            other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
            if is_route(other):
                self.say(False, f"{name} and the route {other} differ by the slash at the end: nothing arrives")
                return True
            if not named:
                self.note(f"{name} leads to no webhook route of this project")
            return False
        self.say(bool(destination.enabled), f"{name} is {'enabled' if destination.enabled else 'DISABLED'}")
        version = destination.webhook_version
        self.say(version in ("v3", None), f"{name} has the webhook version {version}")
        secrets, theirs = conf.options().get("WEBHOOK_SECRET"), destination.get("secret_shared_key")
        known = [secrets] if isinstance(secrets, str | bytes) else [] if callable(secrets) else list(secrets or [])
        if isinstance(theirs, str) and known:
            same = any(hmac.compare_digest(as_bytes(mine), theirs.encode()) for mine in known)
            self.say(same, f"{name} signs with {'a' if same else 'none of the'} secret that the project has")
        return True


def why(error: StoreError) -> str:
    """Return the name of a database's fault, its reason, and what to do about it."""
    found, reason = cause(error)
    return "; ".join(filter(None, [f"{found}: {reason}" if reason else found, advice(reason)]))


@contextmanager
def held_back() -> Iterator[list[logging.LogRecord]]:
    """Keep what is logged of a request that is refused on purpose."""
    kept: list[logging.LogRecord] = []

    def keep(record: logging.LogRecord) -> bool:
        kept.append(record)
        return False

    loggers = [logging.getLogger(name) for name in ("didit_client.webhook", "django.request")]
    for logger in loggers:
        logger.addFilter(keep)
    try:
        yield kept
    finally:
        for logger in loggers:
            logger.removeFilter(keep)


def is_ours(url: str) -> bool:
    """Tell whether the project answers to the host of an address."""
    return validate_host(urlsplit(url).hostname or "", hosts())


def path_of(url: str) -> str:
    """Return the path of an address as the URL configuration has it."""
    prefix = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    return unquote(urlsplit(url).path).removeprefix(prefix) or "/"


def is_route(path: str) -> bool:
    """Tell whether a path is that of a webhook."""
    try:
        return getattr(resolve(path).func, "didit", None) is not None
    except Resolver404:
        return False


def hosts() -> list[str]:
    """Return the names that the project answers to, as Django finds them."""
    return list(settings.ALLOWED_HOSTS) or ([".localhost", "127.0.0.1"] if settings.DEBUG else [])


def allowed_host() -> str:
    """Return a name that the project answers to."""
    names = ["localhost", *(name.lstrip(".") for name in hosts())]
    return next((name for name in names if validate_host(name, hosts())), "localhost")


def as_bytes(secret: str | bytes) -> bytes:
    """Return a secret as bytes."""
    return secret.encode() if isinstance(secret, str) else secret
