"""Sums of readings by hour (UTC) and by day (of the hostel's zone): added to, or written anew."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.base.parameters import copy_in
from wattwarden.adapters.postgres.telemetry.incoming import ABSENT, EVERY_INCOMING, SUMS, ZONE, places
from wattwarden.adapters.postgres.telemetry.states import iso_instants

LONG_S = 3600
"""An interval of more than this is spread over the hours and days it covers."""


def roll_up(table: str, bucket: str, source: str) -> str:
    """SQL that adds the rows of `source` to their buckets. Nulls mean nothing known or expected so far."""
    added = ", ".join(
        f"{name} = coalesce(kept.{name} + excluded.{name}, kept.{name}, excluded.{name})"
        for name in ("kwh", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
    )
    return f"""
INSERT INTO {table} AS kept (meter_id, {bucket}, readings, {", ".join(SUMS)})
SELECT meter_id, {bucket}, sum(readings), sum(kwh) * 0.0001, coalesce(sum(filled_kwh), 0) * 0.0001,
       coalesce(sum(measured_s), 0) * 0.001,
       sum(expected_low_kwh) * 0.0001, sum(expected_kwh) * 0.0001, sum(expected_high_kwh) * 0.0001
FROM {source}
GROUP BY meter_id, {bucket}
ORDER BY meter_id, {bucket}
ON CONFLICT (meter_id, {bucket}) DO UPDATE SET
    readings = kept.readings + excluded.readings, measured_s = kept.measured_s + excluded.measured_s,
    filled_kwh = kept.filled_kwh + excluded.filled_kwh, {added}
"""  # noqa: S608 (names from this module)


def pieces(rows: str, bucket: str) -> str:
    """SQL for the share of each bucket in the readings `rows`: all of a short one, pro rata by seconds of a long one.

    Shares are differences of the rounded sums so far: together they are exactly the whole.
    """
    columns = ", ".join(SUMS)
    shares = ", ".join(
        f"round({name} * b.until / b.length) - round({name} * b.since / b.length) AS {name}" for name in SUMS
    )
    if bucket == "hour":
        last, step = "r.ts - interval '1 microsecond'", "interval '1 hour'"
        begins, ends = "g", "g + interval '1 hour'"
    else:
        last = "((r.ts - interval '1 microsecond') AT TIME ZONE r.timezone)::date::timestamp"
        step = "interval '1 day'"
        begins, ends = _midnight("g"), _midnight("(g + interval '1 day')")
    first = "r.hour" if bucket == "hour" else "r.day::timestamp"
    final = f"g + {step} > {last}"
    return f"""
    SELECT meter_id, {bucket}, readings, {columns} FROM {rows} WHERE interval_s <= {LONG_S}
    UNION ALL
    SELECT r.meter_id, b.{bucket}, b.readings, {shares}
    FROM {rows} r CROSS JOIN LATERAL (
        SELECT g{"" if bucket == "hour" else "::date"} AS {bucket}, (g = {first})::integer AS readings,
            CASE WHEN g = {first} THEN 0
                 ELSE extract(epoch FROM least(greatest({begins}, r.start), r.ts) - r.start) END AS since,
            extract(epoch FROM CASE WHEN {final} THEN r.ts
                                    ELSE least(greatest({ends}, r.start), r.ts) END - r.start) AS until,
            extract(epoch FROM r.ts - r.start) AS length
        FROM generate_series({first}, {last}, {step}) g
    ) b
    WHERE r.interval_s > {LONG_S} AND (b.readings = 1 OR r.kwh IS NOT NULL OR r.expected_kwh IS NOT NULL)
