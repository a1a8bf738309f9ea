"""Readings and their roll-ups, which one statement keeps in step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.parameters import copy_in, numerics, timestamps
from wattwarden.adapters.postgres.states import iso_instants
from wattwarden.domain.registers import Quality
from wattwarden.ports.scoring import ReadingRows

LONG_S = 3600
"""An interval of more than this is spread over the hours and days it covers."""

_SUMS = ("kwh", "filled_kwh", "measured_s", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
_ABSENT = -(2**62)

# Energies are whole numbers of 0.1 Wh and lengths of time of 1 ms: what PostgreSQL adds fastest, and exactly.
_READINGS_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS incoming_readings (
    n bigint, meter_id bigint, ts timestamptz, interval_s float8, register_kwh bigint, voltage float8,
    current_a float8, power_factor float8, quality smallint, received_at timestamptz, start timestamptz,
    kwh bigint, filled_kwh bigint, measured_s bigint, expected_low_kwh bigint, expected_kwh bigint,
    expected_high_kwh bigint
) ON COMMIT DELETE ROWS
"""

# The same reading twice in one batch is taken once, as it came first. LIMIT makes it one look-up per reading, however
# many meters there are.
INCOMING = f"""
    SELECT DISTINCT ON (i.meter_id, i.ts)
        i.meter_id, i.ts, i.interval_s, i.received_at, i.start, h.timezone,
        nullif(i.register_kwh, {_ABSENT}) * 0.0001 AS register_kwh,
        nullif(i.voltage, 'NaN') AS voltage,
        nullif(i.current_a, 'NaN') AS current_a,
        nullif(i.power_factor, 'NaN') AS power_factor,
        (CAST(:qualities AS text[]))[i.quality] AS quality,
        {", ".join(f"nullif(i.{name}, {_ABSENT}) AS {name}" for name in _SUMS)},
        1 AS readings,
        date_trunc('hour', i.start, 'UTC') AS hour,
        (i.start AT TIME ZONE h.timezone)::date AS day
    FROM incoming_readings i
    CROSS JOIN LATERAL (SELECT hostel_id FROM meters WHERE id = i.meter_id LIMIT 1) m
    JOIN hostels h ON h.id = m.hostel_id
    ORDER BY i.meter_id, i.ts, i.n
"""  # noqa: S608 (names from this module)


