"""The read side on PostgreSQL. One file per subject; here they are one."""

from wattwarden.adapters.postgres.alert_views import PostgresAlertViews
from wattwarden.adapters.postgres.meter_views import PostgresMeterViews
from wattwarden.adapters.postgres.operation_views import PostgresOperationViews
from wattwarden.adapters.postgres.reading_views import PostgresReadingViews
from wattwarden.adapters.postgres.room_views import PostgresRoomViews


class PostgresViews(
    PostgresRoomViews, PostgresReadingViews, PostgresMeterViews, PostgresAlertViews, PostgresOperationViews
):
    """Implements `ports.views.Views`."""
