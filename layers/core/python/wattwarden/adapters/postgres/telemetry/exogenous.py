"""Occupancy of rooms and weather at hostels: step functions of time, whose value holds until the next."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, TextClause, text

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.adapters.postgres.base.parameters import whole_numbers
from wattwarden.adapters.postgres.telemetry.quarantine import save_quarantined
from wattwarden.domain.exogenous import Exogenous, Steps
from wattwarden.domain.quarantine import Quarantined, Reason
from wattwarden.ports.exogenous import ExogenousSource
from wattwarden.ports.scoring import ExogenousFacts


def _steps(table: str, key: str, values: str) -> str:
    """SQL for what held anywhere in [start, end]: the steps in it and the last one before, at most a day older.

    A key's steps come as two texts of numbers, which numpy reads far faster than the driver reads rows.
    """
    lists = ", ".join(
        f"string_agg(coalesce({value}::text, 'NaN'), ' ' ORDER BY ts) AS {value}" for value in values.split(", ")
    )
    return f"""
SELECT id, string_agg(extract(epoch FROM ts)::text, ' ' ORDER BY ts) AS ts, {lists}
FROM unnest(CAST(:ids AS bigint[])) AS k (id)
JOIN LATERAL (
    SELECT ts, {values} FROM {table}
    WHERE {key} = id AND ts <= to_timestamp(:end) AND ts >= coalesce(
        (SELECT max(ts) FROM {table}
         WHERE {key} = id AND ts <= to_timestamp(:start) AND ts >= to_timestamp(:start) - interval '1 day'),
        to_timestamp(:start))
) steps ON true
GROUP BY id
"""  # noqa: S608 (names from this module)


_OCCUPANCY = text(_steps("occupancy", "room_id", "headcount"))
_WEATHER = text(_steps("weather", "hostel_id", "temperature_c, humidity"))

_REFUSED = text("""
SELECT o.*, r.id IS NULL AS unknown_room
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS o (hostel_id bigint, room text, ts float8, headcount integer, source text, received_at float8)
LEFT JOIN rooms r ON r.hostel_id = o.hostel_id AND r.name = o.room
WHERE r.id IS NULL OR o.headcount NOT BETWEEN 0 AND 50
""")

# Each statement answers with what it changed: the room or hostel, and since when readings may be judged otherwise.
# Where the same number of people is only said again, that is when what was said before would have lost its meaning.
_SAVE_OCCUPANCY = text("""
WITH incoming AS MATERIALIZED (
    SELECT DISTINCT ON (o.hostel_id, o.room, o.ts)
        o.*, to_timestamp(o.ts) AS at, r.id AS room_id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS o (hostel_id bigint, room text, ts float8, headcount integer, source text, received_at float8)
    JOIN rooms r ON r.hostel_id = o.hostel_id AND r.name = o.room
    WHERE o.headcount BETWEEN 0 AND 50
    ORDER BY o.hostel_id, o.room, o.ts, o.received_at DESC, o.headcount DESC
), before AS MATERIALIZED (
    SELECT i.room_id, i.at, same.headcount, held.ts AS held_since, held.headcount AS held
    FROM incoming i
    LEFT JOIN occupancy same ON same.room_id = i.room_id AND same.ts = i.at
    LEFT JOIN LATERAL (
        SELECT ts, headcount FROM occupancy
        WHERE room_id = i.room_id AND ts < i.at AND ts >= i.at - interval '1 day'
        ORDER BY ts DESC LIMIT 1
    ) held ON true
), stored AS (
    INSERT INTO occupancy AS kept (room_id, ts, headcount, source, received_at)
    SELECT room_id, at, headcount, source, to_timestamp(received_at) FROM incoming ORDER BY room_id, at
    ON CONFLICT (room_id, ts) DO UPDATE SET
        headcount = excluded.headcount, source = excluded.source, received_at = excluded.received_at
    WHERE (excluded.received_at, excluded.headcount) > (kept.received_at, kept.headcount)
    RETURNING room_id, ts, headcount
)
SELECT NULL::bigint AS hostel_id, stored.room_id, extract(epoch FROM min(
    CASE WHEN before.headcount IS NULL AND before.held = stored.headcount
         THEN before.held_since + interval '1 day' ELSE stored.ts END))::float8 AS since
