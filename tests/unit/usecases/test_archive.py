import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.lake import FakeLake
from wattwarden.contracts.lake import TABLES
from wattwarden.contracts.telemetry import Batch, OccupancyBatch, ReadingsBatch, RefusedBatch, WeatherBatch, encode
from wattwarden.domain.errors import UnavailableError
from wattwarden.usecases.lake.archive import ShardRecord, archive

NOON = 1_767_268_800.0  # 2026-01-01 12:00 UTC
DAY = 86_400.0


def readings(received_at: float = NOON, meters: int = 2) -> ReadingsBatch:
    nothing: list[float | None] = [None] * meters
    return ReadingsBatch(
        hostel_id=1,
        source="gateway:3",
        received_at=received_at,
        meter=[f"M{n}" for n in range(meters)],
        ts=[NOON - 5.0] * meters,
        interval_s=nothing,
        kwh=[0.5] * meters,
        register_kwh=nothing,
        voltage=[230.5] * meters,
        current=nothing,
        power_factor=nothing,
    )


KINDS: list[Batch] = [
    readings(),
    OccupancyBatch(hostel_id=1, source="gateway:3", received_at=NOON, room=["A1"], ts=[2.0], count=[3]),
    WeatherBatch(hostel_id=1, source="open-meteo", received_at=NOON, ts=[2.0], temperature_c=[None], humidity=[40.0]),
    RefusedBatch(
        hostel_id=1, source="gateway:3", received_at=NOON, meter=["M1"], ts=[0.0], kwh=[1.0], register_kwh=[None],
        reason=["clock_wrong"], detail=["off by a year"],
    ),
]  # fmt: skip


def record(number: int, data: bytes, shard: str = "telemetry/shard-0") -> ShardRecord:
    return ShardRecord(shard=shard, record_id=f"{number:04}", arrived_at=NOON, data=data)


def test_each_kind_and_day_of_arrival_has_a_file_named_by_the_records_it_is_from() -> None:
    lake = FakeLake()
    batches = [*KINDS, readings(NOON + DAY, meters=3)]
    done = archive([record(n, encode(batch)) for n, batch in enumerate(batches)], lake)
    name = "telemetry-shard-0-0000-0004.parquet"
    assert sorted(lake.files_) == sorted([
        *(f"raw/{kind}/dt=2026-01-01/{name}" for kind in ("readings", "occupancy", "weather", "refused")),
        f"raw/readings/dt=2026-01-02/{name}",
    ])  # fmt: skip
    assert done.rows == 8
    assert done.undecodable == 0


@pytest.mark.parametrize("batch", KINDS, ids=lambda batch: batch.kind)
def test_a_row_says_everything_its_record_said_and_where_it_stood(batch: Batch) -> None:
    lake = FakeLake()
    archive([record(7, encode(batch))], lake)
    names = list(TABLES[f"raw/{batch.kind}"])
    said = batch.model_dump(exclude={"v", "kind"})
    for item, row in enumerate(lake.rows("raw/")):
        found = dict(zip(names, row, strict=True))
        assert (found.pop("shard"), found.pop("record_id"), found.pop("item")) == ("telemetry/shard-0", "0007", item)
        if batch.kind == "occupancy":
            found["count"] = found.pop("headcount")
        assert found == {k: v[item] if isinstance(v, list) else v for k, v in said.items()}


def test_a_batch_that_comes_again_takes_the_place_of_its_own_files() -> None:
    lake = FakeLake()
    batch = [record(1, encode(readings())), record(2, b"noise")]
    archive(batch, lake)
    files, texts = dict(lake.files_), dict(lake.texts)
    archive(batch, lake)
    assert (lake.files_, lake.texts) == (files, texts)


def bent(**changes: Any) -> bytes:
    return zlib.compress(json.dumps({**readings().model_dump(), **changes}).encode())


POISON = {
    "noise": b"noise",
    "no fields": zlib.compress(b"{}"),
    "columns of different length": bent(kwh=[1.0]),
    "a time of no year": bent(ts=[1e300, 1.0]),
    "an arrival of no year": bent(received_at=-1e15),
    "a hostel no column can name": bent(hostel_id=2**70),
    "a text nobody can write": zlib.compress(json.dumps(readings().model_dump()).replace("M1", "\\ud800").encode()),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_what_is_no_micro_batch_is_kept_as_bytes_and_stops_nobody(poison: bytes) -> None:
    lake = FakeLake()
    done = archive([record(1, encode(readings())), record(2, poison), record(3, encode(readings()))], lake)
    assert (done.rows, done.undecodable) == (4, 1)
    (text,) = lake.texts.items()
    assert text[0] == "raw/undecodable/dt=2026-01-01/telemetry-shard-0-0001-0003.jsonl"
    (line,) = [json.loads(line) for line in text[1].splitlines()]
    assert bytes.fromhex(line["data_hex"]) == poison
    assert (line["record_id"], line["shard"], line["arrived_at"]) == ("0002", "telemetry/shard-0", NOON)
    assert line["detail"]


@given(st.lists(st.binary(max_size=60) | st.sampled_from([*(encode(k) for k in KINDS), *POISON.values()]), max_size=12))
def test_whatever_comes_every_record_is_kept_as_rows_or_as_bytes(payloads: list[bytes]) -> None:
    lake = FakeLake()
    done = archive([record(n, data) for n, data in enumerate(payloads)], lake)
    as_rows = {
        row[list(TABLES[f"raw/{key.split('/')[1]}"]).index("record_id")]
        for key, rows in lake.files_.items()
        for row in rows
    }
    as_bytes = {json.loads(line)["record_id"] for text in lake.texts.values() for line in text.splitlines()}
    assert len(as_bytes) == done.undecodable
    assert not as_rows & as_bytes
    assert as_rows | as_bytes == {f"{n:04}" for n in range(len(payloads))}


def test_while_the_lake_is_away_the_batch_fails_as_a_whole() -> None:
    with pytest.raises(UnavailableError):
        archive([record(1, encode(readings()))], FakeLake(steps_left=0))
