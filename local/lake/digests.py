"""What a database says, as one number per table: equal when every fact and everything that follows from them is."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from local.lake.progress import Step, Tell, untold
from wattwarden.adapters.postgres.base import tables as t

COMPARED = (
    t.readings,
    t.reading_versions,
    t.readings_hourly,
    t.readings_daily,
    t.meter_state,
    t.meter_rings,
    t.anomalies,
    t.incidents,
    t.occupancy,
    t.weather,
    t.quarantine,
)

BOOKKEEPING: Mapping[str, frozenset[str]] = {
    "meter_state": frozenset(
        {"version", "last_received_at", "replay_from", "replay_first_marked_at", "replay_marked_at"}
    ),
    "anomalies": frozenset({"created_at"}),
    "incidents": frozenset({"alert_id", "withdrawn_at", "created_at"}),
    "quarantine": frozenset({"id", "detail", "payload", "first_seen", "redriven_at"}),
}
"""Columns that say how something came to be known, not what is known: when it was written, how often, who was told."""

ONLY: Mapping[str, str] = {"incidents": "withdrawn_at IS NULL"}
"""A withdrawn incident stays where an alert was raised for it; its readings turned out to be normal."""


@dataclass(frozen=True, slots=True)
class Digest:
    rows: int
    value: str


def digests(connection: Connection, tell: Tell = untold, of: str = "a database") -> dict[str, Digest]:
    """By table; the order of rows has no say."""
    found: dict[str, Digest] = {}
    for table in COMPARED:
        left = len(COMPARED) - len(found)
        tell(Step(f"adding up {of}", left, "tables left", len(COMPARED), note=f"now {table.name}"))
        found[table.name] = _digest(connection, table.name, [c.name for c in table.columns])
    return found


def _digest(connection: Connection, table: str, columns: list[str]) -> Digest:
    kept = ", ".join(f'"{name}"' for name in columns if name not in BOOKKEEPING.get(table, ()))
    row = connection.execute(
        text(f"""
SELECT count(*) AS n, coalesce(sum(hashtextextended(q::text, 0)::numeric), 0) AS total
FROM (SELECT {kept} FROM {table} WHERE {ONLY.get(table, "true")}) q
""")  # noqa: S608 (names from the schema)
    ).one()
    return Digest(row.n, f"{int(row.total) % 2**64:016x}")
