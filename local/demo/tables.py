"""Any table of meter readings, from Parquet or CSV: which column is what, and its rows in columns."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulator.noise import Floats

METER_NAMES = ("meter", "meter_id", "serial", "b", "building", "building_id", "room", "id")
TIME_NAMES = ("ts", "timestamp", "time", "datetime", "date")
KWH_NAMES = ("kwh", "energy_kwh", "energy", "consumption", "meter_reading", "value")
VOLTAGE_NAMES = ("voltage", "v", "volts")
ZEROS_ARE_MISSING = 0.005
"""Hardly a building ever uses nothing: where zeros are this share of the rows, they stand for missing values."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns; None where the table has none."""

    meter: str
    ts: str
    kwh: str
    voltage: str | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """Rows of a table, missing ones left out. `ts` is epoch seconds of the interval's end; NaN voltage is unknown."""

    meters: list[str]
    """Serials as the API takes them."""
    meter: NDArray[np.int64]
    """Index into `meters` per row."""
    ts: NDArray[np.int64]
    kwh: Floats
    voltage: Floats
    interval_minutes: float
    missing: int
    repeated: int


def read(path: Path) -> pa.Table:
    """Raises ValueError when it is neither Parquet nor CSV."""
    match path.suffix.lower():
        case ".parquet":
            return pq.read_table(path)
        case ".csv":
            return pyarrow.csv.read_csv(path)
        case other:
            raise ValueError(f"{other or path.name}: only .parquet and .csv files can be replayed")


def detect(names: list[str], **given: str | None) -> Columns:
    """The columns by their usual names, unless given.

    Raises:
        ValueError: a column that is needed is not found, or one given does not exist.
    """
    lower = {name.lower(): name for name in names}

    def find(role: str, usual: tuple[str, ...]) -> str | None:
        named = given.get(role)
        if named is not None:
            if named not in names:
                raise ValueError(f"there is no column {named!r}; there are {', '.join(names)}")
            return named
        return next((lower[name] for name in usual if name in lower), None)

    def need(role: str, usual: tuple[str, ...]) -> str:
        found = find(role, usual)
        if found is None:
            raise ValueError(f"which column is the {role}? Name one of {', '.join(names)} with --{role}-col")
        return found

    return Columns(
        meter=need("meter", METER_NAMES),
        ts=need("ts", TIME_NAMES),
        kwh=need("kwh", KWH_NAMES),
        voltage=find("voltage", VOLTAGE_NAMES),
    )


def as_serial(name: str) -> str:
    """A meter's name with only the characters a serial may have."""
    clean = re.sub(r"[^A-Za-z0-9._:\-]", "-", name)[:64]
    return clean if clean[:1].isalnum() else f"m{clean}"[:64]


def extract(table: pa.Table, columns: Columns, *, missing_zero: bool | None, limit: int | None = None) -> Readings:
    """Rows by time, then meter. Naive timestamps are UTC and end their interval.

    Args:
        table: as read.
        columns: which is which.
        missing_zero: whether zeros stand for missing values; None decides by how many there are.
        limit: keep only this many of the earliest rows.
    """
    coded = pc.dictionary_encode(pc.cast(table[columns.meter], pa.string())).combine_chunks()
    meter = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    names = [as_serial(name) for name in coded.dictionary.to_pylist()]
    ts = _epoch(table[columns.ts])
    kwh = _numbers(table[columns.kwh])
    voltage = _numbers(table[columns.voltage]) if columns.voltage else np.full(len(kwh), np.nan)
    zeros = kwh == 0
    if missing_zero is None:
        missing_zero = bool(zeros.mean() > ZEROS_ARE_MISSING)
    there = ~(np.isnan(kwh) | (zeros & missing_zero))
    order = np.lexsort((meter, ts))
    order = order[there[order]]
    meter, ts, kwh, voltage = meter[order], ts[order], kwh[order], voltage[order]
    fresh = np.ones(len(ts), dtype=bool)
    fresh[1:] = (ts[1:] != ts[:-1]) | (meter[1:] != meter[:-1])
    repeated = int((~fresh).sum())
    kept = np.flatnonzero(fresh)[:limit]
    return Readings(
        meters=names,
        meter=meter[kept],
        ts=ts[kept],
        kwh=kwh[kept],
        voltage=voltage[kept],
        interval_minutes=_interval_minutes(meter, ts),
        missing=int((~there).sum()),
        repeated=repeated,
    )


def _epoch(column: pa.ChunkedArray) -> NDArray[np.int64]:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.cast(column, pa.timestamp("us"))
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        seconds = pc.cast(pc.cast(column, pa.timestamp("s", tz="UTC"), safe=False), pa.int64())
        column = seconds
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _numbers(column: pa.ChunkedArray) -> Floats:
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(), dtype=np.float64)


def _interval_minutes(meter: NDArray[np.int64], ts: NDArray[np.int64]) -> float:
    """The usual distance of a meter's readings."""
    order = np.lexsort((ts, meter))
    steps = np.diff(ts[order])[np.diff(meter[order]) == 0]
    return float(np.clip(np.median(steps) / 60, 1, 1440)) if len(steps) else 60.0
