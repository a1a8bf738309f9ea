"""What the database holds of the lake's tables (`ports.lake.LakeSource`)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import RowMapping, text

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.telemetry.contexts import CONTEXT_COLUMNS, CONTEXT_JOINS, context_of
from wattwarden.adapters.postgres.telemetry.exogenous import PostgresExogenous
from wattwarden.adapters.postgres.telemetry.facts import load_facts
from wattwarden.adapters.postgres.telemetry.states import OF_THIS_RELEASE
from wattwarden.contracts.lake import TABLES
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.readings import ReadingColumns
from wattwarden.domain.registers import RegisterState
from wattwarden.ports.lake import Columns, LakeSource

METERS_IN_GROUP = 50
"""A day of minutes of so many meters is 72,000 readings; a year of hours 438,000."""

_GROUPS = text("SELECT DISTINCT id / :size FROM meters ORDER BY 1")


@dataclass(frozen=True, slots=True)
class _Table:
    source: str
    """FROM clause; `t` is what the columns come from."""
    day: str
    """SQL for the day a row belongs to."""
    span: str
    """The column that bounds the days, by which the search is narrowed."""
    renamed: dict[str, str]


_OF_METER = {"hostel_id": "m.hostel_id", "room_id": "m.room_id", "meter": "m.serial"}
_TABLES = {
    "processed/readings_hourly": _Table(
        "readings_hourly t JOIN meters m ON m.id = t.meter_id", "(t.hour AT TIME ZONE 'UTC')::date", "t.hour", _OF_METER
    ),
    "processed/readings_daily": _Table(
        "readings_daily t JOIN meters m ON m.id = t.meter_id", "t.day", "t.day", _OF_METER
    ),
    "processed/anomalies": _Table(
        "anomalies t", "((t.ts - interval '1 microsecond') AT TIME ZONE 'UTC')::date", "t.ts", {}
    ),
}


class PostgresLakeSource(PostgresExogenous, LakeSource):
    def registry(self, name: str) -> Columns:
        with transaction(self._engine) as connection:
            rows = connection.execute(text(f"SELECT {_columns(f'registry/{name}')} FROM {name} t")).all()  # noqa: S608 (names from our own list)
        return _transposed(f"registry/{name}", rows)

    def groups(self) -> list[int]:
        with transaction(self._engine) as connection:
            return list(connection.execute(_GROUPS, {"size": METERS_IN_GROUP}).scalars())

    def digests(self, table: str, group: int) -> dict[date, str]:
        query = f"""
SELECT dt, sum(hashtextextended(q::text, 0)::numeric)::text AS digest
FROM (SELECT {_TABLES[table].day} AS dt, {_columns(table)} FROM {_TABLES[table].source} WHERE {_IN_GROUP}) q
GROUP BY dt
"""  # noqa: S608 (names from our own list)
        with transaction(self._engine) as connection:
            return {row.dt: row.digest for row in connection.execute(text(query), _bounds(group))}

    def rows(self, table: str, group: int, days: Sequence[date]) -> dict[date, Columns]:
        of = _TABLES[table]
        query = f"""
SELECT {of.day} AS dt, {_columns(table)} FROM {of.source}
WHERE {_IN_GROUP} AND {of.span} >= :first_day AND {of.span} <= :last_day AND {of.day} = ANY(CAST(:days AS date[]))
ORDER BY t.meter_id, {of.span}
"""  # noqa: S608 (names from our own list)
        asked = {
            **_bounds(group),
            "first_day": min(days),
            "last_day": max(days) + timedelta(days=1),
            "days": list(days),
        }
        by_day: dict[date, list[Sequence[Any]]] = {}
        with transaction(self._engine) as connection:
            for dt, *row in connection.execute(text(query), asked):
                by_day.setdefault(dt, []).append(row)
        return {day: _transposed(table, rows) for day, rows in by_day.items()}

    def checkpoints(self, group: int, at: float) -> list[MeterContext]:
        with transaction(self._engine) as connection:
            rows = connection.execute(_CHECKPOINTS, {**_bounds(group), "at": at}).mappings().all()
        return [
            context_of(row)._replace(
                state=row["from_state"],
                ring=row["from_ring"],
                last_ts=row["after"],
                register=_register(row),
            )
            for row in rows
        ]

    def facts(self, contexts: Sequence[MeterContext], until: float) -> ReadingColumns:
        with transaction(self._engine) as connection:
            return load_facts(connection, contexts, until)


_REGISTER = ("register_value", "register_ts", "suspect_value", "suspect_ts")

_CHECKPOINTS = text(f"""
SELECT {CONTEXT_COLUMNS}, c.state AS from_state, c.ring AS from_ring,
    {", ".join(f"c.{name} AS from_{name}" for name in _REGISTER)},
    extract(epoch FROM coalesce(c.ts, f.ts - interval '1 microsecond'))::float8 AS after
FROM meters m {CONTEXT_JOINS}
LEFT JOIN LATERAL (
    SELECT * FROM meter_checkpoints WHERE meter_id = m.id AND ts <= to_timestamp(:at) AND {OF_THIS_RELEASE}
    ORDER BY ts DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (SELECT ts FROM readings WHERE meter_id = m.id ORDER BY ts LIMIT 1) f ON true
WHERE m.id >= :first AND m.id < :last AND f.ts IS NOT NULL
ORDER BY m.id
""")  # noqa: S608 (names from this package)


def _register(row: RowMapping) -> RegisterState:
    return RegisterState(*(math.nan if row[f"from_{name}"] is None else row[f"from_{name}"] for name in _REGISTER))


_IN_GROUP = "t.meter_id >= :first AND t.meter_id < :last"


def _bounds(group: int) -> dict[str, Any]:
    return {"first": group * METERS_IN_GROUP, "last": (group + 1) * METERS_IN_GROUP}


def _columns(table: str) -> str:
    """SQL for a table's columns as the lake has them: instants as epoch seconds, JSON and ids as text."""
    renamed = _TABLES[table].renamed if table in _TABLES else {}
    return ", ".join(
        f"{_AS.get(kind, '{}').format(renamed.get(name, f't.{name}'))} AS {name}"
        for name, kind in TABLES[table].items()
    )


_AS = {"timestamp": "extract(epoch FROM {})::float8", "string": "{}::text"}


def _transposed(table: str, rows: Sequence[Sequence[Any]]) -> Columns:
    names = list(TABLES[table])
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return dict(zip(names, columns, strict=True))
