"""Live readings at a fixed rate through the public API, open-loop: each request has its time, whatever the others do.

A delay is counted from the moment a request was *due*, so that a stall shows in every request it held up
(no coordinated omission). What was accepted is then looked up in the database, reading by reading.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from local.demo.admin import Admin
from local.demo.database import Database
from local.demo.gateway import Gateway, Tally, as_body, key_of
from local.demo.http import HttpError
from local.demo.replay import SETTLED_SECONDS
from tools.cloud import Cloud, State
from verify.bench.watching import Watch

METERS = 1_000
"""Of a hostel."""
STAMP = "@@@"
"""Where a body's timestamp goes when it is sent."""
VARIANTS = 8
"""Different bodies of a sender, sent in turn."""


def serial(hostel: int, index: int) -> str:
    return f"bench-{hostel}-{index:04d}"


def setup_body(hostel: int) -> dict[str, Any]:
    return {
        "name": f"Bench {hostel}",
        "timezone": "UTC",
        "currency": "EUR",
        "price_per_kwh": "0.30",
        "latitude": 50.0,
        "longitude": 8.0,
        "rooms": [
            {
                "name": serial(hostel, index),
                "block": f"block-{index // 100}",
                "floor": 0,
                "beds": 4,
                "meters": [{"serial": serial(hostel, index), "interval_minutes": 1}],
            }
            for index in range(METERS)
        ],
    }


@dataclass(frozen=True, slots=True)
class Hostel:
    number: int
    hostel_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """Hostels of 1,000 meters that send every minute's energy, as fast as they are asked to."""

    cloud: Cloud
    admin: Admin
    hostels: list[Hostel]

    @classmethod
    def of(cls, cloud: Cloud, state: State, hostels: int) -> Self:
        admin = Admin(cloud)
        found = []
        for number in range(hostels):
            code = f"bench-{number}"
            hostel_id = int(admin.call("PUT", f"/hostels/{code}", setup_body(number))["hostel_id"])
            found.append(Hostel(number, hostel_id, key_of(code, hostel_id, admin, cloud, state)))
        return cls(cloud, admin, found)


@dataclass(slots=True)
class Sender:
    """A gateway of some meters: one connection, one request each period, stamped with the moment it is due."""

    gateway: Gateway
    meters: range
    bodies: Sequence[bytes]
    offset_s: float
    period_s: float
    ticks: int
    delays_ms: list[float] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    accepted: NDArray[np.bool_] = field(init=False)
    """[tick, meter]: the door took it."""
    failed: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.accepted = np.zeros((self.ticks, len(self.meters)), dtype=np.bool_)

    def run(self, start: float, epoch: float, report: Callable[[int], None]) -> None:
        """`start` is the monotonic instant of `epoch` (epoch seconds)."""
        for tick in range(self.ticks):
            offset = self.offset_s + tick * self.period_s
            if self.ended.wait(max(0.0, start + offset - time.monotonic())):
                break
            stamp = datetime.fromtimestamp(epoch + offset, UTC).isoformat()
            try:
                answer = self.gateway.push(
                    "readings", self.bodies[tick % VARIANTS].replace(STAMP.encode(), stamp.encode())
                )
            except HttpError as error:
                self.failed.append(str(error))
                continue
            self.delays_ms.append(1000 * (time.monotonic() - start - offset))
            self.tally.add(answer)
            self.accepted[tick] = True
            self.accepted[tick, [refusal["index"] for refusal in answer["refused"]]] = False
            report(len(self.meters))
        self.gateway.close()


def bodies(hostel: int, meters: range, period_s: float) -> list[bytes]:
    """Request bodies of a sender: a plausible evening's energy for each meter."""
    rng = np.random.default_rng((hostel, meters.start))
    level = rng.uniform(0.08, 0.35, len(meters))
    made = []
    for _ in range(VARIANTS):
        kwh = np.round(level * np.exp(0.2 * rng.standard_normal(len(meters))) * period_s / 3600, 7)
        volts = np.round(231 + rng.standard_normal(len(meters)), 1)
        items = [
            {"meter": serial(hostel, index), "timestamp": STAMP, "kwh": float(energy), "voltage": float(volt)}
            for index, energy, volt in zip(meters, kwh, volts, strict=True)
        ]
        made.append(as_body("readings", items))
    return made


class Browser(threading.Thread):
    """Reads rooms, a series and alerts in turn, three times a second, also open-loop, until told to stop."""

    PERIOD_S = 1 / 3

    def __init__(self, admin: Admin, hostel_id: int) -> None:
        super().__init__(daemon=True)
        self._admin = admin
        room_id = admin.get(f"/hostels/{hostel_id}/rooms")["rooms"][0]["room_id"]
        self._paths = (
            f"/hostels/{hostel_id}/rooms",
            f"/rooms/{room_id}/series",
            f"/alerts?hostel_id={hostel_id}",
        )
        self.ended = threading.Event()
        self.delays_ms: dict[str, list[float]] = {"rooms": [], "series": [], "alerts": []}
        self.failed: list[str] = []

    def run(self) -> None:
        start, number = time.monotonic(), 0
        while not self.ended.is_set():
            due = start + number * self.PERIOD_S
            time.sleep(max(0.0, due - time.monotonic()))
            name, path = list(self.delays_ms)[number % 3], self._paths[number % 3]
            try:
                self._admin.get(path)
                self.delays_ms[name].append(1000 * (time.monotonic() - due))
            except HttpError as error:
                self.failed.append(str(error))
            number += 1