"""  # noqa: S608 (names from this module)


def _midnight(day: str) -> str:
    """SQL for when a local day begins: where clocks go back at midnight, at the first of the two."""
    begins = f"{day} AT TIME ZONE r.timezone"
    return f"""CASE WHEN (({begins}) - interval '1 hour') AT TIME ZONE r.timezone < {day} THEN {begins}
        ELSE ({begins}) - interval '1 hour' END"""


_SLOT_S = 900
"""Every zone's days and UTC's hours begin on a quarter of an hour, so that readings may be summed up to there here."""

_SUMS_TABLE = f"""
CREATE TEMP TABLE IF NOT EXISTS incoming_sums (
    meter_id bigint, start timestamptz, zone smallint, readings bigint, {", ".join(f"{name} bigint" for name in SUMS)}
) ON COMMIT DELETE ROWS
"""

_ADD_UP = text(f"""
WITH slots AS MATERIALIZED (
    SELECT s.meter_id, s.readings, {", ".join(f"nullif(s.{name}, {ABSENT}) AS {name}" for name in SUMS)},
        date_trunc('hour', s.start, 'UTC') AS hour, (s.start AT TIME ZONE {ZONE})::date AS day
    FROM incoming_sums s
), hourly AS ({roll_up("readings_hourly", "hour", "slots")})
{roll_up("readings_daily", "day", "slots")}
""")  # noqa: S608 (names from this module)

_WINDOWS = """
    SELECT k.meter_id, k.since AS first_hour,
        ((k.since + interval '3599.999999 seconds') AT TIME ZONE h.timezone)::date AS first_day
    FROM unnest(CAST(:meters AS bigint[]), CAST(:since AS timestamptz[])) AS k (meter_id, since)
    JOIN meters m ON m.id = k.meter_id JOIN hostels h ON h.id = m.hostel_id
"""
_CLEAR_ROLL_UPS = [
    text(f"""
DELETE FROM readings_{name} r USING ({_WINDOWS}) w WHERE r.meter_id = w.meter_id AND r.{bucket} >= w.first_{bucket}
""")  # noqa: S608 (names from this module)
    for name, bucket in (("hourly", "hour"), ("daily", "day"))
]
_REPLACE_ROLL_UPS = text(f"""
WITH incoming AS MATERIALIZED ({EVERY_INCOMING}), windows AS MATERIALIZED ({_WINDOWS}),
hours AS (SELECT p.* FROM ({pieces("incoming", "hour")}) p JOIN windows USING (meter_id) WHERE hour >= first_hour),
days AS (SELECT p.* FROM ({pieces("incoming", "day")}) p JOIN windows USING (meter_id) WHERE day >= first_day),
hourly AS ({roll_up("readings_hourly", "hour", "hours")})
{roll_up("readings_daily", "day", "days")}
""")  # noqa: S608 (names from this module)


def sum_up(connection: Connection, columns: Mapping[str, NDArray[Any]], timezone: NDArray[np.object_]) -> None:
    """Add readings, `columns_of` them and their zones, to their hours and days; first by quarter of an hour, here."""
    slot = columns["start"] // (_SLOT_S * 1_000_000)
    order = np.lexsort((slot, columns["meter_id"]))
    meter, slot = columns["meter_id"][order], slot[order]
    first = np.flatnonzero(np.r_[True, (meter[1:] != meter[:-1]) | (slot[1:] != slot[:-1])])
    of_slots = timezone[order[first]].tolist()
    zones = sorted(set(of_slots))
    sums: dict[str, NDArray[Any]] = {
        "meter_id": meter[first],
        "start": slot[first] * (_SLOT_S * 1_000_000),
        "zone": places(of_slots, zones),
        "readings": np.diff(np.r_[first, len(meter)]),
    }
    for name in SUMS:
        values = columns[name][order]
        known = values != ABSENT
        total = np.add.reduceat(np.where(known, values, 0), first)
        sums[name] = np.where(np.add.reduceat(known.astype(np.int64), first) > 0, total, ABSENT)
    connection.exec_driver_sql(_SUMS_TABLE)
    copy_in(connection, "incoming_sums", sums)
    connection.execute(_ADD_UP, {"zones": zones})


def replace_roll_ups(connection: Connection, staged: Mapping[str, Any], windows: Mapping[int, float]) -> None:
    """Write the hours and days of meters (id: epoch seconds of a full hour) from there on anew, from what is staged."""
    since = {"meters": list(windows), "since": iso_instants(np.array(list(windows.values())))}
    for statement in _CLEAR_ROLL_UPS:
        connection.execute(statement, since)
    connection.execute(_REPLACE_ROLL_UPS, {**staged, **since})
