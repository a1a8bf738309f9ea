"""`ports.lake`: files of rows by key, and what the database says of its days."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.fakes.lake import FakeLake, FakeSource
from tests.fakes.lake_folder import FolderLake
from tests.integration.hostel import Hostel, at, readings
from wattwarden.adapters.lake import S3Lake
from wattwarden.adapters.postgres.telemetry.lake_exports import PostgresLakeSource
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.lake import REGISTRY, TABLES
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.lake import Lake, LakeSource, UnreadableFileError
from wattwarden.ports.scoring import Effects

VERIFIES = [FakeLake, FolderLake, FakeSource]
NOON = at("2026-07-01T12:00")
DAY = NOON.date()
TABLE, HOURLY = "raw/readings", "processed/readings_hourly"


@pytest.fixture(params=["fake", "folder", "real"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    if request.param == "fake":
        return FakeLake()
    if request.param == "folder":
        return FolderLake(tmp_path)
    request.getfixturevalue("aws")
    return S3Lake("bucket")


def rows(*keys: tuple[str, float], record_id: str = "1") -> dict[str, Any]:
    """Columns of (meter, time)."""
    values = {"string": "x", "timestamp": 0.0}
    columns = {name: [values.get(kind, 0)] * len(keys) for name, kind in TABLES[TABLE].items()}
    named = {"meter": [meter for meter, _ in keys], "ts": [ts for _, ts in keys]}
    return columns | named | {"record_id": [record_id] * len(keys)}


def keys(lake: Lake, prefix: str = "") -> list[str]:
    return [file.key for file in lake.files(prefix)]


def test_files_are_listed_by_key_under_a_prefix_and_go_when_they_are_deleted(lake: Lake) -> None:
    for key in ("b/2", "a/1", "b/1"):
        lake.write(key, TABLE, rows(("M1", 10.0)))
    lake.write_text("b/note", "ä")
    assert keys(lake) == ["a/1", "b/1", "b/2", "b/note"]
    assert all(file.size > 0 for file in lake.files("b/"))
    lake.delete(["b/1", "b/note", "b/never"])
    assert keys(lake, "b/") == ["b/2"]
    assert lake.read_text("b/note") is None


def test_a_text_takes_the_place_of_the_one_before(lake: Lake) -> None:
    assert lake.read_text("note") is None
    for text in ("one", "ä"):
        lake.write_text("note", text)
    assert lake.read_text("note") == "ä"


def test_merging_keeps_rows_that_are_alike_once_and_the_files_as_they_were(lake: Lake) -> None:
    lake.write("a", TABLE, rows(("M2", 20.0), ("M1", 10.0), ("M1", 30.0)))
    lake.write("b", TABLE, rows(("M2", 20.0), ("M1", 10.0), ("M1", 20.0)))
    lake.write("c", TABLE, rows(("M1", 10.0), record_id="2"))
    assert lake.merge(TABLE, ["a", "b", "c"], "d") == 5
    assert lake.merge(TABLE, ["d", "a"], "e") == 5
    lake.write("a", TABLE, rows(("M1", 10.0)))
    assert lake.merge(TABLE, ["a"], "f") == 1
    assert keys(lake) == ["a", "b", "c", "d", "e", "f"]


def test_a_file_that_is_gone_or_holds_no_rows_is_told_and_may_be_moved(lake: Lake) -> None:
    lake.write("good", TABLE, rows(("M1", 10.0)))
    with pytest.raises(UnavailableError):
        lake.merge(TABLE, ["good", "gone"], "into")
    if isinstance(lake, FakeLake):
        lake.write("bad", TABLE, rows(("M1", 10.0)))
        lake.unreadable.add("bad")
    else:
        lake.write_text("bad", "no rows")
    with pytest.raises(UnreadableFileError) as failure:
        lake.merge(TABLE, ["good", "bad"], "into")
    assert failure.value.key == "bad"
    lake.move("bad", "aside/bad")
    assert keys(lake) == ["aside/bad", "good"]


@pytest.fixture
def source(kind: str, request: pytest.FixtureRequest) -> LakeSource:
    """Of a database that holds something of one day's hours."""
    if kind == "fake":
        return FakeSource({HOURLY: {DAY: 1.0}})
    hostel: Hostel = request.getfixturevalue("hostel")
    PostgresTelemetry(request.getfixturevalue("engine")).commit(
        Effects(readings([(hostel.meters[0], NOON.timestamp(), 0.5)]))
    )
    return PostgresLakeSource(request.getfixturevalue("engine"))


def test_a_day_has_a_digest_and_rows_in_all_columns_of_its_table(source: LakeSource) -> None:
    [group] = source.groups()
    other = DAY - timedelta(days=1)
    assert set(source.digests(HOURLY, group)) == {DAY}
    assert source.digests(HOURLY, group) == source.digests(HOURLY, group)
    found = source.rows(HOURLY, group, [other, DAY])
    assert set(found) == {DAY}
    assert set(found[DAY]) == set(TABLES[HOURLY])
    assert {len(values) for values in found[DAY].values()} == {1}
    for name in REGISTRY:
        assert set(source.registry(name)) == set(TABLES[f"registry/{name}"])


def test_of_no_meters_there_are_no_facts(source: LakeSource) -> None:
    assert len(source.facts([], NOON.timestamp()).ts) == 0
    assert source.exogenous([], [], NOON.timestamp(), NOON.timestamp()).occupancy == {}


def test_checkpoints_are_of_meters_that_said_something(source: LakeSource) -> None:
    [group] = source.groups()
    assert len(source.checkpoints(group, NOON.timestamp())) <= 1


def test_a_bucket_that_is_not_there_is_unavailable(aws: None) -> None:
    assert aws is None
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["bucket"]
    with pytest.raises(UnavailableError):
        S3Lake("elsewhere").files("")
