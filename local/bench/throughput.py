"""Readings at a fixed rate through the public API, open-loop: each request has its time, whatever the others do.

A delay is counted from the moment a request was *due*, so that a stall shows in every request it held up
(no coordinated omission). What was accepted is then looked up in the database, reading by reading.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from local.demo.admin import Admin
from local.demo.database import Database
from local.demo.gateway import Gateway, Tally, as_body, key_of
from local.demo.http import HttpError
from local.demo.replay import wait_until_settled
from local.demo.setup import iso
from local.state import Cloud, State

METERS = 1_000
PER_POST = 100
MINUTE = 60.0
HISTORY_SECONDS = 20 * 86_400.0
"""How far back the first run's timestamps lie; each run goes on after the last one's."""


def serial(index: int) -> str:
    return f"bench-{index:04d}"


def setup_body() -> dict[str, Any]:
    return {
        "name": "Bench",
        "timezone": "UTC",
        "currency": "EUR",
        "price_per_kwh": "0.30",
        "latitude": 50.0,
        "longitude": 8.0,
        "rooms": [
            {
                "name": serial(index),
                "block": f"block-{index // 100}",
                "floor": 0,
                "beds": 4,
                "meters": [{"serial": serial(index), "interval_minutes": 1}],
            }
            for index in range(METERS)
        ],
    }


@dataclass(frozen=True, slots=True)
class Plan:
    """`ticks` rounds in which every meter sends one reading, `period_s` seconds apart; `first` is the first's ts."""

    ticks: int
    period_s: float
    first: float

    @classmethod
    def of(cls, rate: float, seconds: float, last: float, now: float) -> "Plan":
        """Fresh timestamps after `last` (0 for none), a minute apart, none in the future.

        Raises:
            ValueError: so many minutes have not passed since the last run's.
        """
        period = METERS / rate
        ticks = max(1, round(seconds / period))
        first = last + MINUTE if last else now // MINUTE * MINUTE - HISTORY_SECONDS
        if first + ticks * MINUTE > now:
            raise ValueError("the bench hostel's timestamps have caught up with the present; start with: make reset")
        return cls(ticks, period, first)


@dataclass(slots=True)
class Sender:
    """A gateway of 100 meters: one connection, one request each period."""

    gateway: Gateway
    meters: range
    bodies: list[bytes]
    offset_s: float
    period_s: float
    delays_ms: list[float] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    accepted: set[tuple[str, int]] = field(default_factory=set)
    """(serial, tick) of each reading the door took."""
    failed: list[str] = field(default_factory=list)

    def run(self, start: float, report: Callable[[int], None]) -> None:
        for tick, body in enumerate(self.bodies):
            due = start + self.offset_s + tick * self.period_s
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                answer = self.gateway.push("readings", body)
            except HttpError as error:
                self.failed.append(str(error))
                continue
            self.delays_ms.append(1000 * (time.monotonic() - due))
            self.tally.add(answer)
            refused = {refusal["index"] for refusal in answer["refused"]}
            self.accepted |= {(serial(m), tick) for at, m in enumerate(self.meters) if at not in refused}
            report(len(self.meters))
        self.gateway.close()


def bodies(plan: Plan, meters: range, seed: int) -> list[bytes]:
    """Request bodies of a sender, one a tick: a plausible evening's minute for each meter."""
    rng = np.random.default_rng((seed, meters.start))
    level = rng.uniform(0.08, 0.35, len(meters))
    made = []
    for tick in range(plan.ticks):
        stamp = iso(plan.first + tick * MINUTE)
        kwh = np.round(level * np.exp(0.2 * rng.standard_normal(len(meters))) / 60, 5)
        volts = np.round(231 + rng.standard_normal(len(meters)), 1)
        items = [
            {"meter": serial(index), "timestamp": stamp, "kwh": float(energy), "voltage": float(volt)}
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

    def __init__(self, cloud: Cloud, state: State, *, rate: float, seconds: float) -> None:
        self.admin = Admin(cloud)
        self.hostel_id = int(self.admin.call("PUT", "/hostels/bench", setup_body())["hostel_id"])
        key = key_of("bench", self.hostel_id, self.admin, cloud, state)
        self.database = Database(cloud)
        self.plan = Plan.of(rate, seconds, last_timestamp(self.database, self.hostel_id), time.time())
        groups = [range(start, start + PER_POST) for start in range(0, METERS, PER_POST)]
        self.senders = [
            Sender(
                Gateway(cloud.url, key),
                group,
                bodies(self.plan, group, int(self.plan.first)),
                offset_s=self.plan.period_s * number / len(groups),
                period_s=self.plan.period_s,
            )
            for number, group in enumerate(groups)
        ]
        self._before = self.database.count_readings(self.hostel_id)
        self._threads: list[threading.Thread] = []
        self._begun = 0.0

    @property
    def accepted(self) -> int:
        return sum(len(sender.accepted) for sender in self.senders)

    @property
    def refused(self) -> dict[str, int]:
        return dict(sum((sender.tally.refused for sender in self.senders), Counter()))

    def start(self, report: Callable[[int], None]) -> None:
        self._begun = time.monotonic() + 0.5
        for sender in self.senders:
            thread = threading.Thread(target=sender.run, args=(self._begun, report), daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def is_sending(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def join(self) -> float:
        """Wait for the senders; seconds they took."""
        for thread in self._threads:
            thread.join()
        return time.monotonic() - self._begun

    def drain(self) -> float:
        """Wait until the consumer has stored what was accepted, or stands still; seconds it took."""
        return wait_until_settled(self.database, self.hostel_id, self._before + self.accepted, lambda _: None)

    def count(self) -> Count:
        everything = self.database.stored(self.hostel_id)
        tick = ((everything.ts - self.plan.first) / MINUTE).astype(int)
        here = (tick >= 0) & (tick < self.plan.ticks)
        stored = set(zip(everything.meter[here].tolist(), tick[here].tolist(), strict=True))
        accepted = set[tuple[str, int]]().union(*(sender.accepted for sender in self.senders))
        return Count(
            stored=len(stored), lost=len(accepted - stored), duplicated=everything.rolled_up - len(everything.ts)
        )


def last_timestamp(database: Database, hostel_id: int) -> float:
    """Epoch seconds of the youngest reading of the hostel; 0 when it has none."""
    return database.number(
        "SELECT extract(epoch FROM max(s.last_ts)) FROM meter_state s JOIN meters m ON m.id = s.meter_id"
        " WHERE m.hostel_id = :hostel",
        hostel=hostel_id,
    )


def watched_hostel(load: Load) -> int:
    """The hostel a browser looks at: the demo hostel when there is one, as its size is a warden's."""
    hostels = load.admin.get("/hostels")
    return next((int(hostel["hostel_id"]) for hostel in hostels if hostel["code"] == "demo"), load.hostel_id)
