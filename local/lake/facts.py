"""The records of the streams once more, from the lake's raw files, in the order in which they came."""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from local.lake import views
from wattwarden.contracts.lake import TABLES
from wattwarden.contracts.telemetry import Batch, OccupancyBatch, ReadingsBatch, RefusedBatch, WeatherBatch, encode
from wattwarden.usecases.telemetry.batch import Record

ROWS_AT_ONCE = 50_000

type Tips = Mapping[str, str]
"""By <stream>/<shard>, the last sequence number that counts."""


class Fact(NamedTuple):
    """A record, with what it is sorted by."""

    received_at: float
    shard: str
    sequence: tuple[int, str]
    """A sequence number that compares as a number: its length, and its digits."""
    readings: int
    record: Record


def in_order(folder: Path, tips: Tips | None = None) -> Iterator[Fact]:
    """Every record that was archived, by arrival; up to `tips`, where one is given for its shard."""
    sources = [*(_rows(folder, table) for table in TABLES if table.startswith("raw/")), _undecodable(folder)]
    for fact in heapq.merge(*sources, key=itemgetter(slice(0, 3))):
        tip = None if tips is None else tips.get(fact.shard)
        if tip is None or fact.sequence <= _sequence(tip):
            yield fact


def readings_in(folder: Path, tips: Tips | None = None) -> int:
    """How many readings `in_order` is going to tell."""
    known = tips or {}
    query = """
SELECT count(*) FROM raw_readings
LEFT JOIN (SELECT unnest(?::varchar[]) AS shard, unnest(?::varchar[]) AS tip) USING (shard)
WHERE tip IS NULL OR (length(record_id), record_id) <= (length(tip), tip)
"""
    with views.connect(folder) as database:
        [[count]] = database.execute(query, [list(known), list(known.values())]).fetchall()
    return int(count)


def _rows(folder: Path, table: str) -> Iterator[Fact]:
    kind = table.removeprefix("raw/")
    columns = ", ".join(
        f"epoch_us({name}) AS {name}" if spelling == "timestamp" else name for name, spelling in TABLES[table].items()
    )
    query = f"""
SELECT {columns} FROM {views.name_of(table)}
ORDER BY received_at, shard, length(record_id), record_id, item
"""  # noqa: S608 (our own names)
    with views.connect(folder) as database:
        batches = database.sql(query).to_arrow_reader(ROWS_AT_ONCE)
        rows = (row for batch in batches for row in zip(*batch.to_pydict().values(), strict=True))
        place = {name: number for number, name in enumerate(TABLES[table])}
        record = itemgetter(place["received_at"], place["shard"], place["record_id"])
        for (received_us, shard, record_id), items in groupby(rows, record):
            said = dict(zip(TABLES[table], map(list, zip(*items, strict=True)), strict=True))
            batch = _batch(kind, said)
            data = encode(batch)
            count = len(said["item"]) if kind == "readings" else 0
            yield Fact(received_us / 1e6, shard, _sequence(record_id), count, Record(_id(shard, record_id), data))


def _batch(kind: str, said: dict[str, list[Any]]) -> Batch:
    every = {
        "hostel_id": said["hostel_id"][0],
        "source": said["source"][0],
        "received_at": said["received_at"][0] / 1e6,
        "ts": [us / 1e6 for us in said["ts"]],
    }
    if kind == "occupancy":
        return OccupancyBatch(**every, room=said["room"], count=said["headcount"])
    rest = {name: said[name] for name in said if name not in {*every, "shard", "record_id", "item"}}
    return _BATCHES[kind](**every, **rest)


_BATCHES: Mapping[str, type[ReadingsBatch | WeatherBatch | RefusedBatch]] = {
    "readings": ReadingsBatch,
    "weather": WeatherBatch,
    "refused": RefusedBatch,
}


def _undecodable(folder: Path) -> Iterator[Fact]:
    lines = [json.loads(line) for line in _lines(sorted(folder.glob("raw/undecodable/dt=*/*.jsonl")))]
    found = {
        Fact(
            line["arrived_at"],
            line["shard"],
            _sequence(line["record_id"]),
            0,
            Record(_id(line["shard"], line["record_id"]), bytes.fromhex(line["data_hex"])),
        )
        for line in lines
    }
    yield from sorted(found, key=itemgetter(slice(0, 3)))


def _lines(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        yield from file.read_text().splitlines()


def _sequence(number: str) -> tuple[int, str]:
    return len(number), number


def _id(shard: str, record_id: str) -> str:
    """As score_readings names a record."""
    return f"{shard.partition('/')[0]}:{record_id}"