@dataclass(frozen=True, slots=True)
class Count:
    """The run's readings in the database, by identity (meter, instant)."""

    stored: int
    lost: int
    """Accepted, but not stored."""
    duplicated: int
    """Effects in the roll-up beyond the stored readings."""


class Load:
    """One run of pushing: made ready, started, joined, and counted."""

    def __init__(
        self,
        cloud: Cloud,
        state: State,
        *,
        rate: float,
        seconds: float,
        fleet: Fleet | None = None,
        per_post: int = 100,
    ) -> None:
        self.fleet = fleet or Fleet.of(cloud, state, 1)
        self.rate = rate
        self.hostel_id = self.fleet.hostels[0].hostel_id
        self.database = Database(cloud)
        self.period_s = METERS * len(self.fleet.hostels) / rate
        self.ticks = max(1, round(seconds / self.period_s))
        groups = [
            (hostel, range(first, first + per_post))
            for first in range(0, METERS, per_post)
            for hostel in self.fleet.hostels
        ]
        self.senders = [
            Sender(
                Gateway(cloud.url, hostel.key),
                meters,
                bodies(hostel.number, meters, self.period_s),
                offset_s=self.period_s * number / len(groups),
                period_s=self.period_s,
                ticks=self.ticks,
            )
            for number, (hostel, meters) in enumerate(groups)
        ]
        self._groups = groups
        self._before = self._rolled_up()
        self._watch = Watch(cloud, {hostel.hostel_id: hostel.number for hostel in self.fleet.hostels})
        self._threads: list[threading.Thread] = []
        self._begun = self._epoch = 0.0

    @property
    def asked(self) -> float:
        """Readings to send."""
        return self.ticks * METERS * len(self.fleet.hostels)

    @property
    def accepted(self) -> int:
        return sum(int(sender.accepted.sum()) for sender in self.senders)

    @property
    def refused(self) -> dict[str, int]:
        return dict(sum((sender.tally.refused for sender in self.senders), Counter()))

    def start(self, report: Callable[[int], None]) -> None:
        self._begun = time.monotonic() + 0.5
        self._epoch = time.time() + 0.5
        self._watch.start()
        for sender in self.senders:
            thread = threading.Thread(target=sender.run, args=(self._begun, self._epoch, report), daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def is_sending(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Send no more than what is under way."""
        for sender in self.senders:
            sender.ended.set()

    def join(self) -> float:
        """Wait for the senders; seconds they took."""
        for thread in self._threads:
            thread.join()
        return time.monotonic() - self._begun

    def drain(self) -> float:
        """Wait until the consumer has stored what was accepted, or stands still; seconds it took."""
        begun = moved = time.monotonic()
        last = -1
        while last < self.accepted and time.monotonic() - moved < SETTLED_SECONDS:
            stored = self._rolled_up() - self._before
            if stored != last:
                last, moved = stored, time.monotonic()
            if last < self.accepted:
                time.sleep(0.5)
        self._watch.ended.set()
        self._watch.join()
        return moved - begun

    def lags_s(self, begin: float = 0.0, end: float = 1.0) -> list[float]:
        """Seconds from a reading's instant until it was seen stored; of those due in this part of the run (0 to 1)."""
        length = self.ticks * self.period_s
        return [lag for at, lag in self._watch.lags if begin * length <= at - self._epoch < end * length]

    def count(self) -> Count:
        """What is stored against what was accepted."""
        first, last = self._epoch - self.period_s / 2, self._epoch + (self.ticks + 1) * self.period_s
        stored: set[tuple[int, int, int]] = set()
        accepted: set[tuple[int, int, int]] = set()
        found = self._watch.stored(first, last)
        for (hostel, meters), sender in zip(self._groups, self.senders, strict=True):
            mine = (found.hostel == hostel.number) & (found.index >= meters.start) & (found.index < meters.stop)
            tick = np.rint((found.ts[mine] - self._epoch - sender.offset_s) / self.period_s).astype(int)
            stored |= {
                (hostel.number, index, at) for index, at in zip(found.index[mine].tolist(), tick.tolist(), strict=True)
            }
            accepted |= {(hostel.number, meters.start + int(m), int(t)) for t, m in np.argwhere(sender.accepted)}
        rows = sum(int(self.database.number(_ROWS, hostel=hostel.hostel_id)) for hostel in self.fleet.hostels)
        return Count(stored=len(stored), lost=len(accepted - stored), duplicated=self._rolled_up() - rows)

    def _rolled_up(self) -> int:
        return sum(self.database.count_readings(hostel.hostel_id) for hostel in self.fleet.hostels)


_ROWS = "SELECT count(*) FROM readings r JOIN meters m ON m.id = r.meter_id WHERE m.hostel_id = :hostel"


def watched_hostel(load: Load) -> int:
    """The hostel a browser looks at: the demo hostel when there is one, as its size is a warden's."""
    hostels = load.fleet.admin.get("/hostels")
    return next((int(hostel["hostel_id"]) for hostel in hostels if hostel["code"] == "demo"), load.hostel_id)
