"""AWS adapters against moto: what is really written, and what a refusal becomes."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from wattwarden.adapters import kinesis as kinesis_adapter
from wattwarden.adapters.asset_registry_copies import S3AssetRegistryCopies
from wattwarden.adapters.datasets import SCHEMA, S3Datasets
from wattwarden.adapters.kinesis import KinesisStream
from wattwarden.contracts.asset_registry_copy import AssetRegistryCopy, HostelCopy
from wattwarden.contracts.telemetry import OccupancyBatch
from wattwarden.domain.errors import BusyError, UnavailableError
from wattwarden.domain.people import Gateway


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


BATCH = OccupancyBatch(hostel_id=1, source="gateway:3", received_at=1.0, room=["A1"], ts=[2.0], count=[3])


def everything_in(stream: str) -> list[bytes]:
    client = boto3.client("kinesis")
    shards = client.list_shards(StreamName=stream)["Shards"]
    found: list[bytes] = []
    for shard in shards:
        iterator = client.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += [r["Data"] for r in client.get_records(ShardIterator=iterator)["Records"]]
    return found


def test_records_that_the_stream_refuses_are_sent_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("kinesis").create_stream(StreamName="telemetry", ShardCount=1)
    stream = KinesisStream("telemetry", "backfill")
    put_records = stream._client.put_records
    calls: list[int] = []

    def throttle_first(**request: Any) -> Any:
        calls.append(len(request["Records"]))
        if len(calls) == 1:
            request["Records"] = request["Records"][:1]
            answer = put_records(**request)
            return {"FailedRecordCount": 1, "Records": [*answer["Records"], {"ErrorCode": "ThrottledException"}]}
        return put_records(**request)

    monkeypatch.setattr(stream._client, "put_records", throttle_first)
    stream.put([("1:0", BATCH), ("1:1", BATCH)])
    assert calls == [2, 1]
    assert len(everything_in("telemetry")) == 2


def test_a_stream_that_stays_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = KinesisStream("telemetry", "backfill")

    def away(**_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://kinesis")

    monkeypatch.setattr(stream._client, "put_records", away)
    with pytest.raises(UnavailableError) as failure:
        stream.put([("1:0", BATCH)])
    assert not isinstance(failure.value, BusyError)
    assert kinesis_adapter.MAX_RECORDS == 500


FULL, ILL = "ProvisionedThroughputExceededException", "InternalFailure"


@pytest.mark.parametrize(("code", "busy"), [(FULL, True), (ILL, False)])
def test_a_stream_that_keeps_refusing_records_is_busy_when_it_is_full(
    monkeypatch: pytest.MonkeyPatch, code: str, *, busy: bool
) -> None:
    stream = KinesisStream("telemetry", "backfill", patience_s=0.1)
    refusal = {"FailedRecordCount": 1, "Records": [{"ErrorCode": code, "ErrorMessage": "no"}]}
    monkeypatch.setattr(stream._client, "put_records", lambda **_: refusal)
    with pytest.raises(UnavailableError) as failure:
        stream.put([("1:0", BATCH)])
    assert isinstance(failure.value, BusyError) is busy


@pytest.mark.parametrize(
    ("code", "busy"), [(FULL, True), ("LimitExceededException", True), ("ResourceNotFoundException", False)]
)
def test_a_call_that_is_refused_whole_is_busy_when_the_stream_is_full(
    monkeypatch: pytest.MonkeyPatch, code: str, *, busy: bool
) -> None:
    stream = KinesisStream("telemetry", "backfill", patience_s=0.1)

    def refuse(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutRecords")

    monkeypatch.setattr(stream._client, "put_records", refuse)
    with pytest.raises(UnavailableError) as failure:
        stream.put([("1:0", BATCH)])
    assert isinstance(failure.value, BusyError) is busy


def test_a_dataset_is_parquet_in_the_detectors_schema() -> None:
    boto3.client("s3").create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    chunk = {name: [None] for name in SCHEMA.names} | {"ts": [1.0], "kwh": [0.5], "meter": ["A"], "hostel": ["h"]}
    uri, rows = S3Datasets("models").write("ml/datasets/run/", iter([chunk, chunk]))
    assert (uri, rows) == ("s3://models/ml/datasets/run/", 2)
    body = boto3.client("s3").get_object(Bucket="models", Key="ml/datasets/run/history.parquet")["Body"].read()
    table = pq.read_table(io.BytesIO(body))
    assert table.schema.equals(SCHEMA)
    assert table.column("kwh").to_pylist() == [0.5, 0.5]


def test_the_registrys_copy_is_read_as_it_was_saved() -> None:
    boto3.client("s3").create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    copies = S3AssetRegistryCopies("files")
    assert copies.latest() is None
    copy = AssetRegistryCopy(
        taken_at=datetime(2026, 3, 1, tzinfo=UTC),
        gateways={"key-1": Gateway(3, 1, "north")},
        hostels={1: HostelCopy(meters=frozenset({"M1", "M2"}), rooms=frozenset({"A1"}))},
    )
    copies.save(copy)
    assert S3AssetRegistryCopies("files").latest() == copy
    with pytest.raises(UnavailableError):
        S3AssetRegistryCopies("elsewhere").save(copy)
