"""The demo hostel, live: every minute each meter sends what the generator says, and faults can be thrown in.

The generator is a function of time, so the simulation goes on exactly where the pushed history ended, also after
a pause of days: whole hours of the pause are pushed as hours, the rest as minutes.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from local.demo.gateway import Gateway
from local.demo.scenario import room_names
from local.demo.setup import Progress, head_counts, readings, with_fault
from simulator.clock import HOUR
from simulator.events import Event, Fault
from simulator.generator import generate
from tools.cloud import State, write_atomically

if TYPE_CHECKING:
    from simulator.noise import Floats

MINUTE = 60.0
STRONG = {
    Fault.EMPTY_LOAD: 1.6,
    Fault.HEATER: 3.0,
    Fault.STUCK: 1.0,
    Fault.ZERO: 0.0,
    Fault.THEFT: 0.15,
    Fault.NIGHT_USE: 1.5,
    Fault.DRIFT: 1.4,
    Fault.LEAK: 0.5,
    Fault.UNDERVOLTAGE: 55.0,
    Fault.POWER_FACTOR: 0.35,
    Fault.OVERUSE: 3.5,
    Fault.SURGE: 6.0,
}
"""Sizes of faults thrown in by hand, at the strong end: they are there to be seen."""

Report = Callable[[str], None]


def control_folder(state: State) -> Path:
    return state.folder / "demo" / "faults"


def request_fault(state: State, room: str, kind: Fault, minutes: float, now: float) -> None:
    """Ask the running simulation for a fault; it starts with the next minute."""
    order = {"room": room, "kind": kind, "minutes": minutes}
    write_atomically(control_folder(state) / f"{now:.6f}.json", json.dumps(order))


def requested_faults(state: State, names: list[str], start: float) -> list[Event]:
    """The faults asked for since the last look, starting at `start`; the requests are taken away."""
    events = []
    for file in sorted(control_folder(state).glob("*.json")):
        order = json.loads(file.read_text())
        file.unlink()
        if order["room"] in names:
            kind = Fault(order["kind"])
            end = start + MINUTE * order["minutes"]
            events.append(Event(names.index(order["room"]), kind, start, end, STRONG[kind]))
    return events


class Simulation:
    """Pushes up to the present when told to. `random_faults` is faults an hour in the whole hostel."""

    def __init__(
        self, progress: Progress, gateway: Gateway, state: State, *, rooms: int, random_faults: float, report: Report
    ) -> None:
        self.progress = progress
        self._gateway = gateway
        self._state = state
        self._names = room_names(progress.rooms)
        self._live = min(rooms, progress.rooms)
        self._random_faults = random_faults
        self._report = report
        self._rng = np.random.default_rng()
        self._told: Floats | None = None

    def catch_up(self, now: float, speed: float) -> None:
        """Push what lies between the last reading and now: hours, then minutes; `speed` 0 is as fast as it is taken."""
        whole_hours = np.floor(now / HOUR) * HOUR
        next_hour = np.ceil(self.progress.pushed_until / HOUR) * HOUR
        if next_hour < whole_hours:
            self._push_until(float(next_hour), 1, speed)
            self._push_until(float(whole_hours), 60, speed)
        self._push_until(now // MINUTE * MINUTE, 1, speed)

    def minute(self, now: float) -> None:
        """One tick: new faults, then the readings of the minutes that have ended."""
        start = self.progress.pushed_until
        for event in [*requested_faults(self._state, self._names, start), *self._bad_luck(start)]:
            self.progress = with_fault(self.progress, event)
            self._report(f"{self._names[event.room]}: {event.kind} for {(event.end - event.start) / MINUTE:.0f} min")
        self._push_until(now // MINUTE * MINUTE, 1, 0)

    def _bad_luck(self, start: float) -> list[Event]:
        if self._rng.random() >= self._random_faults / 60:
            return []
        kind = (Fault.HEATER, Fault.EMPTY_LOAD, Fault.UNDERVOLTAGE)[self._rng.integers(3)]
        room = int(self._rng.integers(self._live))
        minutes = float(self._rng.integers(20, 90))
        return [Event(room, kind, start, start + MINUTE * minutes, STRONG[kind])]

    def _push_until(self, end: float, interval_minutes: int, speed: float) -> None:
        step = MINUTE * interval_minutes if speed else np.inf
        while self.progress.pushed_until < end:
            begun = time.monotonic()
            start, stop = self.progress.pushed_until, min(self.progress.pushed_until + step, end)
            self._push(start, stop, interval_minutes)
            if speed:
                time.sleep(max(0.0, (stop - start) / speed - (time.monotonic() - begun)))

    def _push(self, start: float, stop: float, interval_minutes: int) -> None:
        data = generate(
            self.progress.spec, start, stop, interval_minutes=interval_minutes, injected=self.progress.faults
        )
        if self._told is None:
            self._told = np.full(len(self._names), np.nan)
        counts = [item for item in head_counts(data, self._names, self._told) if item["room"] in self._live_names()]
        if counts:
            self._gateway.push_all("occupancy", counts)
        tally = self._gateway.push_all("readings", readings(data, self._names, self._live))
        # A fault that ended two weeks ago can no longer reach into a window.
        faults = tuple(event for event in self.progress.faults if event.end > stop - 15 * 24 * HOUR)
        self.progress = replace(self.progress, pushed_until=float(stop), faults=faults)
        self.progress.save(self._state)
        if tally.refused:
            self._report(f"refused: {dict(tally.refused)}")

    def _live_names(self) -> frozenset[str]:
        return frozenset(self._names[: self._live])
