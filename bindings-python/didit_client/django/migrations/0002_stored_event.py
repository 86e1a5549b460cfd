"""The table of events that were handed off, and whose work is still to be done."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[Any] = [("didit", "0001_initial")]

    operations: ClassVar[Any] = [
        migrations.CreateModel(
            name="StoredEvent",
            fields=[
                ("key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("namespace", models.CharField(max_length=100)),
                ("document", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "didit_stored_event"},
        ),
    ]