def roll_up(table: str, bucket: str, source: str) -> str:
    """SQL that adds the rows of `source` to their buckets. Nulls mean nothing known or expected so far."""
    added = ", ".join(
        f"{name} = coalesce(kept.{name} + excluded.{name}, kept.{name}, excluded.{name})"
        for name in ("kwh", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
    )
    return f"""
INSERT INTO {table} AS kept (meter_id, {bucket}, readings, {", ".join(_SUMS)})
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
    columns = ", ".join(_SUMS)
    shares = ", ".join(
        f"round({name} * b.until / b.length) - round({name} * b.since / b.length) AS {name}" for name in _SUMS
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


def _save(*, spread: bool) -> str:
    """SQL that inserts the readings that are new and adds them to their hours (UTC) and days (of the hostel's zone)."""
    spread_over = f"hours AS ({pieces('fresh', 'hour')}), days AS ({pieces('fresh', 'day')})," if spread else ""
    hours, days = ("hours", "days") if spread else ("fresh", "fresh")
    return f"""
WITH incoming AS MATERIALIZED ({INCOMING}), stored AS (
    INSERT INTO readings (
        meter_id, ts, interval_s, kwh, register_kwh, voltage, current_a, power_factor, quality, received_at
    )
    SELECT meter_id, ts, interval_s, kwh * 0.0001, register_kwh, voltage, current_a, power_factor, quality, received_at
    FROM incoming
    ON CONFLICT DO NOTHING
    RETURNING meter_id, ts
), fresh AS MATERIALIZED (
    SELECT incoming.* FROM stored JOIN incoming USING (meter_id, ts)
), {spread_over} hourly AS ({roll_up("readings_hourly", "hour", hours)})
{roll_up("readings_daily", "day", days)}
"""  # noqa: S608 (names from this module)


_SAVE = {spread: text(_save(spread=spread)) for spread in (False, True)}

_SLOT_S = 900
"""Every zone's days and UTC's hours begin on a quarter of an hour, so that readings may be summed up to there here."""

_SUMS_TABLE = f"""
CREATE TEMP TABLE IF NOT EXISTS incoming_sums (
    meter_id bigint, start timestamptz, readings bigint, {", ".join(f"{name} bigint" for name in _SUMS)}
) ON COMMIT DELETE ROWS
"""

_ADD_UP = text(f"""
WITH slots AS MATERIALIZED (
    SELECT s.meter_id, s.readings, {", ".join(f"nullif(s.{name}, {_ABSENT}) AS {name}" for name in _SUMS)},
        date_trunc('hour', s.start, 'UTC') AS hour, (s.start AT TIME ZONE h.timezone)::date AS day
    FROM incoming_sums s
    CROSS JOIN LATERAL (SELECT hostel_id FROM meters WHERE id = s.meter_id LIMIT 1) m
    JOIN hostels h ON h.id = m.hostel_id
), hourly AS ({roll_up("readings_hourly", "hour", "slots")})
{roll_up("readings_daily", "day", "slots")}
""")  # noqa: S608 (names from this module)

# The same key twice: one look-up each in the index, whatever the statistics say; most rows are as they should be.
_UPDATE_READINGS = text(f"""
WITH changed AS MATERIALIZED (
    SELECT i.meter_id, i.ts, i.interval_s, i.kwh, i.quality
    FROM (
        SELECT meter_id, ts, interval_s, nullif(kwh, {_ABSENT}) * 0.0001 AS kwh,
            (CAST(:qualities AS text[]))[quality] AS quality
        FROM incoming_readings
    ) i
    CROSS JOIN LATERAL (
        SELECT interval_s, kwh, quality FROM readings WHERE meter_id = i.meter_id AND ts = i.ts LIMIT 1
    ) r
    WHERE (i.interval_s, i.kwh, i.quality) IS DISTINCT FROM (r.interval_s, r.kwh, r.quality)
)
UPDATE readings r SET interval_s = c.interval_s, kwh = c.kwh, quality = c.quality
FROM changed c WHERE r.meter_id = c.meter_id AND r.ts = c.ts
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
WITH incoming AS MATERIALIZED ({INCOMING}), windows AS MATERIALIZED ({_WINDOWS}),
hours AS (SELECT p.* FROM ({pieces("incoming", "hour")}) p JOIN windows USING (meter_id) WHERE hour >= first_hour),
days AS (SELECT p.* FROM ({pieces("incoming", "day")}) p JOIN windows USING (meter_id) WHERE day >= first_day),
hourly AS ({roll_up("readings_hourly", "hour", "hours")})
{roll_up("readings_daily", "day", "days")}
""")  # noqa: S608 (names from this module)


def add_readings(connection: Connection, rows: ReadingRows) -> None:
    """Append readings whose keys are new, as the guard of their meters' versions promises, and sum them up.

    By COPY into the table itself: no look for what is there, no second copy. Their months must have partitions.

    Raises:
        the driver's error for a key that exists: nothing may be committed. `save_readings` leaves such readings out.
    """
    if not len(rows.ts) or (rows.interval_s > LONG_S).any():
        save_readings(connection, rows)
        return
    columns = _columns(rows, sorted(set(rows.quality)))
    optional = {"voltage": rows.voltage, "current_a": rows.current, "power_factor": rows.power_factor}
    energies = {name: columns[name] for name in ("kwh", "register_kwh")}
    known = [values != _ABSENT for values in energies.values()] + [~np.isnan(values) for values in optional.values()]
    alike = columns["quality"] * 2 ** len(known) + sum(flag * 2**bit for bit, flag in enumerate(known))
    for of_group in np.unique(alike):
        group = np.flatnonzero(alike == of_group)
        quality = str(rows.quality[int(group[0])]).encode()
        there = {name: columns[name][group] for name in ("meter_id", "ts", "interval_s", "received_at")}
        has = [bool(flag[group[0]]) for flag in known]
        for (name, values), is_there in zip([*energies.items(), *optional.items()], has, strict=True):
            if is_there:
                there[name] = numerics(values[group]) if name in energies else values[group]
        copy_in(connection, "readings", there | {"quality": np.full(len(group), quality)})
    _sum_up(connection, columns)


def _sum_up(connection: Connection, columns: Mapping[str, NDArray[Any]]) -> None:
    """Add readings, sorted by meter, to their hours and days; first by quarter of an hour, here."""
    slot = columns["start"] // (_SLOT_S * 1_000_000)
    order = np.lexsort((slot, columns["meter_id"]))
    meter, slot = columns["meter_id"][order], slot[order]
    first = np.flatnonzero(np.r_[True, (meter[1:] != meter[:-1]) | (slot[1:] != slot[:-1])])
    sums: dict[str, NDArray[Any]] = {
        "meter_id": meter[first],
        "start": slot[first] * (_SLOT_S * 1_000_000),
        "readings": np.diff(np.r_[first, len(meter)]),
    }
    for name in _SUMS:
        values = columns[name][order]
        known = values != _ABSENT
        total = np.add.reduceat(np.where(known, values, 0), first)
        sums[name] = np.where(np.add.reduceat(known.astype(np.int64), first) > 0, total, _ABSENT)
    connection.exec_driver_sql(_SUMS_TABLE)
    copy_in(connection, "incoming_sums", sums)
    connection.execute(_ADD_UP)


def save_readings(connection: Connection, rows: ReadingRows) -> None:
    """Insert the readings that are new and add them to their hours and days. Their months must have partitions."""
    if not len(rows.ts):
        return
    qualities = stage_readings(connection, rows)
    connection.execute(_SAVE[bool((rows.interval_s > LONG_S).any())], {"qualities": qualities})


def replace_readings(connection: Connection, rows: ReadingRows, windows: Mapping[int, float]) -> None:
    """Put what was worked out anew in its place: of readings their energy, of roll-ups the hours and days since then.

    `rows` are all readings of the meters whose interval starts at or after the instant (epoch seconds, a full hour of
    UTC) that `windows` holds for the meter's id. They stay in `incoming_readings`.
    """
    qualities = stage_readings(connection, rows)
    since = {"meters": list(windows), "since": iso_instants(np.array(list(windows.values())))}
    connection.execute(_UPDATE_READINGS, {"qualities": qualities})
    for statement in _CLEAR_ROLL_UPS:
        connection.execute(statement, since)
    connection.execute(_REPLACE_ROLL_UPS, {"qualities": qualities, **since})


def stage_readings(connection: Connection, rows: ReadingRows, *, afresh: bool = False) -> list[str]:
    """Make the rows the content of `incoming_readings`; returns the texts that its `quality` numbers from 1.

    With `afresh` the transaction may have staged others before.
    """
    qualities = sorted(set(rows.quality))
    connection.exec_driver_sql(_READINGS_TABLE)
    if afresh:
        connection.exec_driver_sql("DELETE FROM incoming_readings")
    copy_in(connection, "incoming_readings", _columns(rows, qualities))
    return [str(quality) for quality in qualities]


def _columns(rows: ReadingRows, qualities: Sequence[str]) -> dict[str, NDArray[Any]]:
    position = {quality: i for i, quality in enumerate(qualities, start=1)}
    quality = np.array([position[quality] for quality in rows.quality], dtype=np.int16)
    filled = quality == position.get(Quality.GAP, 0)
    measured_s = np.where(np.isnan(rows.kwh) | filled, 0.0, rows.interval_s)
    ts = timestamps(rows.ts)
    return {
        "n": np.arange(len(rows.ts), dtype=np.int64),
        "meter_id": rows.meter_id.astype(np.int64),
        "ts": ts,
        "interval_s": np.asarray(rows.interval_s, dtype=np.float64),
        "register_kwh": _whole(rows.register_kwh, 1e4),
        "voltage": rows.voltage,
        "current_a": rows.current,
        "power_factor": rows.power_factor,
        "quality": quality,
        "received_at": timestamps(rows.received_at),
        "start": ts - np.rint(rows.interval_s * 1e6).astype(np.int64),
        "kwh": _whole(rows.kwh, 1e4),
        "filled_kwh": _whole(np.where(filled, rows.kwh, 0.0), 1e4),
        "measured_s": _whole(measured_s, 1e3),
        "expected_low_kwh": _whole(rows.expected_low_kwh, 1e4),
        "expected_kwh": _whole(rows.expected_kwh, 1e4),
        "expected_high_kwh": _whole(rows.expected_high_kwh, 1e4),
    }


def _whole(values: NDArray[np.float64], per_unit: float) -> NDArray[np.int64]:
    return np.where(np.isnan(values), _ABSENT, np.rint(np.nan_to_num(values) * per_unit)).astype(np.int64)
