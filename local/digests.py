"""What a database says, table by table: its rows, or one number that is equal when all rows are, whatever their order.

The tables stand here once. What a comparison leaves out it names itself, with why.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.replays import Ask
from wattwarden.adapters.postgres.base import tables as t

_TABLES = (
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
COMPARED = tuple(table.name for table in _TABLES)
"""The facts, and everything that is a function of them."""
OF_METERS = tuple(table.name for table in _TABLES if "meter_id" in table.columns)
"""Those that can be compared hostel by hostel."""

type Without = Mapping[str, str]
"""Columns that a comparison leaves out, `column` or `table.column`, and why."""

_ONLY = {"incidents": "x.withdrawn_at IS NULL"}
"""A withdrawn incident stays where an alert was raised for it; its readings turned out to be normal."""
_INCIDENT = {"anomalies": "incident_id", "meter_state": "open_incident_id"}


@dataclass(frozen=True, slots=True)
class Digest:
    rows: int
    value: str


def digest(ask: Ask, table: str, without: Without, hostel_id: int | None = None) -> Digest:
    """Of a table, or of a hostel's part of it."""
    rows = _rows(table, without, hostel_id)
    [[count, total]] = ask(
        f"SELECT count(*), coalesce(sum(hashtextextended(q::text, 0)::numeric), 0) FROM ({rows}) q"  # noqa: S608 names from the schema
    )
    return Digest(int(count), f"{int(total) % 2**64:016x}")


def listed(ask: Ask, table: str, without: Without, hostel_id: int) -> list[str]:
    """The same rows as JSON, sorted."""
    return sorted(row for [row] in ask(f"SELECT to_jsonb(q)::text FROM ({_rows(table, without, hostel_id)}) q"))  # noqa: S608 names from the schema


def _rows(name: str, without: Without, hostel_id: int | None) -> str:
    """A query for the rows. A hostel's name no id: for those that the database gave stands what they stand for."""
    columns = [c.name for c in t.metadata.tables[name].columns if not {c.name, f"{name}.{c.name}"} & without.keys()]
    source, condition = f"{name} x", _ONLY.get(name, "true")
    if hostel_id is None:
        chosen = [f'x."{column}"' for column in columns]
    else:
        chosen = ["m.serial AS meter", *(f'x."{c}"' for c in columns if c != "id" and not c.endswith("_id"))]
        if name in _INCIDENT:
            chosen.append(f"(SELECT i.started_at FROM incidents i WHERE i.id = x.{_INCIDENT[name]}) AS incident")  # noqa: S608
        source, condition = f"{source} JOIN meters m ON m.id = x.meter_id", f"m.hostel_id = {hostel_id} AND {condition}"
    return f"SELECT {', '.join(chosen)} FROM {source} WHERE {condition}"  # noqa: S608
