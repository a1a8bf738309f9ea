"""What must leave the database: written with its cause, published after the commit."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, text

from wattwarden.adapters.postgres.engine import transaction
from wattwarden.adapters.postgres.json_parameters import json_rows
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.outbox import Outbox

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


class PostgresOutbox(Outbox):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mark_published(self, outbox_ids: Sequence[str]) -> None:
        with transaction(self._engine) as connection:
            connection.execute(_MARK_PUBLISHED, {"ids": [str(outbox_id) for outbox_id in outbox_ids]})

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        with transaction(self._engine) as connection:
            rows = connection.execute(_UNPUBLISHED, {"age": older_than_s, "limit": limit})
            return [IncidentsOpened.model_validate(row.payload) for row in rows]
