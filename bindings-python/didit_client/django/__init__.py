"""Didit in a Django project: a webhook view, what is known of each verification, admin, checks and commands.

    INSTALLED_APPS = [..., "didit_client.django"]
    DIDIT = {"WEBHOOK_SECRET": os.environ.get("DIDIT_WEBHOOK_SECRET"), "STORE": "didit_client.django.store.DjangoStore"}

    views      DiditWebhookView, and the decorator webhook
    signals    event_received, verification_changed
    models     ProcessedEvent, Verification
    store      DjangoStore: an event is done in the transaction of the application's own change
    rest       the same view for Django REST framework

`docs/django.md` explains them.
"""

from __future__ import annotations

from .._missing import missing_framework

try:
    import django as _django  # noqa: F401 (all modules here need it)
except ImportError as _cause:
    raise missing_framework(_cause, __name__, "Django", "django") from _cause
