"""What goes wrong in a hostel: each kind drawn as humans and meters showed it, and applied to clean telemetry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from simulator.clock import HOUR, Clock
from simulator.noise import DayNoise, Floats

LONGEST_DAYS = 14


class Fault(StrEnum):
    EMPTY_LOAD = "empty_load"  # an air conditioner (or geyser) runs in an empty room
    HEATER = "heater"
    STUCK = "stuck"  # the meter repeats one value
    ZERO = "zero"
    THEFT = "theft"  # part of the load goes around the meter
    NIGHT_USE = "night_use"
    DRIFT = "drift"  # an appliance or meter slowly goes bad
    LEAK = "leak"  # a small load that never ends
    UNDERVOLTAGE = "undervoltage"
    POWER_FACTOR = "power_factor"
    OVERUSE = "overuse"  # more of everything for a day or two: somebody else's extension lead
    SURGE = "surge"  # several times as much of everything for an hour or some


FROM_HABIT = (Fault.OVERUSE, Fault.SURGE)
"""Kinds that are wrong only where people are regular: among moody ones a week has several such hours and days."""
KINDS = list(Fault)


@dataclass(frozen=True, slots=True)
class Shape:
    """How long, how strong (by kind: kW, times the load, volts at 230, power factor) and how often."""

    hours: tuple[float, float]
    size: tuple[float, float]
    per_room_month: float


SHAPES: dict[Fault, Shape] = {
    Fault.EMPTY_LOAD: Shape((3, 9), (0.35, 0.9), 0.16),
    Fault.HEATER: Shape((1, 4), (0.5, 2.0), 0.20),
    Fault.STUCK: Shape((8, 72), (0.5, 1.5), 0.12),
    Fault.ZERO: Shape((6, 72), (0.0, 0.0), 0.12),
    Fault.THEFT: Shape((72, 336), (0.15, 0.55), 0.08),
    Fault.NIGHT_USE: Shape((3, 5), (0.35, 1.0), 0.16),
    Fault.DRIFT: Shape((120, 336), (0.6, 1.4), 0.06),
    Fault.LEAK: Shape((48, 168), (0.08, 0.25), 0.08),
    Fault.UNDERVOLTAGE: Shape((2, 11), (28, 60), 0.14),
    Fault.POWER_FACTOR: Shape((24, 168), (0.15, 0.35), 0.10),
    Fault.OVERUSE: Shape((10, 60), (1.8, 3.5), 0.10),
    Fault.SURGE: Shape((1, 4), (3.5, 7.0), 0.12),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing wrong with one room from `start` to `end` (epoch seconds)."""

    room: int
    kind: Fault
    start: float
    end: float
    size: float


@dataclass(slots=True)
class Telemetry:
    """What the meters of a hostel say, with the truth beside it. Arrays are [rooms, intervals] where not said else.

    `ts` is the epoch second of each interval's *end*, [intervals]; NaN occupancy means unknown. `label`, `kind` (index
    into KINDS, -1 for none), `excess_kwh` and `present` are the hidden truth and never leave through a meter.
    """

    ts: Floats
    interval_s: float
    kwh: Floats
    voltage: Floats
    current: Floats
    power_factor: Floats
    occupancy: Floats
    present: Floats
    temperature_c: Floats
    humidity: Floats
    missing: NDArray[np.bool_]
    label: NDArray[np.int8]
    kind: NDArray[np.int8]
    excess_kwh: Floats

    def between(self, start: float, end: float) -> "Telemetry":
        """The intervals that end in (start, end]."""
        inside = (self.ts > start) & (self.ts <= end)
        parts = {name: getattr(self, name)[..., inside] for name in self.__slots__ if name != "interval_s"}
        return Telemetry(interval_s=self.interval_s, **parts)

    def rounded(self) -> "Telemetry":
        """With as many digits as a real meter sends."""
        digits = {
            "kwh": 6 if self.interval_s < HOUR else 4,
            "voltage": 1,
            "current": 3,
            "power_factor": 3,
            "temperature_c": 1,
            "humidity": 0,
            "excess_kwh": 4,
        }
        return replace(self, **{name: np.round(getattr(self, name), places) for name, places in digits.items()})


