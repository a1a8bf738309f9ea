"""What could not be processed, kept with its reason."""

from sqlalchemy import ColumnElement, Connection, text, true

from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.adapters.postgres.base.tables import quarantine
from wattwarden.domain.policy import Scope
from wattwarden.ports.scoring import Quarantined

_SAVE_QUARANTINED = text("""
INSERT INTO quarantine (dedupe_key, source, reason, detail, payload)
SELECT q.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS q (dedupe_key text, source text, reason text, detail text, payload jsonb)
ORDER BY dedupe_key
ON CONFLICT (dedupe_key) DO NOTHING
""")


def save_quarantined(connection: Connection, items: list[Quarantined]) -> None:
    if items:
        names = ("dedupe_key", "source", "reason", "detail", "payload")
        rows = [{name: getattr(item, name) for name in names} for item in items]
        connection.execute(_SAVE_QUARANTINED, {"rows": json_rows(rows)})


def waiting(scope: Scope) -> ColumnElement[bool]:
    """Items not redriven yet, that name a hostel in the scope."""
    named = true() if scope is None else quarantine.c.payload["hostel_id"].astext.in_([str(id_) for id_ in scope])
    return quarantine.c.redriven_at.is_(None) & named
