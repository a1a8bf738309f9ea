"""What the mains give: below and above which voltages a meter is badly supplied."""

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection.observations import HOUR_S, Observations, Rooms, rounds
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
STEP, BACK = 0.005, 0.01
"""Of the nominal voltage, what an hour beyond a usual extreme adds to it; of that, what an hour within takes back."""
MARGIN = 0.35
"""Of what lies between the usual extremes: beyond them by as much is worse than usual."""
MOST_STRAY = 0.05  # of the nominal voltage: what one reading adds to the habit


def lowest_usual(core: Core, nominal: Column) -> Column:
    """Voltage (V) below which a meter is badly supplied, and worse than it is used to; only the former while NaN."""
    limit: Column = np.fmin((1 - LOW) * nominal, core.voltage72 - STRAYS * core.voltage_stray)
    return limit


def limits(rooms: Rooms, meter: NDArray[np.int64], lowest: Column, highest: Column) -> tuple[Column, Column]:
    """Voltages (V) below and above which each reading's meter is badly supplied, and worse than it is used to.

    `lowest` and `highest` are its usual ones before the reading, as `follow` tells them.
    """
    nominal = rooms.nominal_voltage[meter]
    below, above = low_tolerance(rooms)[meter], high_tolerance(rooms)[meter]
    margin = MARGIN * (highest - lowest)
    low: Column = np.minimum((1 - below) * nominal, lowest - margin)
    high: Column = np.minimum(np.maximum((1 + above) * nominal, highest + margin), (1 + DESTROYS) * nominal)
    return low, high


def follow(rooms: Rooms, obs: Observations, lowest: Column, highest: Column) -> tuple[Column, Column]:
    """A meter's usual lowest and highest voltage before each reading; those of the meters, n each, move on in place.

    They follow the 1 % and 99 % quantiles of its hours: a step up for each hour beyond, a hundredth of it back for each
    within. What one event adds is little, what comes every evening is learnt within days. They start at the nominal
    voltage: nothing is usual before it has happened some times.
    """
    before = np.empty((2, len(obs)))
    for rows in rounds(obs.meter):
        meter, voltage = obs.meter[rows], obs.voltage[rows]
        nominal = rooms.nominal_voltage[meter]
        step = STEP * nominal * obs.interval_s[rows] / HOUR_S
        told = (voltage > (1 - IMPLAUSIBLE) * nominal) & (voltage < (1 + IMPOSSIBLE) * nominal)
        for at, usual, way in ((0, lowest, -1.0), (1, highest, 1.0)):
            now = np.where(np.isnan(usual[meter]), nominal, usual[meter])
            before[at, rows] = now
            beyond = way * (voltage - now)
            moved = np.where(beyond > 0, np.minimum(step, beyond), np.maximum(-step * BACK, beyond))
            usual[meter] = np.where(told, now + way * moved, now)
    return before[0], before[1]


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
