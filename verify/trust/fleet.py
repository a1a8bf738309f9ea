"""Hostels made for the trust suite: their meters, their gateways' keys, and the requests that these send."""

import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from local import aws
from local.demo.gateway import MAX_ITEMS
from local.demo.setup import iso
from local.ledger import UNIT_KWH
from verify.hostels import hostel_body, room_body
from verify.sender import Post
from verify.trust.system import System

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

MINUTE = 60.0


@dataclass(frozen=True)
class Hostel:
    """One hostel: a room per meter, named like it."""

    code: str
    hostel_id: int
    key: str
    meters: dict[str, int]
    """Database ids by serial."""
    rooms: dict[str, int]
    setup: dict[str, Any] = field(repr=False)


def found(
    system: System,
    name: str,
    meters: int,
    *,
    timezone: str = "UTC",
    meter: Callable[[int], dict[str, Any]] | None = None,
    users: Sequence[dict[str, Any]] = (),
    beds: int = 4,
) -> Hostel:
    """Set up a hostel that is new, with a gateway. `meter`: what meter n is besides its serial; hourly otherwise."""
    code = f"trust-{name}-{time.time_ns() // 1_000_000:x}"
    serials = [f"{name}-{number:05d}" for number in range(meters)]
    rooms = (
        room_body(serial, block=f"B{n // 100:02d}", floor=n // 20 % 5, beds=beds, **(meter(n) if meter else {}))
        for n, serial in enumerate(serials)
    )
    return enter(system, code, hostel_body(f"Trust: {name}", rooms, timezone=timezone, users=users))


def enter(system: System, code: str, setup: dict[str, Any]) -> Hostel:
    admin = system.admin()
    hostel_id = int(admin.call("PUT", f"/hostels/{code}", setup)["hostel_id"])
    key = str(admin.call("POST", f"/hostels/{hostel_id}/gateways", {"name": "trust"})["key"])
    rooms = {room["name"]: room["room_id"] for room in admin.get(f"/hostels/{hostel_id}/rooms")["rooms"]}
    return Hostel(code, hostel_id, key, system.look(lambda database: database.meters(hostel_id)), rooms, setup)


@dataclass(frozen=True)
class Table:
    """Readings to send, as columns: `meter` indexes `serials`, `second` is epoch seconds, `units` 0.1 Wh."""

    serials: list[str]
    meter: NDArray[np.int64]
    second: NDArray[np.int64]
    units: NDArray[np.int64]
    register: NDArray[np.bool_]
    """Whether the value is a register's (else an interval's energy)."""

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Table":
        return Table(self.serials, self.meter[rows], self.second[rows], self.units[rows], self.register[rows])

    def posts(
        self, hostel: Hostel, size: int = MAX_ITEMS, due: float = 0.0, voltage: float | None = None
    ) -> Iterator[Post]:
        """The rows in their order, so many in a request."""
        ids = np.array([hostel.meters[serial] for serial in self.serials], dtype=np.int64)
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            meter, second, units = self.meter[part], self.second[part], self.units[part]
            yield Post(due, hostel.key, self._body(part, voltage), ids[meter], second * 1_000, units)

    def _body(self, part: slice, voltage: float | None) -> bytes:
        stamps = np.datetime_as_string(self.second[part].astype("datetime64[s]"))
        further = "" if voltage is None else f',"voltage":{voltage}'
        items = [
            f'{{"meter":"{self.serials[meter]}","timestamp":"{stamp}Z",'
            f'"{"register_kwh" if register else "kwh"}":{units * UNIT_KWH:.4f}{further}}}'
            for meter, stamp, units, register in zip(
                self.meter[part], stamps, self.units[part], self.register[part], strict=True
            )
        ]
        return f'{{"readings":[{",".join(items)}]}}'.encode()


def habits(rng: np.random.Generator, serials: list[str], seconds: NDArray[np.int64], interval_s: float) -> Table:
    """Plausible intervals of every meter at every instant, by time and then by meter."""
    level = rng.uniform(0.08, 0.35, len(serials))
    hour = (seconds % 86_400) / 3_600
    evening = 1 + 1.5 * np.exp(-(((hour - 20) / 3) ** 2))
    kw = level[None, :] * evening[:, None] * np.exp(0.2 * rng.standard_normal((len(seconds), len(serials))))
    units = np.round(kw * interval_s / 3_600 / UNIT_KWH).astype(np.int64)
    meter = np.tile(np.arange(len(serials), dtype=np.int64), len(seconds))
    return Table(
        serials, meter, np.repeat(seconds, len(serials)), units.reshape(-1), np.zeros(len(meter), dtype=np.bool_)
    )


def row(serials: list[str], meter: int, second: int, units: int, *, register: bool = False) -> Table:
    """A single reading."""
    column = np.array([meter, second, units], dtype=np.int64)[:, None]
    return Table(serials, column[0], column[1], column[2], np.array([register]))


def counts(hostel: Hostel, items: Sequence[tuple[str, float, int]], due: float = 0.0) -> Post:
    """Head counts, (room, epoch seconds, people), in one request."""
    said = [{"room": room, "timestamp": iso(second), "count": count} for room, second, count in items]
    body = json.dumps({"occupancy": said}, separators=(",", ":")).encode()
    nothing = np.empty(0, dtype=np.int64)
    return Post(due, hostel.key, body, nothing, nothing, nothing, "occupancy")


def straight(system: System, hostel: Hostel, table: Table, received_at: Sequence[float], *, live: bool = True) -> None:
    """Put readings on the stream as the door would, one record each, received at these instants (epoch seconds)."""
    for row, received in enumerate(received_at):
        value = round(float(table.units[row]) * UNIT_KWH, 4)
        register = bool(table.register[row])
        batch = {
            "v": 1,
            "kind": "readings",
            "hostel_id": hostel.hostel_id,
            "source": "gateway:trust",
            "received_at": received,
            "meter": [table.serials[table.meter[row]]],
            "ts": [float(table.second[row])],
            "kwh": [None if register else value],
            "register_kwh": [value if register else None],
            **{name: [None] for name in ("interval_s", "voltage", "current", "power_factor")},
        }
        put(system, hostel, zlib.compress(json.dumps(batch).encode()), live=live)


def put(system: System, hostel: Hostel, data: bytes, *, live: bool = True) -> None:
    """Put bytes on a stream, where the hostel's first bucket goes."""
    kinesis: KinesisClient = aws.client("kinesis", system.cloud.aws_endpoint_url)
    stream = system.cloud.outputs["TelemetryStream" if live else "BackfillStream"]
    kinesis.put_record(StreamName=stream, PartitionKey=f"{hostel.hostel_id}:0", Data=data)
