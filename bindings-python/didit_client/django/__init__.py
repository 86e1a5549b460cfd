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
