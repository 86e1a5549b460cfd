"""The accounts in the admin, beside the verifications and events of didit_client.django."""

from django.contrib import admin

from .models import Account


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):
    list_display = ("user", "verified", "changes")
    readonly_fields = ("verified", "changes")
