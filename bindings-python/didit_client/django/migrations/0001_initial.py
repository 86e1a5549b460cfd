"""The tables of processed events and of verifications."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ProcessedEvent",
            fields=[
                ("key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("namespace", models.CharField(max_length=100)),
                ("event_id", models.CharField(max_length=150, verbose_name="event id")),
                (
                    "state",
                    models.CharField(
                        choices=[("claimed", "Claimed"), ("released", "Released"), ("done", "Done")], max_length=10
                    ),
                ),
                ("token", models.CharField(max_length=64)),
                ("attempts", models.IntegerField()),
                ("lease_until", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "didit_processed_event",
                "indexes": [models.Index(fields=["updated_at"], name="didit_event_updated_at")],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_id", models.CharField(max_length=255, unique=True, verbose_name="session id")),
                ("vendor_data", models.CharField(blank=True, max_length=255, verbose_name="vendor data")),
                ("workflow_id", models.CharField(blank=True, max_length=64, verbose_name="workflow id")),
                ("status", models.CharField(max_length=255)),
                ("outcome", models.CharField(db_index=True, max_length=10)),
                ("changed_at", models.BigIntegerField(verbose_name="changed at (Unix seconds)")),
                ("signed_at", models.BigIntegerField(verbose_name="last signed at (Unix seconds)")),
                ("event_key", models.CharField(max_length=150)),
                ("dispatched", models.BooleanField(default=False)),
                ("source", models.CharField(default="event", max_length=10)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "didit_verification",
                "indexes": [models.Index(fields=["vendor_data", "changed_at"], name="didit_verification_user")],
            },
        ),
    ]
