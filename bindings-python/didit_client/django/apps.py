"""The application's configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.core.management import ManagementUtility

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["DiditConfig"]


class DiditConfig(AppConfig):
    """Didit in the project."""

    name: str = "didit_client.django"
    label: str = "didit"
    verbose_name: Any = "Didit"
    default_auto_field: Any = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and refuse to serve without a secret or a store.

        A management command says the same through its checks; those that need no settings, such as
        `collectstatic` in a build, run without.
        """
        from . import checks, conf

        checks.register()
        if is_management_command():
            conf.checks_follow = True
        else:
            conf.checked_arguments()


def is_management_command() -> bool:
    """Tell whether Django is being set up by manage.py or django-admin."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code is ManagementUtility.execute.__code__:
            return True
        frame = frame.f_back
    return False
