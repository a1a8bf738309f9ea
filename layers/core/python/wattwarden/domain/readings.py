"""What meters said, in columns: as it came, as it is stored, and what counts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """What meters said, in columns of equal length; `meter` indexes a list of contexts, NaN stands for absent.

    Times are epoch seconds to the microsecond, energies kWh to four decimals: as they are stored, so that what is
    worked out from a stored reading equals what was worked out when it came.
    """

    meter: NDArray[np.int64]
    ts: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    kwh: NDArray[np.float64]
    register_kwh: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    power_factor: NDArray[np.float64]
    received_at: NDArray[np.float64]

    @classmethod
    def concatenate(cls, parts: Sequence["ReadingColumns"]) -> "ReadingColumns":
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "ReadingColumns":
        return ReadingColumns(*(getattr(self, f.name)[rows] for f in fields(self)))


class StoredValue(NamedTuple):
    """What counts at a (meter, ts) now. Numbers are NaN when absent; `received_at` is epoch seconds."""

    kwh: float
    register_kwh: float
    received_at: float
    others: tuple[tuple[float, float], ...] = ()
    """(kwh, register_kwh) of the values in the versions: received before, so that they add nothing when repeated."""


@dataclass(slots=True)
class ReadingRows:
    """Columns of equal length. NaN stands for absent."""

    meter_id: NDArray[np.int64]
    ts: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    kwh: NDArray[np.float64]
    register_kwh: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    power_factor: NDArray[np.float64]
    quality: list[str]
    timezone: NDArray[np.object_]
    """Of the hostel: a reading counts for the local day in which its interval begins."""
    expected_low_kwh: NDArray[np.float64]
    expected_kwh: NDArray[np.float64]
    expected_high_kwh: NDArray[np.float64]
    received_at: NDArray[np.float64]

    @classmethod
    def concatenate(cls, parts: Sequence["ReadingRows"]) -> "ReadingRows":
        columns = {
            f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls) if f.name != "quality"
        }
        return cls(**columns, quality=[quality for part in parts for quality in part.quality])

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "ReadingRows":
        quality = np.array(self.quality, dtype=object)[rows].tolist()
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "quality"}
        return ReadingRows(**columns, quality=quality)
