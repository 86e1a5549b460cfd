"""What the application itself knows of its users."""

from django.conf import settings
from django.db import models


class Account(models.Model):
    """Whether a user may do what needs a verification, and how often that has changed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    verified = models.BooleanField(default=False)
    changes = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user}: {'verified' if self.verified else 'not verified'}"
