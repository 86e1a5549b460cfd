"""What the application can listen to. Receivers run in the transaction in which the event is recorded as done.

    @receiver(verification_changed)
    def let_in(sender, verification, **_):
        if verification.outcome == "granted": ...

An exception of a receiver rolls everything back, and Didit sends the event again.
"""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["event_received", "verification_changed"]

event_received = Signal()
"""A genuine event, once. Arguments: `event`, `delivery`; the sender is the view's class."""

verification_changed = Signal()
"""A session has another status than before. Arguments: `verification` (the model), `event`, `delivery`; the sender is
the model `Verification`. A stale event, which something later has overtaken, sends none."""
