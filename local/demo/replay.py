"""Replay a table of real readings through the public API, as a gateway would, and count what arrived."""

import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from local import ledger
from local.database import Database
from local.demo.admin import Admin
from local.demo.gateway import MAX_ITEMS, Gateway, Tally, key_of
from local.demo.tables import Readings
from local.ledger import UNIT_KWH, Comparison, Facts
from tools.cloud import Cloud, State

SETTLED_SECONDS = 45.0
"""The consumer is done when the number of stored readings has stood still this long."""


def hostel_code(path: Path) -> str:
    """A slug from the file's name."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:63] or "replay"


def setup_body(name: str, timezone: str, rows: Readings) -> dict[str, Any]:
    """A hostel for the table: a room for each meter, without beds since the table says nothing of people."""
    return {
        "name": name,
        "timezone": timezone,
        "currency": "EUR",
        "price_per_kwh": "0.30",
        "latitude": 0.0,
        "longitude": 0.0,
        "rooms": [
            {
                "name": serial,
                "block": "A",
                "floor": 0,
                "beds": 0,
                "meters": [{"serial": serial, "interval_minutes": rows.interval_minutes}],
            }
            for serial in rows.meters
        ],
    }


def shards(rows: Readings, count: int) -> list[NDArray[np.int64]]:
    """Row numbers for each connection, in time order. A meter is always in the same one, so nothing overtakes."""
    of_meter = np.array([crc32(serial.encode()) % count for serial in rows.meters], dtype=np.int64)
    of_row = of_meter[rows.meter]
    return [np.flatnonzero(of_row == shard) for shard in range(count)]


def bodies(rows: Readings, selected: NDArray[np.int64]) -> Iterator[tuple[bytes, int]]:
    """Request bodies of up to 1,000 readings and how many each holds; written by hand, for speed."""
    interval = f"{rows.interval_minutes:g}"
    for start in range(0, len(selected), MAX_ITEMS):
        part = selected[start : start + MAX_ITEMS]
        stamps = np.datetime_as_string(rows.ts[part].astype("datetime64[s]"))
        voltages = rows.voltage[part]
        items = [
            f'{{"meter":"{rows.meters[meter]}","timestamp":"{stamp}Z","kwh":{kwh:.4f},"interval_minutes":{interval}'
            + (f',"voltage":{voltage:.2f}}}' if voltage == voltage else "}")  # noqa: PLR0124 NaN differs from itself
            for meter, stamp, kwh, voltage in zip(rows.meter[part], stamps, rows.kwh[part], voltages, strict=True)
        ]
        yield f'{{"readings":[{",".join(items)}]}}'.encode(), len(part)


@dataclass(slots=True)
class Sent:
    tally: Tally
    seconds: float


def send(rows: Readings, url: str, key: str, concurrency: int, report: Callable[[int], None]) -> Sent:
    """Push all rows over `concurrency` connections, each in time order; `report` hears how many more were answered.

    Raises:
        HttpError: a request was refused or never answered; the other connections stop too.
    """
    begun = time.monotonic()
    outcomes: queue.SimpleQueue[Tally | BaseException] = queue.SimpleQueue()
    stop = threading.Event()

    def push(selected: NDArray[np.int64]) -> None:
        tally = Tally()
        try:
            with Gateway(url, key) as gateway:
                for body, size in bodies(rows, selected):
                    if stop.is_set():
                        break
                    tally.add(gateway.push("readings", body))
                    report(size)
            outcomes.put(tally)
        except BaseException as error:  # noqa: BLE001 handed to the caller, who raises it
            stop.set()
            outcomes.put(error)

    parts = [part for part in shards(rows, concurrency) if len(part)]
    threads = [threading.Thread(target=push, args=(part,), daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    total = Tally()
    for _ in threads:
        outcome = outcomes.get()
        if isinstance(outcome, BaseException):
            raise outcome
        total.join(outcome)
    return Sent(total, time.monotonic() - begun)


def wait_until_settled(database: Database, hostel_id: int, expected: int, report: Callable[[int], None]) -> float:
    """Wait until the expected number of readings is stored, or nothing moves any more; seconds it took."""
    begun = moved = time.monotonic()
    last = -1
    while last < expected and time.monotonic() - moved < SETTLED_SECONDS:
        stored = database.count_readings(hostel_id)
        if stored != last:
            last, moved = stored, time.monotonic()
            report(stored)
        if last < expected:
            time.sleep(1.0)
    return moved - begun


def compare(rows: Readings, database: Database, hostel_id: int) -> Comparison:
    """The table against what is stored; *invented* is what an earlier replay with other rows left."""
    ids = database.meters(hostel_id)
    meter = np.array([ids[serial] for serial in rows.meters], dtype=np.int64)
    kwh = np.array([round(kwh, 4) for kwh in rows.kwh.tolist()])  # as `bodies` writes it
    sent = Facts.of(meter[rows.meter], rows.ts * 1_000, np.rint(kwh / UNIT_KWH).astype(np.int64))
    return ledger.compare(sent, database.stored([hostel_id]), database.counted_twice([hostel_id]))


def prepare(code: str, timezone: str, rows: Readings, cloud: Cloud, state: State) -> tuple[int, str]:
    """The hostel for the table and its gateway's key."""
    admin = Admin(cloud)
    hostel = admin.call("PUT", f"/hostels/{code}", setup_body(code, timezone, rows))
    hostel_id = int(hostel["hostel_id"])
    return hostel_id, key_of(code, hostel_id, admin, cloud, state)
