"""manage.py didit_recover: do the events that never arrived, and those that were handed off to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from ....errors import DiditError
from ....receiver import Refused
from ....recovery import LostEvent, lost_events, replay, resend
from ... import conf
from ...hand_off import stored_events, work_off
from ...routes import routes
from .didit_purge import called

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Finds events of which no attempt was answered with 2xx, and has each sent once more, or does it here."""

    help: str = "Resends the events that never arrived; those that the store has as done are left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the options."""
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        parser.add_argument("--since", default=yesterday, help="the first day in UTC, YYYY-MM-DD; by default yesterday")
        parser.add_argument("--until", default=None, help="the last day in UTC; by default today")
        parser.add_argument("--destination", default=None, help="the id of one webhook destination")
        parser.add_argument("--path", default=None, help="the address of the route, if the project has several")
        parser.add_argument("--dry-run", action="store_true", help="only say which events they are")
        parser.add_argument("--replay", action="store_true", help="do them here, instead of asking Didit to send them")
        parser.add_argument("--stored", action="store_true", help="only those that were stored here; ask Didit nothing")
        parser.add_argument("--json", action="store_true", help="one line of JSON for each event")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Find the events, and recover each."""
        self.json: bool = options["json"]
        try:
            datetime.strptime(options["since"], "%Y-%m-%d")
        except ValueError as error:
            raise CommandError("--since must be a day, YYYY-MM-DD") from error
        self.view: Any = self.route(options["path"])
        failed, found = self.work_off(dry_run=options["dry_run"])
        if not options["stored"]:
            missing, unfound = self.recover(options)
            failed, found = failed + unfound, found + missing
        if failed:
            raise CommandError(f"{failed} events could not be recovered")

    def work_off(self, *, dry_run: bool) -> tuple[int, int]:
        """Do the events that were handed off; return how many still wait, and how many there were."""
        failed, found = 0, 0
        for row in stored_events(self.view.didit):
            found += 1
            # The row loses its key when it is done.
            event_id = row.key.removeprefix(f"{row.namespace}:")
            outcome = "would be done" if dry_run else str(work_off(self.view, row).name)
            failed += outcome not in ("would be done", "done", "duplicate")
            if self.json:
                self.stdout.write(json.dumps({"event_id": event_id, "outcome": outcome, "stored": True}))
            else:
                self.stdout.write(f"{event_id} (stored, {row.created_at:%Y-%m-%dT%H:%M:%SZ}): {outcome}")
        return failed, found

    def recover(self, options: dict[str, Any]) -> tuple[int, int]:
        """Recover what never arrived; return how many events those were, and how many could not be recovered."""
        day = datetime.strptime(options["since"], "%Y-%m-%d")
        client, failed, found = conf.client(), 0, 0
        events: set[str] = set()
        destinations: set[str] = set()
        try:
            until, destination = options["until"], options["destination"]
            for lost in lost_events(client, f"{day:%Y-%m-%d}", until=until, destination=destination):
                found += 1
                events.add(lost.event_id)
                destinations.add(lost.destination)
                outcome = self.outcome(client, lost, options)
                failed += outcome not in (
                    "done before",
                    "resent",
                    "done",
                    "accepted",
                    "duplicate",
                    "would be recovered",
                )
                self.say(lost, outcome)
        except DiditError as error:
            raise CommandError(f"{error.code}. {error.hint}") from error
        if not self.json:
            # Whether what was sent again arrives is Didit's to say, later.
            each = f" ({found} at {len(destinations)} destinations)" if len(destinations) > 1 else ""
            self.stdout.write(f"events that had not arrived: {len(events)}{each}; not recovered: {failed}")
        return found, failed

    def route(self, path: str | None) -> Any:
        """Find the view that does the events."""
        found = [route for route in routes() if path is None or route.path == path]
        if len(found) != 1:
            raise CommandError(f"there are {len(found)} webhook routes; name one with --path")
        return found[0].view

    def outcome(self, client: Any, lost: LostEvent, options: dict[str, Any]) -> str:
        """Recover an event, and say how it went."""
        receiver = self.view.didit
        if called(receiver.store.is_done, receiver.namespace, lost.event_id):
            # The answer came too late for Didit, but the work was done.
            return "done before"
        if options["dry_run"]:
            return "would be recovered"
        try:
            if not options["replay"]:
                resend(client, lost)
                return "resent"
            return str(self.view.replay(replay(receiver, lost)).name)
        except Refused as refused:
            return refused.answer.name
        except DiditError as error:
            return error.code

    def say(self, lost: LostEvent, outcome: str) -> None:
        """Say what became of an event."""
        if self.json:
            names = ("event_id", "delivery", "destination", "webhook_type", "session_id", "attempted_at")
            self.stdout.write(json.dumps({**{name: getattr(lost, name) for name in names}, "outcome": outcome}))
        else:
            of = f"{lost.webhook_type}, {lost.attempted_at}, destination {lost.destination}"
            self.stdout.write(f"{lost.event_id} ({of}): {outcome}")
