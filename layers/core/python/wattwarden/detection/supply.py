"""What the mains give: below and above which voltages a meter is badly supplied."""

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection.observations import Rooms
from wattwarden.detection.state import Column, Core

LOW = 0.10
"""Below the nominal voltage by this share is undervoltage (EN 50160)."""
HIGH = 0.10
"""Above it by this share is overvoltage (EN 50160)."""
IMPLAUSIBLE = 0.70
"""A meter that reports less than 30 % has lost its voltage input."""
STRAYS = 5.0
"""Times as far as the meter's voltage usually strays from its mean: every evening's sag is no event."""
DESTROYS = 0.20
"""Above the nominal voltage by this share nothing is usual: appliances do not survive it."""
IMPOSSIBLE = 1.0
"""A lost neutral gives a room up to the voltage between two phases, 1.73 times the nominal; twice is an error."""
MOST_STRAY = 0.05  # of the nominal voltage: what one reading adds to the habit


def lowest_usual(core: Core, nominal: Column) -> Column:
    """Voltage (V) below which a meter is badly supplied, and worse than it is used to; only the former while NaN."""
    limit: Column = np.fmin((1 - LOW) * nominal, core.voltage72 - STRAYS * core.voltage_stray)
    return limit


def limits(
    rooms: Rooms, meter: NDArray[np.int64], habit: Column, stray: Column, known: NDArray[np.bool_]
) -> tuple[Column, Column]:
    """Voltages (V) below and above which each reading's meter is badly supplied, and worse than it is used to.

    `habit` is its usual voltage and `stray` how far it usually strays from it, NaN where that is not told; they count
    where they are `known`.
    """
    nominal = rooms.nominal_voltage[meter]
    below, above = low_tolerance(rooms)[meter], high_tolerance(rooms)[meter]
    own = np.where(known, STRAYS * stray, np.nan)
    low: Column = np.fmin((1 - below) * nominal, habit - own)
    high: Column = np.fmin(np.fmax((1 + above) * nominal, habit + own), (1 + DESTROYS) * nominal)
    return low, high


def low_tolerance(rooms: Rooms) -> Column:
    return np.full(len(rooms.beds), LOW) if rooms.low_tolerance is None else rooms.low_tolerance


def high_tolerance(rooms: Rooms) -> Column:
    return np.full(len(rooms.beds), HIGH) if rooms.high_tolerance is None else rooms.high_tolerance


def in_a_row(meter: NDArray[np.int64], told: NDArray[np.bool_], off: NDArray[np.bool_], before: Column) -> Column:
    """How many readings of its meter up to each one were `off`, with `before` of them carried from the last batch.

    `meter` is sorted; readings that are not `told` neither count nor end a run.
    """
    if len(meter) == 0:
        return np.empty(0)
    counts = np.cumsum(told & off)
    ends = told & ~off
    first = np.r_[True, meter[1:] != meter[:-1]]
    starts = np.maximum.accumulate(np.where(first, counts - (told & off), np.where(ends, counts, 0)))
    ended = np.cumsum(ends)
    unbroken = ended == np.maximum.accumulate(np.where(first, ended - ends, 0))
    run: Column = np.where(unbroken, before[meter], 0.0) + (counts - starts)
    return run
