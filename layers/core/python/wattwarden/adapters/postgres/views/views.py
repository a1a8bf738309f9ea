"""The read side on PostgreSQL. One file per subject; here they are one."""

from wattwarden.adapters.postgres.views.alert_views import PostgresAlertViews
from wattwarden.adapters.postgres.views.meter_views import PostgresMeterViews
from wattwarden.adapters.postgres.views.operation_views import PostgresOperationViews
from wattwarden.adapters.postgres.views.reading_views import PostgresReadingViews
from wattwarden.adapters.postgres.views.room_views import PostgresRoomViews


class PostgresViews(
    PostgresRoomViews, PostgresReadingViews, PostgresMeterViews, PostgresAlertViews, PostgresOperationViews
):
    """Implements `ports.views.Views`."""
