"""Readings into their table, and by the same stroke into their roll-ups."""

from collections.abc import Mapping

import numpy as np
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.base.parameters import copy_in, numerics
from wattwarden.adapters.postgres.telemetry.incoming import ABSENT, INCOMING, columns_of, stage_readings
from wattwarden.adapters.postgres.telemetry.rollups import LONG_S, pieces, replace_roll_ups, roll_up, sum_up
from wattwarden.domain.readings import ReadingRows
from wattwarden.domain.registers import Quality


def _save(*, spread: bool) -> str:
    """SQL that inserts the readings that are new and adds them to their hours (UTC) and days (of the hostel's zone)."""
    spread_over = f"hours AS ({pieces('fresh', 'hour')}), days AS ({pieces('fresh', 'day')})," if spread else ""
    hours, days = ("hours", "days") if spread else ("fresh", "fresh")
    return f"""
WITH incoming AS MATERIALIZED ({INCOMING}), stored AS (
    INSERT INTO readings (
        meter_id, ts, interval_s, kwh, register_kwh, voltage, current_a, power_factor, quality, received_at,
        told_kwh, told_interval_s
    )
    SELECT meter_id, ts, interval_s, kwh * 0.0001, register_kwh, voltage, current_a, power_factor, quality, received_at,
        told_kwh, told_interval_s
    FROM incoming
    ON CONFLICT DO NOTHING
    RETURNING meter_id, ts
), fresh AS MATERIALIZED (
    SELECT incoming.* FROM stored JOIN incoming USING (meter_id, ts)
), {spread_over} hourly AS ({roll_up("readings_hourly", "hour", hours)})
{roll_up("readings_daily", "day", days)}
"""  # noqa: S608 (names from this module)


_SAVE = {spread: text(_save(spread=spread)) for spread in (False, True)}

# The same key twice: one look-up each in the index, whatever the statistics say; most rows are as they should be.
_UPDATE_READINGS = text(f"""
WITH changed AS MATERIALIZED (
    SELECT i.meter_id, i.ts, i.interval_s, i.kwh, i.quality, i.told_kwh, i.told_interval_s
    FROM (
        SELECT meter_id, ts, interval_s, nullif(kwh, {ABSENT}) * 0.0001 AS kwh,
            nullif(told_kwh, {ABSENT}) * 0.0001 AS told_kwh, nullif(told_interval_s, 'NaN') AS told_interval_s,
            (CAST(:qualities AS text[]))[quality] AS quality
        FROM incoming_readings
    ) i
    CROSS JOIN LATERAL (
        SELECT interval_s, kwh, quality, told_kwh, told_interval_s
        FROM readings WHERE meter_id = i.meter_id AND ts = i.ts LIMIT 1
    ) r
    WHERE (i.interval_s, i.kwh, i.quality, i.told_kwh, i.told_interval_s)
        IS DISTINCT FROM (r.interval_s, r.kwh, r.quality, r.told_kwh, r.told_interval_s)
)
UPDATE readings r SET interval_s = c.interval_s, kwh = c.kwh, quality = c.quality,
    told_kwh = c.told_kwh, told_interval_s = c.told_interval_s
FROM changed c WHERE r.meter_id = c.meter_id AND r.ts = c.ts
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
    columns = columns_of(rows, sorted(set(rows.quality)))
    optional = {
        "voltage": rows.voltage,
        "current_a": rows.current,
        "power_factor": rows.power_factor,
        "told_interval_s": rows.told_interval_s,
    }
    energies = {name: columns[name] for name in ("kwh", "register_kwh")}
    known = [values != ABSENT for values in energies.values()] + [~np.isnan(values) for values in optional.values()]
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
    sum_up(connection, columns, rows.timezone)


def save_readings(connection: Connection, rows: ReadingRows) -> None:
    """Insert the readings that are new and add them to their hours and days. Their months must have partitions."""
    if not len(rows.ts):
        return
    staged = stage_readings(connection, rows)
    connection.execute(_SAVE[bool((rows.interval_s > LONG_S).any())], staged)


def replace_readings(
    connection: Connection, rows: ReadingRows, pieces: ReadingRows | None, windows: Mapping[int, float]
) -> None:
    """Put what was worked out anew in its place: of readings their energy, of roll-ups the hours and days since then.

    `rows` are all readings of the meters whose interval starts at or after the instant (epoch seconds, a full hour of
    UTC) that `windows` holds for the meter's id. Roll-ups have `pieces` in the place of those that others overlap.
    `rows` stay in `incoming_readings`.
    """
    staged = stage_readings(connection, rows)
    connection.execute(_UPDATE_READINGS, staged)
    overlapped = np.isin(rows.quality, (Quality.COARSE, Quality.COVERED, Quality.CONTRADICTED))
    if pieces is not None and (overlapped.any() or len(pieces.ts)):
        together = ReadingRows.concatenate([rows.take(~overlapped), pieces])
        replace_roll_ups(connection, stage_readings(connection, together, afresh=True), windows)
        stage_readings(connection, rows, afresh=True)
        return
    replace_roll_ups(connection, staged, windows)
