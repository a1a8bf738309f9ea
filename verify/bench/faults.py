"""How long it takes from a faulty reading's POST to the alert in the browser and in the outbox.

Each fault is a room of its own: empty since the morning after three weeks of ordinary life, and then an hour at
3 kW. The hostels are new in every run, and so small that the faults of one are no wave: no alert joins another.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import batched
from typing import Any

import numpy as np
from websockets.sync.client import ClientConnection, connect

from local.database import Database
from local.demo.admin import Admin
from local.demo.gateway import Gateway, as_body, key_of
from local.demo.http import Connection
from local.demo.replay import wait_until_settled
from local.demo.setup import iso
from simulator.clock import DAY, HOUR
from simulator.events import Telemetry
from simulator.generator import generate, hostel
from tools.cloud import Cloud, State
from verify.figures import percentile
from verify.hostels import hostel_body, room_body

CODE = "faults"
WARDEN = {"email": "warden@bench.wattwarden.example", "name": "Bench Warden", "role": "warden"}
ROOMS_OF_HOSTEL = 4
HISTORY_DAYS = 21
EMPTY_HOURS = 8
FAULT_KWH = 3.0
PATIENCE_SECONDS = 30.0
MESSAGE_PATIENCE_SECONDS = 3.0
PAUSE_SECONDS = 0.3
OUTBOX_EVERY_SECONDS = 0.15


@dataclass(slots=True)
class Arrivals:
    """When each room's alert was first seen, by way; monotonic seconds."""

    live: dict[str, float] = field(default_factory=dict)
    outbox: dict[str, float] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds from POST to arrival, a value per fault that arrived; how many did not within half a minute."""

    faults: int
    live_s: list[float]
    outbox_s: list[float]
    missing_live: int
    missing_outbox: int
    tiers: dict[str, int]

    def figures(self) -> dict[str, Any]:
        return {
            "faults": self.faults,
            "alerts_missing_live": self.missing_live,
            "alerts_missing_outbox": self.missing_outbox,
            **{f"reading_to_alert_p{share}_s": percentile(self.live_s, share) for share in (50, 95, 99)},
            **{f"reading_to_message_p{share}_s": percentile(self.outbox_s, share) for share in (50, 95, 99)},
            "tiers": self.tiers,
        }


class LiveWatch(threading.Thread):
    """Listens on the WebSocket as a browser does."""

    def __init__(self, admin: Admin, cloud: Cloud, arrivals: Arrivals) -> None:
        super().__init__(daemon=True)
        ticket = admin.call("POST", "/live/tickets")["ticket"]
        url = cloud.url.replace("http", "ws", 1)
        self._socket: ClientConnection = connect(f"{url}/live?ticket={ticket}", open_timeout=20)
        self._arrivals = arrivals

    def run(self) -> None:
        for text in self._socket:
            message = json.loads(text)
            if message.get("type") == "alert":
                room = message["alert"]["room"]
                self._arrivals.tiers.setdefault(room, message["alert"]["tier"])
                self._arrivals.live.setdefault(room, time.monotonic())

    def close(self) -> None:
        self._socket.close()


class OutboxWatch(threading.Thread):
    """Reads what was sent to people and notes the first message that names a room it waits for."""

    def __init__(self, cloud: Cloud, arrivals: Arrivals) -> None:
        super().__init__(daemon=True)
        self._connection = Connection(cloud.url)
        self._arrivals = arrivals
        self.waiting_for: str | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(OUTBOX_EVERY_SECONDS):
            room = self.waiting_for
            if room and room.encode() in self._connection.patiently("GET", "/outbox.json").body:
                self._arrivals.outbox.setdefault(room, time.monotonic())
                self.waiting_for = None


def run(cloud: Cloud, state: State, *, count: int, report: Callable[[int], None]) -> Outcome:
    """Raise `count` faults one after the other and time their alerts."""
    now = time.time()
    rooms = [f"{datetime.now(UTC):%m%d-%H%M%S}-{number:03d}" for number in range(count)]
    admin = Admin(cloud)
    gateways = _prepare(cloud, state, admin, rooms, now)
    arrivals = Arrivals()
    live, outbox = LiveWatch(admin, cloud, arrivals), OutboxWatch(cloud, arrivals)
    live.start()
    outbox.start()
    sent: dict[str, float] = {}
    stamp = iso(now // HOUR * HOUR)
    for room in rooms:
        reading = {"meter": room, "timestamp": stamp, "kwh": FAULT_KWH, "interval_minutes": 60, "voltage": 229.0}
        outbox.waiting_for = room
        sent[room] = time.monotonic()
        gateways[room].push("readings", as_body("readings", [reading]))
        _wait(arrivals, room)
        report(1)
        time.sleep(PAUSE_SECONDS)
    outbox.ended.set()
    outbox.join()
    live.close()
    tiers = list(arrivals.tiers.values())
    return Outcome(
        faults=count,
        live_s=[arrivals.live[room] - sent[room] for room in rooms if room in arrivals.live],
        outbox_s=[arrivals.outbox[room] - sent[room] for room in rooms if room in arrivals.outbox],
        missing_live=sum(room not in arrivals.live for room in rooms),
        missing_outbox=sum(room not in arrivals.outbox for room in rooms),
        tiers={tier: tiers.count(tier) for tier in sorted(set(tiers))},
    )


def _wait(arrivals: Arrivals, room: str) -> None:
    """Until the alert has come both ways; the message gets a few seconds more than the browser."""
    begun = time.monotonic()
    while not (room in arrivals.live and room in arrivals.outbox):
        last = arrivals.live.get(room)
        now = time.monotonic()
        if now > begun + PATIENCE_SECONDS or (last and now > last + MESSAGE_PATIENCE_SECONDS):
            return
        time.sleep(0.02)


def _prepare(cloud: Cloud, state: State, admin: Admin, rooms: list[str], now: float) -> dict[str, Gateway]:
    """The gateway of each room, in new hostels with three weeks of history up to the hour before the last full one."""
    end = now // HOUR * HOUR - HOUR
    data = _history(len(rooms), end)
    database = Database(cloud)
    gateways: dict[str, Gateway] = {}
    pushed: list[tuple[int, int]] = []
    for place in batched(range(len(rooms)), ROOMS_OF_HOSTEL, strict=False):
        names = [rooms[number] for number in place]
        code = f"{CODE}-{names[0]}"
        setup = hostel_body(code, (room_body(name, block=name) for name in names), users=[WARDEN])
        hostel_id = int(admin.call("PUT", f"/hostels/{code}", setup)["hostel_id"])
        gateway = Gateway(cloud.url, key_of(code, hostel_id, admin, cloud, state))
        gateways |= dict.fromkeys(names, gateway)
        gateway.push_all("occupancy", _counts(data, place, names))
        pushed.append((hostel_id, gateway.push_all("readings", _readings(data, place, names)).accepted))
    for hostel_id, accepted in pushed:
        wait_until_settled(database, hostel_id, accepted, lambda _: None)
    database.close()
    return gateways


def _history(rooms: int, end: float) -> Telemetry:
    spec = replace(hostel(17, rooms=rooms), event_rate=0.0, timezone="UTC", beds=(4,) * rooms, has_ac=(False,) * rooms)
    data = generate(spec, end - HISTORY_DAYS * DAY, end)
    # Modest rooms: a habit of a kilowatt or two would rightly raise what counts as too much.
    data.kwh[:] = np.round(0.5 * (1 - np.exp(-2 * data.kwh)), 4)
    rng = np.random.default_rng(17)
    data.kwh[:, -EMPTY_HOURS:] = np.round(0.03 + 0.01 * rng.random((rooms, EMPTY_HOURS)), 4)
    data.occupancy[:, -EMPTY_HOURS:] = 0
    return data


def _counts(data: Telemetry, place: Sequence[int], names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"room": name, "timestamp": iso(float(end) - data.interval_s), "count": int(data.occupancy[room, column])}
        for column, end in enumerate(data.ts)
        for room, name in zip(place, names, strict=True)
        if column % 12 == 0 or data.occupancy[room, column] != data.occupancy[room, column - 1]
    ]


def _readings(data: Telemetry, place: Sequence[int], names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "meter": name,
            "timestamp": iso(float(end)),
            "kwh": float(data.kwh[room, column]),
            "interval_minutes": 60,
            "voltage": float(data.voltage[room, column]),
            "power_factor": float(data.power_factor[room, column]),
        }
        for column, end in enumerate(data.ts)
        for room, name in zip(place, names, strict=True)
    ]
