"""manage.py didit_check: would a delivery arrive?"""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http.request import validate_host
from django.test import Client

from ....errors import DiditError, StoreError
from ....webhook import sign
from ... import conf
from ...routes import Route, routes
from .didit_purge import called

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Looks at the settings, the store, the route, and at Didit's side if it is asked to."""

    help: str = "Checks settings, store and route of the webhook; with --api also the destinations at Didit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the options."""
        parser.add_argument("--api", action="store_true", help="ask Didit for the webhook's destinations as well")
        text = "the host name with which the route is tried; by default localhost, or one of ALLOWED_HOSTS"
        parser.add_argument("--host", default="", help=text)

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Check everything, and fail at the end if something is wrong."""
        self.wrong: int = 0
        # The system checks have run before, and speak of missing settings.
        self.store(conf.receiver_arguments()["store"])
        found = list(routes())
        self.say(bool(found), f"{len(found)} webhook routes in the URL configuration")
        for route in found:
            self.route(route, options["host"] or allowed_host())
        self.namespaces(found)
        if options["api"]:
            self.destinations()
        if self.wrong:
            raise CommandError(f"{self.wrong} of the checks failed")

    def say(self, good: bool, text: str) -> None:
        """Say how a check went."""
        self.wrong += not good
        self.stdout.write((self.style.SUCCESS("ok     ") if good else self.style.ERROR("WRONG  ")) + text)

    def store(self, store: Any) -> None:
        """Ask the store for its counts."""
        try:
            counts = called(store.counts)
        except StoreError as error:
            self.say(False, f"store: {error.code} ({', '.join(getattr(error, '__notes__', []))}); was it migrated?")
            return
        self.say(True, f"store: {type(store).__name__}, {counts.done} done, {counts.in_flight} in flight")
        left = counts.expired + counts.released
        self.say(not left, f"store: {left} events failed and were not done since")

    def route(self, route: Route, host: str) -> None:
        """Send a delivery with a signature of nobody through the project's middleware: 401 is what has to come back."""
        if route.path is None:
            self.stdout.write("       a webhook route takes parameters, and is not tried")
            return
        body = b'{"didit_check":true,"timestamp":%d}' % time.time()
        headers = sign(body, "the secret of nobody")
        client = Client(raise_request_exception=False, headers={"host": host})
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
        self.say(good, f"{route.path} answers {answer.status_code} {code} to a signature of nobody{hint}")

    def namespaces(self, found: list[Route]) -> None:
        """Two routes with one store and one namespace would take each other's events."""
        names = [(id(route.receiver.models or route.receiver.store), route.receiver.namespace) for route in found]
        self.say(len(set(names)) == len(names), "routes with one store have namespaces of their own")

    def destinations(self) -> None:
        """Ask Didit where it delivers to, and whether it signs with the secret that the project has."""
        secrets = conf.options().get("WEBHOOK_SECRET")
        known = [secrets] if isinstance(secrets, str | bytes) else [] if callable(secrets) else list(secrets or [])
        try:
            client = conf.client()
            for row in client.webhooks.destinations.list():
                destination = client.webhooks.destinations.retrieve(str(row.uuid))
                name = f"destination {destination.url}"
                self.say(bool(destination.enabled), f"{name} is {'enabled' if destination.enabled else 'DISABLED'}")
                version = destination.webhook_version
                self.say(version in ("v3", None), f"{name} has the webhook version {version}")
                theirs = destination.get("secret_shared_key")
                if isinstance(theirs, str) and known:
                    same = any(hmac.compare_digest(as_bytes(mine), theirs.encode()) for mine in known)
                    self.say(same, f"{name} signs with {'a' if same else 'none of the'} secret that the project has")
        except DiditError as error:
            self.say(False, f"Didit's API: {error.code}. {error.hint}")


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
