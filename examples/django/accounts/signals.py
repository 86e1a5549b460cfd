"""Every user has an account."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Account


@receiver(post_save, sender=get_user_model())
def open_account(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    if created:
        Account.objects.create(user=instance)