def draw_events(
    noise: DayNoise,
    clock: Clock,
    rooms: int,
    *,
    rate: float,
    strength: float,
    longer: float = 1.0,
    mix: Mapping[Fault, float] | None = None,
    heaters: tuple[float, float] = (5, 23),
) -> list[Event]:
    """Events that start on any day of the noise's window.

    `rate` scales how often they do, `mix` how often a kind does, `strength` how clearly they show, `longer` how long,
    `heaters` between which hours of the day they begin.
    """
    events: list[Event] = []
    midnight = clock.start[::24] + (24.5 - clock.hour[::24]) % 24 * HOUR
    for fault, shape in SHAPES.items():
        draws = noise.uniform(f"event {fault}", rooms, 4)
        for day, room in np.argwhere(draws[..., 0] < rate * (mix or {}).get(fault, 1.0) * shape.per_room_month / 30.4):
            when, length, size = draws[day, room, 1:]
            usual = shape.hours[0] + length**1.5 * (shape.hours[1] - shape.hours[0])
            hours = np.clip(np.round(usual * longer), 1, LONGEST_DAYS * 24)
            start = float(midnight[day] + np.floor(_first_hour(fault, when, heaters)) * HOUR)
            full = shape.size[0] + size * (shape.size[1] - shape.size[0])
            events.append(Event(int(room), fault, start, start + hours * HOUR, _scaled(fault, full, strength)))
    return sorted(events, key=lambda event: event.start)


def _first_hour(fault: Fault, luck: float, heaters: tuple[float, float]) -> float:
    if fault is Fault.NIGHT_USE:
        return luck * 3
    if fault is Fault.EMPTY_LOAD:
        return 9 + luck * 4
    if fault is Fault.HEATER:
        return heaters[0] + luck * (heaters[1] - heaters[0])
    return luck * 24


def _scaled(fault: Fault, size: float, strength: float) -> float:
    """Stronger theft leaves less of the load, stronger overuse multiplies it more; stuck and zero are what they are."""
    if fault in (Fault.THEFT, *FROM_HABIT):
        return float(max(1 - (1 - size) * strength, 0.02))
    return size if fault in (Fault.STUCK, Fault.ZERO) else size * strength


def apply(events: Sequence[Event], data: Telemetry, nominal_voltage: float, *, tells: bool = True) -> None:
    """Change the telemetry in place, earlier events first; a later one gives its label to what both touch."""
    for event in events:
        begin = np.searchsorted(data.ts, event.start, side="right")
        stop = np.searchsorted(data.ts - data.interval_s, event.end, side="left")
        if begin < stop:
            _apply(event, slice(int(begin), int(stop)), data, nominal_voltage, tells=tells)


def _apply(event: Event, when: slice, data: Telemetry, nominal_voltage: float, *, tells: bool) -> None:
    room, hours = event.room, data.interval_s / HOUR
    overlap = np.minimum(data.ts[when], event.end) - np.maximum(data.ts[when] - data.interval_s, event.start)
    share = overlap / data.interval_s
    kwh, factor = data.kwh[room], data.power_factor[room]
    before = kwh[when].copy()
    match event.kind:
        case Fault.HEATER | Fault.NIGHT_USE | Fault.LEAK:
            kwh[when] += event.size * hours * share
            heavy = event.size * hours * share / kwh[when]
            factor[when] += (0.99 - factor[when]) * heavy * tells
        case Fault.EMPTY_LOAD:
            data.present[room, when] = 0
            data.occupancy[room, when] = np.where(np.isnan(data.occupancy[room, when]), np.nan, 0)
            kwh[when] = np.minimum(kwh[when], 0.09 * hours) + event.size * hours * share
            factor[when] -= 0.04 * share * tells
        case Fault.STUCK:
            kwh[when] = kwh[when.start - 1] if when.start else event.size * kwh.mean()
        case Fault.ZERO:
            kwh[when] = 0
            data.current[room, when] = 0
        case Fault.THEFT | Fault.OVERUSE | Fault.SURGE:
            kwh[when] *= 1 - share * (1 - event.size)
        case Fault.DRIFT:
            progress = (data.ts[when] - event.start) / (event.end - event.start)
            kwh[when] *= 1 + event.size * np.minimum(1.0, 2 * progress)
        case Fault.UNDERVOLTAGE:
            data.voltage[room, when] -= event.size * share * nominal_voltage / 230
        case Fault.POWER_FACTOR:
            factor[when] = np.maximum(0.3, factor[when] - event.size * share)
    if event.kind is not Fault.ZERO:
        data.current[room, when] = 1000 * kwh[when] / hours / (data.voltage[room, when] * factor[when])
    data.excess_kwh[room, when] += kwh[when] - before
    data.label[room, when] = 1
    data.kind[room, when] = KINDS.index(event.kind)
