"""The lake on S3: what lies there is what was written, in the types that Athena is told of."""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto import mock_aws

from tests.unit.usecases.test_archive import KINDS, NOON, record
from wattwarden.adapters.lake import S3Lake, as_table
from wattwarden.contracts.lake import TABLES
from wattwarden.contracts.telemetry import Batch, encode
from wattwarden.detection import FEATURES
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.lake import UnreadableFileError
from wattwarden.usecases.lake.archive import archive

BUCKET = "lake"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield


def contents(key: str) -> Any:
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return pq.read_table(io.BytesIO(body))


@pytest.mark.parametrize("batch", KINDS, ids=lambda batch: batch.kind)
def test_what_was_archived_is_read_back_to_the_last_digit(batch: Batch) -> None:
    lake = S3Lake(BUCKET)
    archive([record(1, encode(batch))], lake)
    (file,) = lake.files("raw/")
    table = contents(file.key)
    assert table.column_names == list(TABLES[f"raw/{batch.kind}"])
    said = batch.model_dump()
    for n, row in enumerate(table.to_pylist()):
        assert row["received_at"].timestamp() == NOON
        assert row["ts"].timestamp() == said["ts"][n]
        for name in set(said) & {"kwh", "register_kwh", "interval_s", "voltage", "temperature_c", "humidity"}:
            assert row[name] == said[name][n]


def test_files_are_compressed_with_zstd_and_instants_are_microseconds_of_utc() -> None:
    lake = S3Lake(BUCKET)
    archive([record(1, encode(KINDS[0]))], lake)
    (file,) = lake.files("raw/readings/")
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=file.key)["Body"].read()
    parquet = pq.ParquetFile(io.BytesIO(body))
    assert {parquet.metadata.row_group(0).column(n).compression for n in range(len(TABLES["raw/readings"]))} == {"ZSTD"}
    assert parquet.schema_arrow.field("ts").type == pa.timestamp("us", tz="UTC")


def test_merging_sorts_by_meter_and_time_and_keeps_rows_that_are_alike_once() -> None:
    lake = S3Lake(BUCKET)
    rows = [("M2", 20.0), ("M1", 10.0), ("M1", 30.0)]
    write(lake, "a", rows)
    write(lake, "b", [*rows[:2], ("M1", 20.0)])
    assert lake.merge("raw/readings", ["a", "b"], "c") == 4
    found = contents("c").to_pylist()
    assert [(row["meter"], row["ts"].timestamp()) for row in found] == [
        ("M1", 10.0), ("M1", 20.0), ("M1", 30.0), ("M2", 20.0),
    ]  # fmt: skip
    assert {file.key for file in lake.files("")} == {"a", "b", "c"}


def test_readings_alike_that_came_in_two_records_are_two_rows() -> None:
    lake = S3Lake(BUCKET)
    write(lake, "a", [("M1", 10.0)], record_id="1")
    write(lake, "b", [("M1", 10.0)], record_id="2")
    assert lake.merge("raw/readings", ["a", "b"], "c") == 2


def test_a_file_from_before_a_column_was_added_is_merged_with_those_after() -> None:
    lake = S3Lake(BUCKET)
    write(lake, "new", [("M1", 10.0)])
    old = io.BytesIO()
    pq.write_table(contents("new").drop_columns(["power_factor"]), old)
    boto3.client("s3").put_object(Bucket=BUCKET, Key="old", Body=old.getvalue())
    lake.merge("raw/readings", ["old", "new"], "both")
    assert sorted((row["power_factor"] for row in contents("both").to_pylist()), key=str) == [0.0, None]


@pytest.mark.parametrize("body", [b"", b"PAR1 and no more", b"kwh,ts\n1,2\n"], ids=["empty", "cut", "another format"])
def test_a_file_that_holds_no_rows_is_named_and_nothing_is_written(body: bytes) -> None:
    lake = S3Lake(BUCKET)
    write(lake, "good", [("M1", 10.0)])
    boto3.client("s3").put_object(Bucket=BUCKET, Key="bad", Body=body)
    with pytest.raises(UnreadableFileError) as unreadable:
        lake.merge("raw/readings", ["good", "bad"], "both")
    assert unreadable.value.key == "bad"
    assert unreadable.value.reason
    assert {file.key for file in lake.files("")} == {"good", "bad"}


def test_a_file_whose_columns_are_of_another_type_is_named() -> None:
    lake = S3Lake(BUCKET)
    odd = io.BytesIO()
    pq.write_table(pa.table({"meter": ["M1"], "ts": ["yesterday"]}), odd)
    boto3.client("s3").put_object(Bucket=BUCKET, Key="odd", Body=odd.getvalue())
    with pytest.raises(UnreadableFileError):
        lake.merge("raw/readings", ["odd"], "both")


def test_a_file_that_is_moved_keeps_every_byte() -> None:
    lake = S3Lake(BUCKET)
    boto3.client("s3").put_object(Bucket=BUCKET, Key="here", Body=b"\x00\xff")
    lake.move("here", "there")
    assert [(file.key, file.size) for file in lake.files("")] == [("there", 2)]
    assert boto3.client("s3").get_object(Bucket=BUCKET, Key="there")["Body"].read() == b"\x00\xff"


def test_decimals_dates_and_nothing_keep_what_they_are() -> None:
    columns: dict[str, Any] = {name: [None, 1] for name in TABLES["processed/readings_daily"]}
    columns |= {"meter": ["M1", "M1"], "day": [date(2026, 1, 1), None], "kwh": [Decimal("12.3400"), None]}
    table = as_table("processed/readings_daily", columns)
    assert table["kwh"].type == pa.decimal128(14, 4)
    assert table["kwh"].to_pylist() == [Decimal("12.3400"), None]
    assert table["day"].to_pylist() == [date(2026, 1, 1), None]
    assert table["measured_s"].to_pylist() == [None, 1.0]


def test_the_lakes_features_are_the_detectors() -> None:
    assert list(TABLES["processed/features"]) == ["meter_id", "ts", *FEATURES]
    assert {kind for name, kind in TABLES["processed/features"].items() if name in FEATURES} == {"float"}


def test_texts_come_back_and_missing_ones_are_none() -> None:
    lake = S3Lake(BUCKET)
    lake.write_text("note", "ä")
    assert lake.read_text("note") == "ä"
    assert lake.read_text("nothing") is None


def test_more_files_are_deleted_than_fit_into_one_call() -> None:
    lake = S3Lake(BUCKET)
    keys = [f"raw/{n:04}" for n in range(1001)]
    for key in keys:
        lake.write_text(key, "")
    lake.delete(keys)
    assert lake.files("raw/") == []


def test_a_lake_that_is_away_is_unavailable() -> None:
    lake = S3Lake("elsewhere")
    with pytest.raises(UnavailableError):
        lake.files("")
    with pytest.raises(UnavailableError):
        archive([record(1, encode(KINDS[0]))], lake)
    with pytest.raises(UnavailableError):
        lake.merge("raw/readings", ["gone"], "c")


def write(lake: S3Lake, key: str, rows: list[tuple[str, float]], record_id: str = "1") -> None:
    columns: dict[str, Any] = {
        name: [0] * len(rows) if kind != "string" else ["x"] * len(rows)
        for name, kind in TABLES["raw/readings"].items()
    }
    columns |= {
        "meter": [row[0] for row in rows],
        "ts": [row[1] for row in rows],
        "record_id": [record_id] * len(rows),
        "voltage": [None] * len(rows),
    }
    lake.write(key, "raw/readings", columns)
