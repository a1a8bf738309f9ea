"""Occupancy of rooms and weather at hostels: step functions of time, whose value holds until the next."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.json_parameters import json_rows
from wattwarden.ports.scoring import Surroundings

type Steps = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Epoch seconds, and the value that holds from each on."""


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

_SAVE_OCCUPANCY = text("""
WITH incoming AS MATERIALIZED (
    SELECT DISTINCT ON (o.hostel_id, o.room, o.ts)
        o.*, to_timestamp(o.ts) AS at, r.id AS room_id,
        CASE WHEN r.id IS NULL THEN 'unknown_room' WHEN o.headcount NOT BETWEEN 0 AND 50 THEN 'invalid' END AS reason
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS o (n bigint, hostel_id bigint, room text, ts float8, headcount integer, source text)
    LEFT JOIN rooms r ON r.hostel_id = o.hostel_id AND r.name = o.room
    ORDER BY o.hostel_id, o.room, o.ts, o.n DESC
), stored AS (
    INSERT INTO occupancy AS kept (room_id, ts, headcount, source)
    SELECT room_id, at, headcount, source FROM incoming WHERE reason IS NULL ORDER BY room_id, at
    ON CONFLICT (room_id, ts) DO UPDATE SET headcount = excluded.headcount, source = excluded.source
    WHERE kept.headcount <> excluded.headcount
)
INSERT INTO quarantine (dedupe_key, source, reason, detail, payload)
SELECT 'occupancy:' || hostel_id || ':' || room || ':' || ts || ':' || headcount, source, reason,
    CASE reason WHEN 'invalid' THEN 'the head count is not between 0 and 50'
                ELSE format('hostel %s has no room %s', hostel_id, room) END,
    jsonb_build_object('hostel_id', hostel_id, 'room', room, 'ts', ts, 'count', headcount)
FROM incoming WHERE reason IS NOT NULL ORDER BY 1
ON CONFLICT (dedupe_key) DO NOTHING
""")

_SAVE_WEATHER = text("""
INSERT INTO weather AS kept (hostel_id, ts, temperature_c, humidity, source)
SELECT DISTINCT ON (w.hostel_id, w.ts) w.hostel_id, to_timestamp(w.ts), w.temperature_c, w.humidity, w.source
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS w (n bigint, hostel_id bigint, ts float8, temperature_c float8, humidity float8, source text)
JOIN hostels h ON h.id = w.hostel_id
ORDER BY w.hostel_id, w.ts, w.n DESC
ON CONFLICT (hostel_id, ts) DO UPDATE SET
    temperature_c = excluded.temperature_c, humidity = excluded.humidity, source = excluded.source
""")


def save_occupancy(connection: Connection, rows: list[tuple[int, str, float, int, str]]) -> None:
    """Upsert head counts, the last one given winning; a room nobody knows is quarantined."""
    if rows:
        names = ("hostel_id", "room", "ts", "headcount", "source")
        named = [{"n": n, **dict(zip(names, row, strict=True))} for n, row in enumerate(rows)]
        connection.execute(_SAVE_OCCUPANCY, {"rows": json_rows(named)})


def save_weather(connection: Connection, rows: list[tuple[int, float, float | None, float | None, str]]) -> None:
    if rows:
        names = ("hostel_id", "ts", "temperature_c", "humidity", "source")
        named = [{"n": n, **dict(zip(names, row, strict=True))} for n, row in enumerate(rows)]
        connection.execute(_SAVE_WEATHER, {"rows": json_rows(named)})


def load_surroundings(
    connection: Connection, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float
) -> Surroundings:
    """What holds anywhere in [start, end], epoch seconds."""
    found = Surroundings(occupancy={}, temperature_c={}, humidity={})
    period = {"start": start, "end": end}
    for row in connection.execute(_OCCUPANCY, {"ids": list(room_ids), **period}):
        found.occupancy[row.id] = _known(row.ts, row.headcount)
    for row in connection.execute(_WEATHER, {"ids": list(hostel_ids), **period}):
        found.temperature_c[row.id] = _known(row.ts, row.temperature_c)
        found.humidity[row.id] = _known(row.ts, row.humidity)
    return found


def _known(ts: str, values: str) -> Steps:
    """The steps whose value is known."""
    since, held = np.array(ts.split(), dtype=np.float64), np.array(values.split(), dtype=np.float64)
    known = ~np.isnan(held)
    return since[known], held[known]
