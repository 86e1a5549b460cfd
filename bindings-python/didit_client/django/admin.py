"""The tables in Django's admin, to look at: what they say comes from Didit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone

from .models import ProcessedEvent, Verification

__all__ = ["ProcessedEventAdmin", "VerificationAdmin"]


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    # Only the types of Django know what a ModelAdmin is of.
    ModelAdmin = admin.ModelAdmin


class ReadOnly(ModelAdmin):
    """Nothing can be added or changed by hand."""

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse: a deleted event could be done again."""
        return False


@admin.register(ProcessedEvent)
class ProcessedEventAdmin(ReadOnly):
    """Which events were done, and which were not."""

    list_display = ("event_id", "namespace", "state", "attempts", "needs_attention", "created_at", "updated_at")
    list_filter = ("state", "namespace")
    search_fields = ("event_id",)
    ordering = ("-updated_at",)
    # The token proves a claim.
    exclude = ("token",)

    @admin.display(boolean=True, description="failed")
    def needs_attention(self, event: ProcessedEvent) -> bool:
        """Tell whether its work failed, or its worker died."""
        return event.state == "released" or bool(event.state == "claimed" and event.lease_until <= timezone.now())


@admin.register(Verification)
class VerificationAdmin(ReadOnly):
    """What is known of each session."""

    list_display = ("session_id", "vendor_data", "status", "outcome", "updated_at")
    list_filter = ("outcome", "status")
    search_fields = ("session_id", "vendor_data")
    ordering = ("-updated_at",)
