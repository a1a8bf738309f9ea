"""The hostel's local clock, its weeks and its terms, for every hour of a window."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.noise import Floats, fixed

HOUR = 3600.0
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Columns over the hours of a window, each taken in the middle of its hour."""

    start: Floats
    """Epoch seconds of the hour's start."""
    utc_day: Floats
    """Days since 1970 in UTC, with fraction."""
    local_day: NDArray[np.int64]
    """Whole days since 1970 on the local calendar."""
    hour: Floats
    """Local time of day, 0 to 24."""
    weekday: NDArray[np.int64]
    """Monday is 0."""
    day_of_year: Floats

    @classmethod
    def of(cls, first_day: int, days: int, timezone: str) -> "Clock":
        zone = ZoneInfo(timezone)
        start = first_day * DAY + HOUR * np.arange(days * 24, dtype=np.float64)
        middle: Floats = start + HOUR / 2
        offset = np.array([_offset_seconds(second, zone) for second in middle])
        local = middle + offset
        local_day = np.floor(local / DAY).astype(np.int64)
        return cls(
            start=start,
            utc_day=middle / DAY,
            local_day=local_day,
            hour=(local % DAY) / HOUR,
            weekday=(local_day + 3) % 7,
            day_of_year=np.mod(local / DAY, 365.2425),
        )


def _offset_seconds(epoch: float, zone: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(epoch, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset.total_seconds()


def breaks(seed: int) -> list[tuple[float, float]]:
    """The hostel's holidays as (first, last) days of the year: a winter, a spring and a summer break."""
    rng = fixed(seed, "breaks")
    return [
        (start, start + length)
        for start, length in zip(
            np.array([0.0, 95.0, 215.0]) + rng.uniform(0, 25, 3), rng.uniform(6, 14, 3), strict=True
        )
    ]


def is_break(clock: Clock, seed: int) -> NDArray[np.bool_]:
    inside = np.zeros(len(clock.start), dtype=bool)
    for first, last in breaks(seed):
        inside |= (clock.day_of_year >= first) & (clock.day_of_year < last)
    return inside


def is_exam_time(clock: Clock, seed: int) -> NDArray[np.bool_]:
    """The ten days before each break, when lamps burn at night and nothing is wrong."""
    inside = np.zeros(len(clock.start), dtype=bool)
    for first, _ in breaks(seed):
        inside |= (clock.day_of_year >= first - 10) & (clock.day_of_year < first)
    return inside
