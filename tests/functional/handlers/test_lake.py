"""The lake's two functions, as Kinesis and the schedule call them."""

import base64
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.fakes.lake import FakeSource
from wattwarden.adapters.lake import S3Lake
from wattwarden.contracts.telemetry import OccupancyBatch, encode
from wattwarden.runtime.wiring import wiring

EVENT = json.loads(Path("events/aws/kinesis.json").read_text(encoding="utf-8"))
BATCH = OccupancyBatch(hostel_id=1, source="gateway:3", received_at=1_767_268_800.0, room=["A1"], ts=[2.0], count=[3])


class Context:
    function_name = "compact_lake"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:lake"
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Lake]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="lake")
        lake = S3Lake("lake")
        with wiring.use(lake=lake, lake_source=FakeSource()):
            yield lake


Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@pytest.fixture
def archive(lake: S3Lake) -> Handler:
    assert wiring.lake is lake
    handler: Handler = import_module("functions.archive_telemetry.handler").handler
    return handler


def event(*payloads: bytes) -> dict[str, Any]:
    (sample,) = EVENT["Records"][:1]
    records = []
    for n, data in enumerate(payloads):
        kinesis = {**sample["kinesis"], "sequenceNumber": f"{n:04}", "data": base64.b64encode(data).decode()}
        records.append({**sample, "kinesis": kinesis, "eventID": f"shardId-000000000000:{n:04}"})
    return {"Records": records}


def test_a_batch_lies_in_the_lake_under_the_names_of_its_stream_shard_and_records(
    archive: Handler, lake: S3Lake
) -> None:
    assert archive(event(encode(BATCH), encode(BATCH)), Context()) == {"rows": 2, "undecodable": 0}
    (file,) = lake.files("raw/")
    stream = EVENT["Records"][0]["eventSourceARN"].rpartition("/")[2]
    assert file.key == f"raw/occupancy/dt=2026-01-01/{stream}-shardId-000000000000-0000-0001.parquet"


def test_poison_is_kept_and_reported_and_nothing_is_sent_back_to_the_shard(archive: Handler, lake: S3Lake) -> None:
    assert archive(event(b"noise", encode(BATCH)), Context()) == {"rows": 1, "undecodable": 1}
    assert len(lake.files("raw/undecodable/")) == 1


def test_the_nightly_run_merges_and_tells_what_it_did(archive: Handler, lake: S3Lake) -> None:
    module = import_module("functions.compact_lake.handler")
    archive(event(encode(BATCH)), Context())
    archive(event(encode(BATCH), encode(BATCH)), Context())
    answer = module.handler({}, Context())
    assert (answer["merged"], answer["finished"]) == (2, True)
    assert len(lake.files("raw/occupancy/")) == 1
    assert len(lake.files("raw/registry/")) == 6


def test_a_file_that_was_set_aside_is_counted(
    archive: Handler, lake: S3Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module("functions.compact_lake.handler")
    archive(event(encode(BATCH)), Context())
    archive(event(encode(BATCH), encode(BATCH)), Context())
    (bad, _) = lake.files("raw/occupancy/")
    boto3.client("s3").put_object(Bucket="lake", Key=bad.key, Body=b"noise")
    assert module.handler({}, Context())["unreadable"] == [bad.key]
    assert '"LakeFilesUnreadable":[1.0]' in capsys.readouterr().out
    assert [file.key.rpartition(".")[2] for file in lake.files("raw/unreadable/occupancy/")] == ["parquet", "json"]
