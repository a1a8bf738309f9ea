"""The demo hostel in the running system: rooms and people by the app API, eight weeks of history by its gateway."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from local.demo.admin import Admin
from local.demo.gateway import Gateway, Tally, key_of
from local.demo.scenario import CODE, HISTORY_WEEKS, demo_hostel, recent_faults, room_names, serial, setup_body
from simulator.clock import DAY, HOUR
from simulator.events import Event, Fault, Telemetry
from simulator.generator import Hostel, generate
from simulator.noise import Floats
from tools.cloud import Cloud, State, write_atomically

WEEK = 7 * DAY
CONFIRMED_EVERY = 6 * HOUR
"""A head count that stays the same is said again this often, as a warden's round does."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the demo's gateway has pushed: kept in the state folder so that each tool goes on where the last stopped."""

    hostel_id: int
    rooms: int
    history_until: float
    pushed_until: float
    faults: tuple[Event, ...]

    @classmethod
    def load(cls, state: State) -> "Progress | None":
        file = _file(state)
        if not file.exists():
            return None
        known = json.loads(file.read_text())
        faults = tuple(Event(**{**fault, "kind": Fault(fault["kind"])}) for fault in known.pop("faults"))
        return cls(**known, faults=faults)

    def save(self, state: State) -> None:
        write_atomically(_file(state), json.dumps(asdict(self)) + "\n")

    @property
    def spec(self) -> Hostel:
        return demo_hostel(self.rooms)


def _file(state: State) -> Path:
    return state.folder / "demo" / "progress.json"


def iso(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def readings(data: Telemetry, names: list[str], rooms: int | None = None) -> Iterator[dict[str, Any]]:
    """What the meters send, by time and then by room; lost intervals are left out."""
    minutes = data.interval_s / 60
    serials = [serial(name) for name in names][:rooms]
    for column, second in enumerate(data.ts):
        stamp = iso(float(second))
        for room, meter in enumerate(serials):
            if not data.missing[room, column]:
                yield {
                    "meter": meter,
                    "timestamp": stamp,
                    "kwh": float(data.kwh[room, column]),
                    "interval_minutes": minutes,
                    "voltage": float(data.voltage[room, column]),
                    "current": float(data.current[room, column]),
                    "power_factor": float(data.power_factor[room, column]),
                }


def head_counts(data: Telemetry, names: list[str], last: Floats | None = None) -> Iterator[dict[str, Any]]:
    """Head counts when they change (from `last`, [rooms]) and every few hours, from the interval's start on."""
    told = np.full(len(names), np.nan) if last is None else last
    for column, end in enumerate(data.ts):
        start = float(end) - data.interval_s
        confirm = start % CONFIRMED_EVERY < data.interval_s
        for room, name in enumerate(names):
            count = data.occupancy[room, column]
            if not np.isnan(count) and (confirm or count != told[room]):
                told[room] = count
                yield {"room": name, "timestamp": iso(start), "count": int(count)}


def ensure_hostel(cloud: Cloud, state: State, rooms: int) -> tuple[int, Gateway, Admin]:
    """Rooms, meters, people and the gateway's key, as they should be."""
    admin = Admin(cloud)
    made = admin.call("PUT", f"/hostels/{CODE}", setup_body(demo_hostel(rooms)))
    hostel_id = int(made["hostel_id"])
    return hostel_id, Gateway(cloud.url, key_of(CODE, hostel_id, admin, cloud, state)), admin


def setup(cloud: Cloud, state: State, rooms: int, now: datetime, report: Callable[[float], None]) -> Tally | None:
    """Make the demo hostel and push its history unless that was done; None when nothing was left to push.

    Args:
        cloud: the running system.
        state: keeps the progress, so that an interrupted setup goes on where it stopped.
        rooms: how many rooms the hostel has.
        now: aware; the history ends with its last full hour.
        report: hears the share of the history that is pushed, 0 to 1.
    """
    hostel_id, gateway, admin = ensure_hostel(cloud, state, rooms)
    progress = Progress.load(state)
    has_readings = any(room["last_seen"] for room in admin.get(f"/hostels/{hostel_id}/rooms")["rooms"])
    if not (progress and progress.hostel_id == hostel_id and progress.rooms == rooms and has_readings):
        end = float(np.floor(now.timestamp() / HOUR) * HOUR)
        start = end - HISTORY_WEEKS * WEEK
        progress = Progress(hostel_id, rooms, end, start, recent_faults(end, rooms))
        progress.save(state)
    if progress.pushed_until >= progress.history_until:
        return None
    start = progress.history_until - HISTORY_WEEKS * WEEK
    names = room_names(rooms)
    data = generate(progress.spec, start, progress.history_until, injected=progress.faults)
    gateway.push_all("occupancy", head_counts(data, names))
    tally = Tally()
    while progress.pushed_until < progress.history_until:
        stop = min(progress.pushed_until + WEEK, progress.history_until)
        tally.join(gateway.push_all("readings", readings(data.between(progress.pushed_until, stop), names)))
        progress = replace(progress, pushed_until=stop)
        progress.save(state)
        report(1 - (progress.history_until - stop) / (HISTORY_WEEKS * WEEK))
    return tally


def with_fault(progress: Progress, event: Event) -> Progress:
    return replace(progress, faults=(*progress.faults, event))
