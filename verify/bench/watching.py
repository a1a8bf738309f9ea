"""Looking into the database while readings arrive: how long each took until it was stored, and which are there."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pg8000.native
from numpy.typing import NDArray

from tools.cloud import Cloud

EVERY_SECONDS = 0.05
PROBES_PER_HOSTEL = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Stored readings: the hostel's number, the meter's index in it, epoch seconds."""

    hostel: NDArray[np.int64]
    index: NDArray[np.int64]
    ts: NDArray[np.float64]


class Watch(threading.Thread):
    """Notes when the newest reading of some meters of each hostel was first seen stored.

    Args:
        cloud: the running system.
        hostels: hostel id and number of each.
    """

    def __init__(self, cloud: Cloud, hostels: dict[int, int]) -> None:
        super().__init__(daemon=True)
        address = cloud.database
        self._connection = pg8000.native.Connection(
            address["username"],
            host=address["host"],
            port=int(address["port"]),
            password=address["password"],
            database=address["dbname"],
        )
        self._hostels = hostels
        rows = self._connection.run(
            "SELECT id, hostel_id, right(serial, 4)::int FROM meters"
            " WHERE hostel_id = ANY(:hostels) AND removed_at IS NULL",
            hostels=list(hostels),
        )
        self._meters = {int(meter): (hostels[hostel], int(index)) for meter, hostel, index in rows or []}
        of_probes = range(0, 1000, 1000 // PROBES_PER_HOSTEL)
        self._probes = [meter for meter, (_, index) in self._meters.items() if index in of_probes]
        self.lags: list[tuple[float, float]] = []
        """(epoch seconds of the reading, seconds from there until it was seen)"""
        self.ended = threading.Event()

    def __del__(self) -> None:
        with suppress(pg8000.native.InterfaceError):  # closed already
            self._connection.close()

    def run(self) -> None:
        seen = dict(self._newest())
        while not self.ended.wait(EVERY_SECONDS):
            newest, now = self._newest(), time.time()
            for meter, ts in newest:
                if ts > seen.get(meter, 0.0):
                    self.lags.append((ts, now - ts))
                    seen[meter] = ts

    def _newest(self) -> list[tuple[int, float]]:
        rows = self._connection.run(
            "SELECT meter_id, extract(epoch FROM last_ts)::float8 FROM meter_state WHERE meter_id = ANY(:meters)",
            meters=self._probes,
        )
        return [(int(meter), float(ts)) for meter, ts in rows or []]

    def stored(self, first: float, last: float) -> Found:
        """The hostels' readings between two instants (epoch seconds)."""
        listing = BytesIO()
        ids = ",".join(map(str, self._hostels))
        query = (
            "SELECT r.meter_id, extract(epoch FROM r.ts) FROM readings r JOIN meters m ON m.id = r.meter_id"  # noqa: S608 COPY has no parameters
            f" WHERE m.hostel_id IN ({ids}) AND r.ts BETWEEN to_timestamp({first!r}) AND to_timestamp({last!r})"
        )
        self._connection.run(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", stream=listing)
        rows = (
            np.loadtxt(BytesIO(listing.getvalue()), delimiter=",", ndmin=2)
            if listing.getbuffer().nbytes
            else np.empty((0, 2))
        )
        known = [self._meters[int(meter)] for meter in rows[:, 0]]
        return Found(
            hostel=np.array([hostel for hostel, _ in known], dtype=np.int64),
            index=np.array([index for _, index in known], dtype=np.int64),
            ts=rows[:, 1],
        )
