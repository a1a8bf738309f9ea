"""What the detector is told: rooms and readings as columns."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

HOUR_S = 3600.0
WEEK_H = 168
_EPOCH_HOUR_OF_WEEK = 72  # 1970-01-01 was a Thursday
_OFFSET_STEP_S = 1800  # no zone changes its offset more finely than at half-hours of UTC


@dataclass(frozen=True, slots=True)
class Rooms:
    """Per meter, aligned with `MeterStates`. `beds` is 0 for a meter that measures no room."""

    beds: NDArray[np.int16]
    has_ac: NDArray[np.bool_]
    nominal_voltage: NDArray[np.float64]
    low_tolerance: NDArray[np.float64] | None = None
    """How far below the nominal voltage a supply may lie, as a share of it; None: as EN 50160 says."""
    high_tolerance: NDArray[np.float64] | None = None
    """Likewise above."""


@dataclass(frozen=True, slots=True)
class Observations:
    """Columns of equal length m, sorted by (meter, ts). NaN = unknown in every measure.

    `ts` is the END of the interval in epoch seconds, UTC; `hour_of_week` (0..167, local) is that of its START.
    """

    meter: NDArray[np.int64]
    """Index into the states and rooms."""
    ts: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    hour_of_week: NDArray[np.int16]
    kwh: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    power_factor: NDArray[np.float64]
    temperature_c: NDArray[np.float64]
    humidity: NDArray[np.float64]
    occupancy: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ts)

    def take(self, rows: NDArray[np.int64]) -> "Observations":
        """The readings of these row numbers, in their order."""
        return Observations(*(getattr(self, f.name)[rows] for f in fields(self)))


def hour_of_week(ts_start: NDArray[np.float64], timezone: str) -> NDArray[np.int16]:
    """Local hour of the week (Monday 00:00 = 0) of each instant, given in epoch seconds UTC."""
    steps, where = np.unique(np.floor_divide(ts_start, _OFFSET_STEP_S).astype(np.int64), return_inverse=True)
    offsets = np.array([_utc_offset_s(timezone, int(step)) for step in steps], dtype=np.float64)
    hours = np.floor_divide(ts_start + offsets[where], HOUR_S).astype(np.int64)
    return ((hours + _EPOCH_HOUR_OF_WEEK) % WEEK_H).astype(np.int16)


@lru_cache(maxsize=1 << 16)
def _utc_offset_s(timezone: str, step: int) -> float:
    offset = datetime.fromtimestamp(step * _OFFSET_STEP_S, UTC).astimezone(ZoneInfo(timezone)).utcoffset()
    return offset.total_seconds() if offset else 0.0


def rounds(meter: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Row numbers of the first reading of every meter, of the second, ...: each round holds a meter once.

    `meter` is sorted, so that a batch is worked through in as many vector steps as its busiest meter has readings.
    """
    if len(meter) == 0:
        return []
    starts = np.flatnonzero(np.r_[True, meter[1:] != meter[:-1]])
    counts = np.diff(np.r_[starts, len(meter)])
    busiest_first = np.argsort(-counts, kind="stable")
    starts, counts = starts[busiest_first], counts[busiest_first]
    still_busy = np.searchsorted(-counts, -np.arange(counts[0]), side="left")
    return [starts[:n] + r for r, n in enumerate(still_busy)]
