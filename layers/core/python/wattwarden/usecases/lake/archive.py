"""Keep what came by the streams, as it came: a file per kind and day of arrival, for each batch of a shard."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, assert_never

from wattwarden.contracts.lake import UNDECODABLE, folder
from wattwarden.contracts.telemetry import (
    MEASURES,
    Batch,
    OccupancyBatch,
    ReadingsBatch,
    RefusedBatch,
    WeatherBatch,
    decode,
)
from wattwarden.ports.lake import Lake


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """A record of one shard. `arrived_at` is epoch seconds; like the rest it is the same at every delivery."""

    shard: str
    """<stream>/<shard>"""
    record_id: str
    arrived_at: float
    data: bytes


@dataclass(slots=True)
class Archived:
    rows: int = 0
    undecodable: int = 0
    keys: list[str] = field(default_factory=list)


def archive(records: Sequence[ShardRecord], lake: Lake) -> Archived:
    """Write the records of one shard, which follow one another.

    The files carry the names of the first and the last record: a batch that is delivered again takes the place of its
    own files. One that is cut differently leaves rows twice, which readers and the compaction recognise. Whatever
    cannot be written as rows is kept as bytes: no record ever stops those behind it.

    Raises:
        UnavailableError: the lake does not take it; the batch may be delivered again.
    """
    done = Archived()
    if not records:
        return done
    name = f"{records[0].shard.replace('/', '-')}-{records[0].record_id}-{records[-1].record_id}"
    tables: dict[tuple[str, date], dict[str, list[Any]]] = {}
    others: dict[date, list[str]] = {}
    for record in records:
        try:
            table, day, columns = _rows(record)
        except (ValueError, OverflowError) as error:
            others.setdefault(_day(record.arrived_at), []).append(_as_bytes(record, error))
            done.undecodable += 1
            continue
        kept = tables.setdefault((table, day), {column: [] for column in columns})
        for column, values in columns.items():
            kept[column] += values
        done.rows += len(columns["item"])
    for (table, day), columns in tables.items():
        if columns["item"]:
            key = f"{folder(table, day)}{name}.parquet"
            lake.write(key, table, columns)
            done.keys.append(key)
    for day, lines in others.items():
        key = f"{folder(UNDECODABLE, day)}{name}.jsonl"
        lake.write_text(key, "".join(lines))
        done.keys.append(key)
    return done


_LARGEST = 2**63 - 1
"""Of a column of whole numbers."""


def _rows(record: ShardRecord) -> tuple[str, date, dict[str, list[Any]]]:
    """Table, day of arrival and columns of a record.

    Raises:
        ValueError, OverflowError: it is no micro-batch, or holds what no column can.
    """
    batch = decode(record.data)
    day = _day(batch.received_at)
    columns = _measures(batch)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"columns differ in length: {sorted(lengths)}")
    (n,) = lengths
    for ts in columns["ts"]:
        _day(ts)
    if not all(abs(number) <= _LARGEST for number in (batch.hostel_id, *columns.get("headcount", ()))):
        raise ValueError("a whole number is too large")
    every: dict[str, list[Any]] = {
        "hostel_id": [batch.hostel_id] * n,
        "source": [batch.source] * n,
        "received_at": [batch.received_at] * n,
        "shard": [record.shard] * n,
        "record_id": [record.record_id] * n,
        "item": list(range(n)),
    }
    return f"raw/{batch.kind}", day, {**columns, **every}


def _measures(batch: Batch) -> dict[str, list[Any]]:
    match batch:
        case ReadingsBatch():
            return _named(batch, "meter", "ts", *MEASURES)
        case OccupancyBatch():
            return {"room": batch.room, "ts": batch.ts, "headcount": batch.count}
        case WeatherBatch():
            return _named(batch, "ts", "temperature_c", "humidity")
        case RefusedBatch():
            return _named(batch, "meter", "ts", "kwh", "register_kwh", "reason", "detail")
        case _:
            assert_never(batch)


def _named(batch: Batch, *names: str) -> dict[str, list[Any]]:
    return {name: getattr(batch, name) for name in names}


def _day(ts: float) -> date:
    return datetime.fromtimestamp(ts, UTC).date()


def _as_bytes(record: ShardRecord, error: Exception) -> str:
    line = {
        "record_id": record.record_id,
        "shard": record.shard,
        "arrived_at": record.arrived_at,
        "detail": str(error)[:1000],
        "data_hex": record.data.hex(),
    }
    return json.dumps(line) + "\n"
