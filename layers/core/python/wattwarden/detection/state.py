"""What the detector remembers of a meter: constant in size, however long the meter has been watched.

Columns of all meters are kept together, so that one numpy step serves one meter or a thousand. Everything is held in
the very precision in which it is stored: cutting a stream into other batches cannot change a single bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

STATE_VERSION = 7
STATE_HEADER = STATE_VERSION.to_bytes(2, "little")
"""What a dumped state begins with; one that begins otherwise is another release's."""

RING_H = 1008
"""Six weeks of hourly means: a multiple of 168, so that a slot always holds the same hour of the week."""
VACANT_H = 64
"""Hourly means remembered from hours in which nobody was in."""

Column = NDArray[np.float64]


class Core(NamedTuple):
    """Numbers that `advance` keeps, a row each. Hours are counted from the epoch; powers are mean kW."""

    # the hour being filled
    hour: Column
    """-1 before the first reading."""
    hour_kwh: Column
    hour_covered: Column
    """Share of the hour that readings cover."""
    hour_people: Column
    """Highest headcount seen in the hour; NaN while unknown."""
    last_ts: Column
    seen_h: Column
    """Finished hours, gaps not counted."""
    stats_day: Column
    # what the meter is like; worked out from the ring once a day
    level: Column
    """Mean power."""
    p05: Column
    p50: Column
    p99: Column
    spread_low: Column
    spread_high: Column
    """5 % and 95 % of the distance to the usual value of the hour of week."""
    zero_share: Column
    same_share: Column
    """Share of hours that repeat the hour before."""
    baseload_low: Column
    """Least hourly mean of a day: 10 % quantile over six weeks, then median, then 90 % quantile."""
    baseload_mid: Column
    baseload_high: Column
    day_low: Column
    """Mean of a day, likewise."""
    day_mid: Column
    day_high: Column
    # what the past says about the hour being filled; worked out once an hour
    how_n: Column
    how_low: Column
    how_mid: Column
    how_high: Column
    hod_n: Column
    hod_mid: Column
    hod_low: Column
    hod_high: Column
    near_low: Column
    """Least of the hour of day and the hours beside it, over two weeks; `near_high` likewise."""
    near_high: Column
    lag1: Column
    lag2: Column
    lag3: Column
    lag24: Column
    lag168: Column
    roll3: Column
    roll6: Column
    roll24: Column
    roll72: Column
    roll168: Column
    max24: Column
    max72: Column
    min24: Column
    min72: Column
    span6: Column
    """Highest less lowest of the last six hours."""
    recurs: Column
    """Share of the last week's hours with just the load of the last one, but for those that lead up to it."""
    # runs, in hours
    last_kw: Column
    flat_h: Column
    zero_h: Column
    low_h: Column
    high_h: Column
    empty_h: Column
    short_h: Column
    low_voltage_n: Column
    # smoothed
    cusum_high: Column
    cusum_low: Column
    resid3: Column
    resid24: Column
    resid96: Column
    stray24: Column
    """Of the distance from the usual, whatever its sign."""
    stray336: Column
    usual_kw: Column
    """What was usual at the last reading, and at the last of the hour before."""
    usual1: Column
    value24: Column
    value336: Column
    mid24: Column
    people24: Column
    """Share of the time with somebody in."""
    heads24: Column
    heads336: Column
    voltage72: Column
    voltage_stray: Column
    """Of the distance from `voltage72`, whatever its sign."""
    pf_slow: Column
    pf_h: Column
    """Hours in which the power factor was known."""
    pf_off1: Column
    """Of the power factor's distance to what is usual at such a load; over half an hour, `pf_off3` over three."""
    pf_off3: Column
    pf_stray: Column
    """Of `pf_off1`, whatever its sign."""
    pf_at0: Column
    """Usual power factor at loads up to the first of `power_factor.LEVELS`, and so on."""
    pf_at1: Column
    pf_at2: Column
    pf_at3: Column
    pf_at4: Column
    pf_at5: Column
    pf_at0_h: Column
    """Hours in which it was known at such a load."""
    pf_at1_h: Column
    pf_at2_h: Column
    pf_at3_h: Column
    pf_at4_h: Column
    pf_at5_h: Column
    resistive1: Column
    """Load that came without reactive power, in units of the level; `resistive24` likewise."""
    resistive24: Column
    resistive_stray: Column
    """Of `resistive1`, whatever its sign."""
    temperature168: Column
    # vacant hours
    vacant_n: Column
    vacant_p97: Column


class Alarm(NamedTuple):
    """What `judge` keeps, a row each."""

    open: Column
    """0 = no incident, else 1 + position of the kind in `Kind`."""
    incident_ts: Column
    severity: Column
    quiet_h: Column
    duration_h: Column
    excess_kwh: Column
    last_ts: Column
    likely_since: Column
    """Start of the first of the readings, up to the last one, that the model found nearly worth an alarm; else NaN."""
    sag_n: Column
    """Readings in a row, up to the last one, whose voltage was too low for the country; `swell_n`: too high."""
    swell_n: Column
    lowest: Column
    """Usual lowest voltage, V; `highest` likewise."""
    highest: Column


