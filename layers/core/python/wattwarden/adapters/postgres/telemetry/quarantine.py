"""What could not be processed, kept with its reason."""

from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.domain.quarantine import Quarantined

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
