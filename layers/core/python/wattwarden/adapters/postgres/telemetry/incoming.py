"""Readings on their way in: a temporary table, in the numbers PostgreSQL adds fastest."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from wattwarden.adapters.postgres.base.parameters import copy_in, timestamps
from wattwarden.domain.readings import ReadingRows
from wattwarden.domain.registers import Quality

SUMS = ("kwh", "filled_kwh", "measured_s", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
ABSENT = -(2**62)
ZONE = "(CAST(:zones AS text[]))[zone]"
"""The time zone of a row whose `zone` is a place, counted from 1, among :zones."""

# Energies are whole numbers of 0.1 Wh and lengths of time of 1 ms: what PostgreSQL adds fastest, and exactly.
_READINGS_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS incoming_readings (
    n bigint, meter_id bigint, ts timestamptz, interval_s float8, register_kwh bigint, voltage float8,
    current_a float8, power_factor float8, told_kwh bigint, told_interval_s float8, quality smallint,
    zone smallint, received_at timestamptz, start timestamptz,
    kwh bigint, filled_kwh bigint, measured_s bigint, expected_low_kwh bigint, expected_kwh bigint,
    expected_high_kwh bigint
) ON COMMIT DELETE ROWS
"""

# The same reading twice in one batch is taken once, as it came first.
INCOMING = f"""
    SELECT DISTINCT ON (i.meter_id, i.ts)
        i.meter_id, i.ts, i.interval_s, i.received_at, i.start, {ZONE} AS timezone,
        nullif(i.register_kwh, {ABSENT}) * 0.0001 AS register_kwh,
        nullif(i.voltage, 'NaN') AS voltage,
        nullif(i.current_a, 'NaN') AS current_a,
        nullif(i.power_factor, 'NaN') AS power_factor,
        nullif(i.told_kwh, {ABSENT}) * 0.0001 AS told_kwh,
        nullif(i.told_interval_s, 'NaN') AS told_interval_s,
        (CAST(:qualities AS text[]))[i.quality] AS quality,
        {", ".join(f"nullif(i.{name}, {ABSENT}) AS {name}" for name in SUMS)},
        1 AS readings,
        date_trunc('hour', i.start, 'UTC') AS hour,
        (i.start AT TIME ZONE {ZONE})::date AS day
    FROM incoming_readings i
    ORDER BY i.meter_id, i.ts, i.n
"""  # noqa: S608 (names from this module)

EVERY_INCOMING = INCOMING.replace("ON (i.meter_id, i.ts)", "ON (i.meter_id, i.ts, i.n)")
"""Several of one key, too."""


def stage_readings(connection: Connection, rows: ReadingRows, *, afresh: bool = False) -> dict[str, list[str]]:
    """Make the rows the content of `incoming_readings`; returns the parameters of `INCOMING`.

    With `afresh` the transaction may have staged others before.
    """
    qualities, zones = sorted(set(rows.quality)), sorted(set(rows.timezone))
    connection.exec_driver_sql(_READINGS_TABLE)
    if afresh:
        connection.exec_driver_sql("DELETE FROM incoming_readings")
    columns = columns_of(rows, qualities) | {"zone": places(rows.timezone, zones)}
    copy_in(connection, "incoming_readings", columns)
    return {"qualities": [str(quality) for quality in qualities], "zones": zones}


def columns_of(rows: ReadingRows, qualities: Sequence[str]) -> dict[str, NDArray[Any]]:
    """All but the zone."""
    quality = places(rows.quality, qualities)
    filled = quality == (qualities.index(Quality.GAP) + 1 if Quality.GAP in qualities else 0)
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
        "told_kwh": _whole(rows.told_kwh, 1e4),
        "told_interval_s": rows.told_interval_s,
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


def places(values: Iterable[str], texts: Sequence[str]) -> NDArray[np.int16]:
    """Where each value is among the texts, counted from 1 as PostgreSQL counts."""
    place = {text: n for n, text in enumerate(texts, start=1)}
    return np.array([place[value] for value in values], dtype=np.int16)


def _whole(values: NDArray[np.float64], per_unit: float) -> NDArray[np.int64]:
    return np.where(np.isnan(values), ABSENT, np.rint(np.nan_to_num(values) * per_unit)).astype(np.int64)
