"""Live readings at a fixed rate through the public API, and what becomes of each."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from local.database import Database
from local.demo.admin import Admin
from local.demo.gateway import as_body, key_of
from local.demo.http import PATIENCE_SECONDS
from local.demo.replay import SETTLED_SECONDS
from local.ledger import UNIT_KWH, Comparison, Ints, compare
from tools.cloud import Cloud, State
from verify.bench.watching import Watch
from verify.hostels import hostel_body, room_body
from verify.sender import Heard, Post, Sending
from wattwarden.domain.intervals import snap

METERS = 1_000
"""Of a hostel."""
EVERY = 50
"""So many meters apart those are that are watched."""
STAMP = "@@@"
"""Where a body's timestamp goes when it is sent."""
VARIANTS = 8
"""Different bodies of a gateway, sent in turn."""
DELAY_SECONDS = 0.5
"""From the start to the first request."""


def serial(hostel: int, index: int) -> str:
    return f"bench-{hostel}-{index:04d}"


@dataclass(frozen=True, slots=True)
class Hostel:
    number: int
    hostel_id: int
    key: str
    meters: list[int]
    """Database ids, by index."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Hostels of 1,000 meters that send the energy since their last reading, as often as they are asked to."""

    cloud: Cloud
    admin: Admin
    hostels: list[Hostel]

    @classmethod
    def of(cls, cloud: Cloud, state: State, hostels: int) -> Self:
        admin = Admin(cloud)
        found = []
        with Database(cloud) as database:
            for number in range(hostels):
                code = f"bench-{number}"
                names = [serial(number, index) for index in range(METERS)]
                rooms = (room_body(name, block=f"block-{n // 100}", interval_minutes=1) for n, name in enumerate(names))
                setup = hostel_body(f"Bench {number}", rooms)
                hostel_id = int(admin.call("PUT", f"/hostels/{code}", setup)["hostel_id"])
                ids = database.meters(hostel_id)
                key = key_of(code, hostel_id, admin, cloud, state)
                found.append(Hostel(number, hostel_id, key, [ids[name] for name in names]))
        return cls(cloud, admin, found)


@dataclass(frozen=True, slots=True)
class Evening:
    """A plausible evening's energy of some meters, in a few request bodies that are sent in turn."""

    bodies: list[bytes]
    """Without the moment they are sent at."""
    units: list[Ints]

    @classmethod
    def of(cls, hostel: int, meters: range, period_s: float) -> Self:
        rng = np.random.default_rng((hostel, meters.start))
        level = rng.uniform(0.08, 0.35, len(meters))
        made, units = [], []
        for _ in range(VARIANTS):
            kwh = np.round(level * np.exp(0.2 * rng.standard_normal(len(meters))) * period_s / 3600, 7)
            kwh[np.round(1e7 * kwh) % 1_000 == 500] += 1e-7  # noqa: PLR2004 half a unit is rounded up here, down there
            volts = np.round(231 + rng.standard_normal(len(meters)), 1)
            items = [
                {
                    "meter": serial(hostel, index),
                    "timestamp": STAMP,
                    "kwh": round(float(energy), 7),
                    "interval_minutes": period_s / 60,
                    "voltage": float(volt),
                }
                for index, energy, volt in zip(meters, kwh, volts, strict=True)
            ]
            made.append(as_body("readings", items))
            units.append(np.round(kwh / UNIT_KWH).astype(np.int64))
        return cls(made, units)


def each_period(
    hostel: Hostel, meters: range, *, offset_s: float, period_s: float, ticks: int, epoch: Callable[[], float]
) -> Iterator[Post]:
    """A gateway's requests: one each period, stamped with the moment it is due. `epoch`: seconds of their start."""
    evening = Evening.of(hostel.number, meters, period_s)
    ids = np.array(hostel.meters[meters.start : meters.stop], dtype=np.int64)
    return (
        Post(
            due=offset_s + tick * period_s,
            key=hostel.key,
            body=evening.bodies[tick % VARIANTS].replace(STAMP.encode(), f"{np.datetime64(ms, 'ms')}Z".encode()),
            meter=ids,
            ms=np.rint(np.full(len(ids), 1_000 * snap(np.array([ms / 1_000]), np.array([period_s]))[0])).astype(
                np.int64
            ),
            value=evening.units[tick % VARIANTS],
        )
        for tick in range(ticks)
        for ms in [round(1_000 * (epoch() + offset_s + tick * period_s))]
    )


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
        self.period_s = METERS * len(self.fleet.hostels) / rate
        self._ticks = max(1, round(seconds / self.period_s))
        self._epoch = 0.0
        groups = [
            (hostel, range(first, first + per_post))
            for first in range(0, METERS, per_post)
            for hostel in self.fleet.hostels
        ]
        gateways = [
            each_period(
                hostel,
                meters,
                offset_s=self.period_s * number / len(groups),
                period_s=self.period_s,
                ticks=self._ticks,
                epoch=lambda: self._epoch,
            )
            for number, (hostel, meters) in enumerate(groups)
        ]
        self._sending = Sending(cloud.url, gateways, PATIENCE_SECONDS)
        self._ids = [hostel.hostel_id for hostel in self.fleet.hostels]
        self._database = Database(cloud)
        self._before = self._database.count_readings(*self._ids)
        self._watch = Watch(cloud, [meter for hostel in self.fleet.hostels for meter in hostel.meters[::EVERY]])

    @property
    def accepted(self) -> int:
        return self._sending.taken()

    def heard(self) -> Heard:
        return self._sending.heard()

    def start(self) -> None:
        self._epoch = time.time() + DELAY_SECONDS
        self._watch.start()
        self._sending.start(DELAY_SECONDS)

    def stop(self) -> None:
        """Send no more than what is under way."""
        self._sending.stop()

    def join(self) -> float:
        """Wait for the senders; seconds they took."""
        return self._sending.join()

    def drain(self) -> float:
        """Wait until the consumer has stored what was accepted, or stands still; seconds it took."""
        begun = moved = time.monotonic()
        last = -1
        while last < self.accepted and time.monotonic() - moved < SETTLED_SECONDS:
            stored = self._database.count_readings(*self._ids) - self._before
            if stored != last:
                last, moved = stored, time.monotonic()
            if last < self.accepted:
                time.sleep(0.5)
        self._watch.ended.set()
        self._watch.join()
        return moved - begun

    def lags_s(self, begin: float = 0.0, end: float = 1.0) -> list[float]:
        """Seconds from a reading's instant until it was seen stored; of those due in this part of the run (0 to 1)."""
        length = self._ticks * self.period_s
        return [lag for at, lag in self._watch.lags if begin * length <= at - self._epoch < end * length]

    def count(self) -> Comparison:
        """What is stored against what was accepted."""
        stored = self._database.stored(self._ids, self._epoch - self.period_s / 2)
        return compare(self._sending.accepted(), stored, self._database.counted_twice(self._ids))
