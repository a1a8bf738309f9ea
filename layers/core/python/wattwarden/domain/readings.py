"""What meters said, in columns: as it came, as it is stored, and what counts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class _Readings:
    """Columns of equal length; NaN stands for absent.

    Times are epoch seconds to the microsecond, energies kWh to four decimals: as they are stored, so that what is
    worked out from a stored reading equals what was worked out when it came.
    """

    ts: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    kwh: NDArray[np.float64]
    register_kwh: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    power_factor: NDArray[np.float64]
    received_at: NDArray[np.float64]

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class ReadingColumns(_Readings):
    """What meters said, as it counts; `meter` is each one's place among the batch's `Meters`."""

    meter: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReadingRows(_Readings):
    """Readings as they are stored."""

    meter_id: NDArray[np.int64]
    quality: NDArray[np.object_]
    """`registers.Quality`"""
    timezone: NDArray[np.object_]
    """Of the hostel: a reading counts for the local day in which its interval begins."""
    expected_low_kwh: NDArray[np.float64]
    expected_kwh: NDArray[np.float64]
    expected_high_kwh: NDArray[np.float64]
    told_kwh: NDArray[np.float64]
    told_interval_s: NDArray[np.float64]
    """What was said, where less of it counts (`domain/intervals.py`)."""


class StoredValue(NamedTuple):
    """What counts at a (meter, ts) now. Numbers are NaN when absent; `received_at` is epoch seconds."""

    kwh: float
    register_kwh: float
    interval_s: float
    """Of a register's value NaN."""
    received_at: float
    others: tuple[tuple[float, float, float, float], ...] = ()
    """The same of the values in the versions, which add nothing when repeated."""