_NEW_CORE = {
    "hour": -1.0,
    **dict.fromkeys(
        (
            "hour_people", "last_ts", "stats_day", "level", "p05", "p50", "p99", "spread_low", "spread_high",
            "baseload_low", "baseload_mid", "baseload_high", "day_low", "day_mid", "day_high",
            "how_low", "how_mid", "how_high", "hod_mid", "hod_low", "hod_high", "near_low", "near_high",
            "lag1", "lag2", "lag3", "lag24", "lag168", "roll3", "roll6", "roll24", "roll72", "roll168",
            "max24", "max72", "min24", "min72", "span6", "stray336", "usual_kw", "usual1", "last_kw",
            "value24", "value336", "mid24", "people24", "heads24", "heads336",
            "voltage72", "voltage_stray", "pf_slow", "pf_off1", "pf_off3", "pf_stray",
            "pf_at0", "pf_at1", "pf_at2", "pf_at3", "pf_at4", "pf_at5",
            "resistive1", "resistive24", "resistive_stray", "temperature168", "vacant_p97",
        ),
        np.nan,
    ),
}  # fmt: skip
_NEW_ALARM = {"incident_ts": np.nan, "last_ts": np.nan, "likely_since": np.nan, "lowest": np.nan, "highest": np.nan}

_CORE_BYTES = 8 * len(Core._fields)
_ALARM_BYTES = 8 * len(Alarm._fields)
STATE_BYTES = len(STATE_HEADER) + _CORE_BYTES + _ALARM_BYTES + 2 * VACANT_H
RING_BYTES = 2 * RING_H


@dataclass(slots=True)
class MeterStates:
    """The states of n meters, column-wise. `advance` and `judge` change them in place.

    A ring is three quarters of a state and changes once an hour, so that it is dumped, and stored, apart from the rest.
    """

    core: NDArray[np.float64]
    """[fields of Core, n]"""
    alarm: NDArray[np.float64]
    """[fields of Alarm, n]"""
    ring: NDArray[np.float16]
    """[n, RING_H] mean kW of hour h in slot h % RING_H; NaN where nothing was measured."""
    vacant: NDArray[np.float16]
    """[n, VACANT_H] mean kW of the last vacant hours."""
    ring_changed: NDArray[np.bool_]
    """[n] whether the ring is another one than was loaded."""

    def __len__(self) -> int:
        return int(self.core.shape[1])

    @classmethod
    def new(cls, n: int) -> Self:
        core = np.array([_NEW_CORE.get(name, 0.0) for name in Core._fields])
        alarm = np.array([_NEW_ALARM.get(name, 0.0) for name in Alarm._fields])
        return cls(
            core=np.repeat(core[:, None], n, axis=1),
            alarm=np.repeat(alarm[:, None], n, axis=1),
            ring=np.full((n, RING_H), np.nan, dtype=np.float16),
            vacant=np.full((n, VACANT_H), np.nan, dtype=np.float16),
            ring_changed=np.ones(n, dtype=np.bool_),
        )

    @classmethod
    def load(cls, blobs: Sequence[bytes | None], rings: Sequence[bytes | None]) -> Self:
        """States from what `dump` and `dump_rings` wrote, a blob and a ring per meter.

        A meter starts anew where either is missing, or of a version that this code does not know.
        """
        states = cls.new(len(blobs))
        known = [
            i
            for i, (blob, ring) in enumerate(zip(blobs, rings, strict=True))
            if blob and ring and len(blob) == STATE_BYTES and len(ring) == RING_BYTES and blob.startswith(STATE_HEADER)
        ]
        if known:
            packed = np.frombuffer(b"".join(blobs[i] or b"" for i in known), dtype=np.uint8).reshape(len(known), -1)
            ends = np.cumsum([len(STATE_HEADER), _CORE_BYTES, _ALARM_BYTES])
            _, core, alarm, vacant = (np.ascontiguousarray(part) for part in np.split(packed, ends, axis=1))
            states.core[:, known] = core.view("<f8").T
            states.alarm[:, known] = alarm.view("<f8").T
            states.vacant[known] = vacant.view("<f2")
            states.ring[known] = np.frombuffer(b"".join(rings[i] or b"" for i in known), "<f2").reshape(-1, RING_H)
            states.ring_changed[known] = False
        return states

    def dump(self) -> list[bytes]:
        """One blob of STATE_BYTES per meter: all but the ring."""
        n = len(self)
        packed = np.concatenate(
            [
                np.broadcast_to(np.frombuffer(STATE_HEADER, dtype=np.uint8), (n, len(STATE_HEADER))),
                np.ascontiguousarray(self.core.T, dtype="<f8").view(np.uint8),
                np.ascontiguousarray(self.alarm.T, dtype="<f8").view(np.uint8),
                np.ascontiguousarray(self.vacant, dtype="<f2").view(np.uint8),
            ],
            axis=1,
        )
        return _rows(packed)

    def dump_rings(self, meters: NDArray[np.int64]) -> list[bytes]:
        """One ring of RING_BYTES for each of the meters."""
        return _rows(np.ascontiguousarray(self.ring[meters], dtype="<f2"))


def _rows(matrix: NDArray[Any]) -> list[bytes]:
    whole, size = matrix.tobytes(), matrix.shape[1] * matrix.itemsize
    return [whole[start : start + size] for start in range(0, len(whole), size)]
