"""The laptop's side of the lake, as far as it needs no running system."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.lake import files, moment, views
from local.lake.moment import Streams
from local.lake.progress import Step
from tests.fakes.lake_folder import FolderLake
from tests.unit.usecases.test_archive import readings, record
from tools.cloud import State
from wattwarden.contracts.lake import REGISTRY, TABLES
from wattwarden.contracts.telemetry import encode
from wattwarden.usecases.lake.archive import archive


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def told() -> list[Step]:
    return []


@pytest.mark.usefixtures("aws")
def test_the_copy_holds_what_the_lake_holds_and_nothing_else(tmp_path: Path, told: list[Step]) -> None:
    folder = tmp_path / "lake"
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="lake")
    for key, body in {"raw/a": b"1", "raw/b/c": b"2", "processed/d": b"3", "athena/answer": b"4"}.items():
        client.put_object(Bucket="lake", Key=key, Body=body)
    assert files.copy(client, "lake", folder, told.append) == 3
    assert [(step.left, step.of) for step in told] == [(3, 3)]
    client.put_object(Bucket="lake", Key="raw/a", Body=b"other")
    client.delete_object(Bucket="lake", Key="raw/b/c")
    assert files.copy(client, "lake", folder) == 2
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {"raw/a": b"other", "processed/d": b"3"}


def test_every_table_can_be_asked_before_there_is_a_file(tmp_path: Path) -> None:
    with views.connect(tmp_path) as database:
        for table, columns in TABLES.items():
            name = table.removeprefix("registry/") if table.startswith("registry/") else views.name_of(table)
            answer = database.sql(f"SELECT * FROM {name}")
            assert answer.columns[: len(columns)] == list(columns)
            assert answer.fetchall() == []


def test_rows_archived_twice_are_seen_once(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    records = [record(n, encode(readings())) for n in range(3)]
    archive(records, lake)
    archive(records[1:], lake)
    assert len(lake.files("raw/readings/")) == 2
    with views.connect(tmp_path) as database:
        assert database.sql("SELECT count(*) FROM raw_readings").fetchall() == [(6,)]


def test_the_registry_is_that_of_the_last_snapshot(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    for day, name in (("2026-01-02", "new"), ("2026-01-01", "old")):
        for table in REGISTRY:
            types = TABLES[f"registry/{table}"]
            values: dict[str, Any] = {column: [None] for column in types}
            if table == "rooms":
                values["name"] = [name]
            lake.write(f"raw/registry/dt={day}/{table}.parquet", f"registry/{table}", values)
    with views.connect(tmp_path) as database:
        assert database.sql("SELECT name FROM rooms").fetchall() == [("new",)]


@pytest.mark.usefixtures("aws")
def test_a_reader_is_at_the_end_when_nothing_follows_its_place(tmp_path: Path) -> None:
    kinesis = boto3.client("kinesis", region_name="us-east-1")
    kinesis.create_stream(StreamName="live", ShardCount=1)
    state = State(tmp_path, 9399)
    streams = Streams(state, kinesis, ["live"])
    (shard,) = streams.places("score")
    assert streams.at_the_end(streams.places("score")), "an empty stream has been read"
    before = datetime.now(UTC) - timedelta(seconds=1)
    number = kinesis.put_record(StreamName="live", PartitionKey="1", Data=b"x")["SequenceNumber"]
    assert not streams.at_the_end(streams.places("score"))
    arrived = streams.oldest(streams.places("score"))
    assert arrived is not None
    assert before <= arrived <= datetime.now(UTC)
    state.checkpoints.write_text(json.dumps({f"live>score/{shard.partition('/')[2]}": number}))
    assert streams.places("score") == {shard: number}
    assert streams.at_the_end(streams.places("score"))
    assert not streams.at_the_end(streams.places("archive"))


class Places(Streams):
    """The archive goes on by a record each time it is looked at."""

    at = 8

    def places(self, function: str) -> dict[str, str | None]:
        assert function == "archive"
        Places.at += 1
        return {"live/0": str(Places.at), "live/1": None}

    def oldest(self, places: dict[str, str | None]) -> datetime:
        assert list(places) == ["live/0"] or list(places) == ["live/1"], "only of shards that are behind"
        return datetime.now(UTC) - timedelta(seconds=100 - int(places.get("live/0") or 0))


def test_the_archive_is_waited_for_until_it_has_come_as_far(
    tmp_path: Path, told: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "POLL_S", 0.001)
    monkeypatch.setattr(Places, "at", 8)
    places = Places(State(tmp_path, 9399), None, ())  # type: ignore[arg-type] # it asks nobody
    moment.wait_for(places, "archive", {"live/0": "12"}, patience_s=5, tell=told.append)
    assert Places.at == 12
    assert [str(step) for step in told] == [
        f"waiting for archive to read the streams: {left} s behind; 1 of 1 shards" for left in (91, 90, 89)
    ]
    with pytest.raises(moment.NeverStillError):
        moment.wait_for(places, "archive", {"live/1": "1"}, patience_s=0.01)