FROM stored JOIN before ON before.room_id = stored.room_id AND before.at = stored.ts
WHERE before.headcount IS DISTINCT FROM stored.headcount
GROUP BY stored.room_id
""")


def _later(one: str) -> str:
    """SQL that is larger for the row of weather that counts: received last before its hour began, else first."""
    received = f"extract(epoch FROM {one}.received_at)"
    in_time = f"{one}.received_at < {one}.ts"
    values = ", ".join(f"coalesce({one}.{name}, '-Infinity')" for name in ("temperature_c", "humidity"))
    return f"ROW({in_time}, CASE WHEN {in_time} THEN {received} ELSE -{received} END, {values})"


_SAVE_WEATHER = text(f"""
WITH incoming AS MATERIALIZED (
    SELECT DISTINCT ON (w.hostel_id, w.ts) w.*
    FROM (
        SELECT hostel_id, to_timestamp(ts) AS ts, temperature_c, humidity, source,
            to_timestamp(received_at) AS received_at
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
            hostel_id bigint, ts float8, temperature_c float8, humidity float8, source text, received_at float8)
    ) w JOIN hostels h ON h.id = w.hostel_id
    ORDER BY w.hostel_id, w.ts, {_later("w")} DESC
), before AS MATERIALIZED (
    SELECT w.* FROM incoming JOIN weather w USING (hostel_id, ts)
), stored AS (
    INSERT INTO weather AS kept (hostel_id, ts, temperature_c, humidity, source, received_at)
    SELECT hostel_id, ts, temperature_c, humidity, source, received_at FROM incoming ORDER BY hostel_id, ts
    ON CONFLICT (hostel_id, ts) DO UPDATE SET
        temperature_c = excluded.temperature_c, humidity = excluded.humidity, source = excluded.source,
        received_at = excluded.received_at
    WHERE {_later("excluded")} > {_later("kept")}
    RETURNING hostel_id, ts, temperature_c, humidity
)
SELECT s.hostel_id, NULL::bigint AS room_id, extract(epoch FROM min(s.ts))::float8 AS since
FROM stored s LEFT JOIN before b USING (hostel_id, ts)
WHERE b.ts IS NULL OR (b.temperature_c, b.humidity) IS DISTINCT FROM (s.temperature_c, s.humidity)
GROUP BY s.hostel_id
""")  # noqa: S608 (names from this module)

# Whose readings lie after the change, or may be being judged now without it: those of the future are not yet.
_CHANGED_METERS = text("""
SELECT m.id, extract(epoch FROM min(c.since))::float8 AS since
FROM (
    SELECT hostel_id, room_id, to_timestamp(since) AS since
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (hostel_id bigint, room_id bigint, since float8)
) c
JOIN meters m ON m.hostel_id = c.hostel_id OR m.room_id = c.room_id
LEFT JOIN meter_state s ON s.meter_id = m.id
WHERE c.since <= now() + interval '10 minutes' OR s.last_ts >= c.since - interval '1 hour'
GROUP BY m.id
""")


# One at a time says of a hostel what changed: each sees what the ones before it stored.
_LOCK = text("""
SELECT pg_advisory_xact_lock(7226003, hashint8(k.id)) FROM (
    SELECT DISTINCT id FROM unnest(CAST(:hostels AS bigint[])) AS given (id) ORDER BY id
) k
""")


@dataclass(frozen=True, slots=True)
class _Changed:
    """What held at a hostel or in a room is another since then (epoch seconds)."""

    hostel_id: int | None
    room_id: int | None
    since: float


class PostgresExogenous(ExogenousSource):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def exogenous(self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float) -> Exogenous:
        with transaction(self._engine) as connection:
            return load_exogenous(connection, room_ids, hostel_ids, start, end)


def save_exogenous(connection: Connection, exogenous: ExogenousFacts) -> dict[int, float]:
    """Store head counts and weather; returns the meters that they change something for, and since when."""
    connection.execute(_LOCK, {"hostels": [row[0] for row in (*exogenous.occupancy, *exogenous.weather)]})
    return _changed_meters(
        connection, _save_occupancy(connection, exogenous.occupancy) + _save_weather(connection, exogenous.weather)
    )


def _save_occupancy(connection: Connection, rows: Sequence[tuple[int, str, float, int, str, float]]) -> list[_Changed]:
    """Store head counts, the last one received winning; a room nobody knows is quarantined."""
    names = ("hostel_id", "room", "ts", "headcount", "source", "received_at")
    changed = _save(connection, _SAVE_OCCUPANCY, names, rows)
    if rows:
        given = json_rows([dict(zip(names, row, strict=True)) for row in rows])
        save_quarantined(connection, [_refused(row) for row in connection.execute(_REFUSED, {"rows": given})])
    return changed


def _refused(row: Row[Any]) -> Quarantined:
    said = {"hostel_id": row.hostel_id, "room": row.room, "ts": row.ts, "count": row.headcount}
    key = f"occupancy:{row.hostel_id}:{row.room}:{row.ts}:{row.headcount}"
    reason, detail = Reason.INVALID, "the head count is not between 0 and 50"
    if row.unknown_room:
        reason, detail = Reason.UNKNOWN_ROOM, f"hostel {row.hostel_id} has no room {row.room}"
    return Quarantined(key, row.source, reason, detail, said, row.received_at)


def _save_weather(
    connection: Connection, rows: Sequence[tuple[int, float, float | None, float | None, str, float]]
) -> list[_Changed]:
    names = ("hostel_id", "ts", "temperature_c", "humidity", "source", "received_at")
    return _save(connection, _SAVE_WEATHER, names, rows)


def _changed_meters(connection: Connection, changed: Sequence[_Changed]) -> dict[int, float]:
    if not changed:
        return {}
    rows = json_rows([asdict(one) for one in changed])
    return {row.id: row.since for row in connection.execute(_CHANGED_METERS, {"rows": rows})}


def _save(
    connection: Connection, statement: TextClause, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> list[_Changed]:
    if not rows:
        return []
    named = [dict(zip(names, row, strict=True)) for row in rows]
    return [_Changed(**row) for row in connection.execute(statement, {"rows": json_rows(named)}).mappings()]


def load_exogenous(
    connection: Connection, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float
) -> Exogenous:
    """What holds anywhere in [start, end], epoch seconds."""
    found = Exogenous(occupancy={}, temperature_c={}, humidity={})
    period = {"start": start, "end": end}
    for row in connection.execute(_OCCUPANCY, {"ids": whole_numbers(room_ids), **period}):
        found.occupancy[row.id] = _steps_of(row.ts, row.headcount)
    for row in connection.execute(_WEATHER, {"ids": whole_numbers(hostel_ids), **period}):
        found.temperature_c[row.id] = _steps_of(row.ts, row.temperature_c)
        found.humidity[row.id] = _steps_of(row.ts, row.humidity)
    return found


def _steps_of(ts: str, values: str) -> Steps:
    """A step that says nothing holds as NaN: leaving it out would make what holds depend on where the period begins."""
    return np.array(ts.split(), dtype=np.float64), np.array(values.split(), dtype=np.float64)
