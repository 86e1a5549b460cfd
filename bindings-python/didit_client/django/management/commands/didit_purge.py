"""manage.py didit_purge: forget old events. Run it once a day."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ....errors import StoreError
from ... import conf


class Command(BaseCommand):
    """Forgets the events that have not changed during the store's retention."""

    help = "Forgets processed events that are older than the store's retention, 30 days by default."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Purge, and say what is left."""
        store: Any = conf.receiver_arguments()["store"]
        try:
            purged, counts = called(store.purge), called(store.counts)
        except StoreError as error:
            raise CommandError(f"{error.code}: {error.hint}") from error
        self.stdout.write(f"{purged} events forgotten; {counts.done} done, {counts.in_flight} in flight.")
        if left := counts.expired + counts.released:
            self.stdout.write(self.style.WARNING(f"{left} failed and were not done since: run didit_recover."))


def called(method: Any, *arguments: Any) -> Any:
    """Call a method of a store, asynchronous or not."""
    if not inspect.iscoroutinefunction(method):
        return method(*arguments)

    async def call() -> Any:
        return await method(*arguments)

    return asyncio.run(call())
