"""What must leave the database: written with its cause, published after the commit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.outbox import LostIncidents, Outbox

_SAVE_EVENTS = text("""
INSERT INTO outbox (id, topic, payload)
SELECT (payload ->> 'outbox_id')::uuid, 'IncidentsOpened', payload
FROM jsonb_array_elements(CAST(:rows AS jsonb)) payload
ORDER BY 1
ON CONFLICT (id) DO NOTHING
""")


def save_events(connection: Connection, events: list[IncidentsOpened]) -> None:
    if events:
        rows = [event.model_dump(mode="json") for event in events]
        connection.execute(_SAVE_EVENTS, {"rows": json_rows(rows)})


_MARK_PUBLISHED = text("""
UPDATE outbox SET published_at = now() WHERE id = ANY(CAST(:ids AS uuid[])) AND published_at IS NULL
""")

_UNPUBLISHED = text("""
SELECT payload FROM outbox
WHERE published_at IS NULL AND created_at <= now() - CAST(:age AS float8) * interval '1 second'
ORDER BY created_at LIMIT :limit
""")

# An incident's first event is of its own transaction, hence of its own instant; what is younger told it again.
_UNHELD = text("""
WITH told AS (
    SELECT CAST(incident.id AS uuid) AS id, o.created_at, o.published_at
    FROM outbox o CROSS JOIN LATERAL jsonb_array_elements_text(o.payload -> 'incident_ids') incident(id)
    WHERE o.created_at > :quiet_since OR o.published_at IS NULL
)
SELECT i.hostel_id, i.id FROM incidents i
WHERE i.alert_id IS NULL AND i.withdrawn_at IS NULL AND i.suppressed_by IS NULL
    AND i.created_at >= :since AND i.created_at < :until
    AND NOT EXISTS (
        SELECT FROM told t WHERE t.id = i.id AND (t.published_at IS NULL OR t.created_at > i.created_at)
    )
ORDER BY row_number() OVER (PARTITION BY i.hostel_id ORDER BY i.created_at, i.id), i.created_at, i.id
LIMIT :limit
""")


class PostgresOutbox(Outbox, LostIncidents):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mark_published(self, outbox_ids: Sequence[str]) -> None:
        with transaction(self._engine) as connection:
            connection.execute(_MARK_PUBLISHED, {"ids": [str(outbox_id) for outbox_id in outbox_ids]})

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        with transaction(self._engine) as connection:
            rows = connection.execute(_UNPUBLISHED, {"age": older_than_s, "limit": limit})
            return [IncidentsOpened.model_validate(row.payload) for row in rows]

    def unheld(self, since: datetime, until: datetime, quiet_since: datetime, limit: int) -> list[tuple[int, UUID]]:
        wanted = {"since": since, "until": until, "quiet_since": quiet_since, "limit": limit}
        with transaction(self._engine) as connection:
            return [(row.hostel_id, row.id) for row in connection.execute(_UNHELD, wanted)]

    def tell_again(self, events: Sequence[IncidentsOpened]) -> None:
        with transaction(self._engine) as connection:
            save_events(connection, list(events))
