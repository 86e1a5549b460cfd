"""What the migrations need besides Django's own operations."""

from __future__ import annotations

from typing import Any

from django.db import migrations

__all__ = ["CreateSharedTable"]


class CreateSharedTable(migrations.CreateModel):
    """Creates a model's table, unless a service that shares it has done so before."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the table."""
        connection = schema_editor.connection
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        with connection.cursor() as cursor:
            present = table in connection.introspection.table_names(cursor)
        if not present:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
