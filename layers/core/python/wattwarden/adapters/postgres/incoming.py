"""Readings on their way in: a temporary table, in the numbers PostgreSQL adds fastest."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from wattwarden.adapters.postgres.parameters import copy_in, timestamps
from wattwarden.domain.registers import Quality
from wattwarden.ports.scoring import ReadingRows

SUMS = ("kwh", "filled_kwh", "measured_s", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
ABSENT = -(2**62)

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
# many meters and hostels there are.
INCOMING = f"""
    SELECT DISTINCT ON (i.meter_id, i.ts)
        i.meter_id, i.ts, i.interval_s, i.received_at, i.start, h.timezone,
        nullif(i.register_kwh, {ABSENT}) * 0.0001 AS register_kwh,
        nullif(i.voltage, 'NaN') AS voltage,
        nullif(i.current_a, 'NaN') AS current_a,
        nullif(i.power_factor, 'NaN') AS power_factor,
        (CAST(:qualities AS text[]))[i.quality] AS quality,
        {", ".join(f"nullif(i.{name}, {ABSENT}) AS {name}" for name in SUMS)},
        1 AS readings,
        date_trunc('hour', i.start, 'UTC') AS hour,
        (i.start AT TIME ZONE h.timezone)::date AS day
    FROM incoming_readings i
    CROSS JOIN LATERAL (SELECT hostel_id FROM meters WHERE id = i.meter_id LIMIT 1) m
    CROSS JOIN LATERAL (SELECT timezone FROM hostels WHERE id = m.hostel_id LIMIT 1) h
    ORDER BY i.meter_id, i.ts, i.n
"""  # noqa: S608 (names from this module)


def stage_readings(connection: Connection, rows: ReadingRows, *, afresh: bool = False) -> list[str]:
    """Make the rows the content of `incoming_readings`; returns the texts that its `quality` numbers from 1.

    With `afresh` the transaction may have staged others before.
    """
    qualities = sorted(set(rows.quality))
    connection.exec_driver_sql(_READINGS_TABLE)
    if afresh:
        connection.exec_driver_sql("DELETE FROM incoming_readings")
    copy_in(connection, "incoming_readings", columns_of(rows, qualities))
    return [str(quality) for quality in qualities]


def columns_of(rows: ReadingRows, qualities: Sequence[str]) -> dict[str, NDArray[Any]]:
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
    return np.where(np.isnan(values), ABSENT, np.rint(np.nan_to_num(values) * per_unit)).astype(np.int64)
