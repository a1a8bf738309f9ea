"""What could not be processed, kept with its reason: once, with how often it came, and so many a hostel and day."""

from typing import Any

from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.domain.quarantine import KEPT_A_DAY, Quarantined, Reason

_LARGEST = 2**63 - 1

# An item counts again when it was received later than before: a delivery that is repeated is not. What is kept already
# needs no room of the day's; one that was sent again and comes back waits again.
_SAVE_QUARANTINED = text("""
WITH given AS MATERIALIZED (
    SELECT DISTINCT ON (q.dedupe_key)
        q.dedupe_key, q.source, q.reason, q.detail, q.payload, q.hostel_id, to_timestamp(q.received_at) AS at,
        CAST(to_timestamp(q.received_at) AT TIME ZONE 'UTC' AS date) AS day
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS q (
        dedupe_key text, source text, reason text, detail text, payload jsonb, hostel_id bigint, received_at float8)
    ORDER BY q.dedupe_key, q.received_at DESC
), fresh AS MATERIALIZED (
    SELECT g.*, row_number() OVER (PARTITION BY g.hostel_id, g.day ORDER BY g.dedupe_key) AS n
    FROM given g
    WHERE g.reason <> :ours AND NOT EXISTS (SELECT FROM quarantine q WHERE q.dedupe_key = g.dedupe_key)
), used AS MATERIALIZED (
    SELECT d.hostel_id, d.day, (
        SELECT count(*) FROM (
            SELECT FROM quarantine q
            WHERE (q.hostel_id = d.hostel_id OR (q.hostel_id IS NULL AND d.hostel_id IS NULL))
                AND q.received_at >= d.day AND q.received_at < d.day + 1 AND q.reason <> :ours
            LIMIT :quota
        ) already) AS n
    FROM (SELECT DISTINCT hostel_id, day FROM fresh) d
), beyond AS MATERIALIZED (
    SELECT f.* FROM fresh f JOIN used u ON u.day = f.day AND u.hostel_id IS NOT DISTINCT FROM f.hostel_id
    WHERE u.n + f.n > :quota
), counted AS (
    INSERT INTO quarantine_beyond AS kept (hostel_id, day, reason, times, last_received_at)
    SELECT b.hostel_id, b.day, b.reason, count(*), max(b.at) FROM beyond b
    WHERE NOT EXISTS (
        SELECT FROM quarantine_beyond k
        WHERE k.hostel_id IS NOT DISTINCT FROM b.hostel_id AND k.day = b.day AND k.reason = b.reason
            AND k.last_received_at >= b.at
    )
    GROUP BY b.hostel_id, b.day, b.reason ORDER BY b.hostel_id, b.day, b.reason
    ON CONFLICT (hostel_id, day, reason) DO UPDATE SET
        times = kept.times + excluded.times,
        last_received_at = greatest(kept.last_received_at, excluded.last_received_at)
)
INSERT INTO quarantine AS kept (dedupe_key, source, reason, detail, payload, hostel_id, received_at, last_received_at)
SELECT g.dedupe_key, g.source, g.reason, g.detail, g.payload, g.hostel_id, g.at, g.at FROM given g
WHERE NOT EXISTS (SELECT FROM beyond b WHERE b.dedupe_key = g.dedupe_key)
ORDER BY g.dedupe_key
ON CONFLICT (dedupe_key) DO UPDATE SET
    times = kept.times + CAST(excluded.last_received_at > kept.last_received_at AS integer),
    last_received_at = greatest(kept.last_received_at, excluded.last_received_at),
    redriven_at = NULL
WHERE kept.redriven_at IS NOT NULL OR excluded.last_received_at > kept.last_received_at
""")


def save_quarantined(connection: Connection, items: list[Quarantined]) -> None:
    if items:
        names = ("dedupe_key", "source", "reason", "detail", "payload", "received_at")
        rows = [{name: getattr(item, name) for name in names} | {"hostel_id": _hostel(item)} for item in items]
        values = {"rows": json_rows(rows), "quota": KEPT_A_DAY, "ours": Reason.PROCESSING_FAILED}
        connection.execute(_SAVE_QUARANTINED, values)


def _hostel(item: Quarantined) -> int | None:
    """The hostel it names, if that can be one."""
    named: Any = item.payload.get("hostel_id")
    return named if isinstance(named, int) and abs(named) <= _LARGEST else None
