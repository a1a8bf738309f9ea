"""Readings and their roll-ups, which one statement keeps in step."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.parameters import copy_in, timestamps
from wattwarden.ports.scoring import ReadingRows

_READINGS_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS incoming_readings (
    n bigint, meter_id bigint, ts timestamptz, interval_s float8, kwh float8, register_kwh float8, voltage float8,
    current_a float8, power_factor float8, quality smallint, received_at timestamptz,
    expected_low_kwh float8, expected_kwh float8, expected_high_kwh float8
) ON COMMIT DELETE ROWS
"""


def _roll_up(table: str, bucket: str) -> str:
    """SQL that adds the fresh readings to their buckets. Nulls mean nothing measured or expected so far."""
    added = ", ".join(
        f"{name} = coalesce(kept.{name} + excluded.{name}, kept.{name}, excluded.{name})"
        for name in ("kwh", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
    )
    return f"""
INSERT INTO {table} AS kept (
    meter_id, {bucket}, kwh, readings, measured_s, expected_low_kwh, expected_kwh, expected_high_kwh
)
SELECT meter_id, {bucket}, sum(kwh), count(*), coalesce(sum(interval_s) FILTER (WHERE kwh IS NOT NULL), 0),
       sum(expected_low_kwh), sum(expected_kwh), sum(expected_high_kwh)
FROM fresh
GROUP BY meter_id, {bucket}
ORDER BY meter_id, {bucket}
ON CONFLICT (meter_id, {bucket}) DO UPDATE SET
    readings = kept.readings + excluded.readings, measured_s = kept.measured_s + excluded.measured_s, {added}
"""  # noqa: S608 (names from this module)


# An interval belongs to the hour (UTC) and the day (of the hostel's zone) in which it starts. The same reading twice
# in one batch is taken once, as it came first; one that is stored already changes nothing.
_SAVE_READINGS = text(f"""
WITH incoming AS MATERIALIZED (
    SELECT DISTINCT ON (i.meter_id, i.ts)
        i.meter_id, i.ts, i.interval_s, i.received_at,
        nullif(i.kwh, 'NaN')::numeric(10, 4) AS kwh,
        nullif(i.register_kwh, 'NaN')::numeric(14, 4) AS register_kwh,
        nullif(i.voltage, 'NaN') AS voltage,
        nullif(i.current_a, 'NaN') AS current_a,
        nullif(i.power_factor, 'NaN') AS power_factor,
        (CAST(:qualities AS text[]))[i.quality] AS quality,
        nullif(i.expected_low_kwh, 'NaN') AS expected_low_kwh,
        nullif(i.expected_kwh, 'NaN') AS expected_kwh,
        nullif(i.expected_high_kwh, 'NaN') AS expected_high_kwh,
        date_trunc('hour', i.ts - i.interval_s * interval '1 second', 'UTC') AS hour,
        ((i.ts - i.interval_s * interval '1 second') AT TIME ZONE h.timezone)::date AS day
    FROM incoming_readings i JOIN meters m ON m.id = i.meter_id JOIN hostels h ON h.id = m.hostel_id
    ORDER BY i.meter_id, i.ts, i.n
), stored AS (
    INSERT INTO readings (
        meter_id, ts, interval_s, kwh, register_kwh, voltage, current_a, power_factor, quality, received_at
    )
    SELECT meter_id, ts, interval_s, kwh, register_kwh, voltage, current_a, power_factor, quality, received_at
    FROM incoming
    ON CONFLICT DO NOTHING
    RETURNING meter_id, ts
), fresh AS (
    SELECT incoming.* FROM stored JOIN incoming USING (meter_id, ts)
), hourly AS ({_roll_up("readings_hourly", "hour")})
{_roll_up("readings_daily", "day")}
""")  # noqa: S608 (names from this module)


def save_readings(connection: Connection, rows: ReadingRows) -> None:
    """Insert the readings that are new and add them to their hour and day. Their months must have partitions."""
    if not len(rows.ts):
        return
    qualities = sorted(set(rows.quality))
    connection.exec_driver_sql(_READINGS_TABLE)
    copy_in(connection, "incoming_readings", _columns(rows, qualities))
    connection.execute(_SAVE_READINGS, {"qualities": [str(quality) for quality in qualities]})


def _columns(rows: ReadingRows, qualities: list[str]) -> dict[str, NDArray[Any]]:
    position = {quality: i for i, quality in enumerate(qualities, start=1)}
    return {
        "n": np.arange(len(rows.ts), dtype=np.int64),
        "meter_id": rows.meter_id.astype(np.int64),
        "ts": timestamps(rows.ts),
        "interval_s": rows.interval_s,
        "kwh": rows.kwh,
        "register_kwh": rows.register_kwh,
        "voltage": rows.voltage,
        "current_a": rows.current,
        "power_factor": rows.power_factor,
        "quality": np.array([position[quality] for quality in rows.quality], dtype=np.int16),
        "received_at": timestamps(rows.received_at),
        "expected_low_kwh": rows.expected_low_kwh,
        "expected_kwh": rows.expected_kwh,
        "expected_high_kwh": rows.expected_high_kwh,
    }
