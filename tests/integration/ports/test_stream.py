"""`ports.stream`: what is put on the streams and on the bus is there, and a refusal is told."""

from uuid import UUID

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.fakes.telemetry import FakeBus, FakeStream
from tests.integration.hostel import at
from wattwarden.adapters.eventbridge import EventBridgeBus
from wattwarden.adapters.kinesis import KinesisStream
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import Batch, OccupancyBatch, decode
from wattwarden.domain.errors import BusyError, UnavailableError
from wattwarden.ports.stream import EventBus, Lane, TelemetryStream

VERIFIES = [FakeStream, FakeBus]

NAMES = {Lane.LIVE: "telemetry", Lane.BACKFILL: "backfill"}
FULL = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "no"}}, "PutRecords")


@pytest.fixture
def stream(kind: str, request: pytest.FixtureRequest) -> TelemetryStream:
    if kind == "fake":
        return FakeStream()
    request.getfixturevalue("aws")
    for name in NAMES.values():
        boto3.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    return KinesisStream(*NAMES.values(), patience_s=0.1)


def batch(room: str) -> OccupancyBatch:
    return OccupancyBatch(hostel_id=1, source="gateway:3", received_at=1.0, room=[room], ts=[2.0], count=[3])


def on(stream: TelemetryStream, lane: Lane) -> list[Batch]:
    if isinstance(stream, FakeStream):
        return [one for (_, one), where in zip(stream.batches, stream.lanes, strict=True) if where is lane]
    client = boto3.client("kinesis")
    [shard] = client.list_shards(StreamName=NAMES[lane])["Shards"]
    start = {"StreamName": NAMES[lane], "ShardId": shard["ShardId"]}
    iterator = client.get_shard_iterator(ShardIteratorType="TRIM_HORIZON", **start)["ShardIterator"]
    return [decode(record["Data"]) for record in client.get_records(ShardIterator=iterator)["Records"]]


def refusing(stream: TelemetryStream, monkeypatch: pytest.MonkeyPatch, error: ClientError) -> None:
    def refuse(**_: object) -> None:
        raise error

    if isinstance(stream, FakeStream):
        stream.busy, stream.broken = error is FULL, error is not FULL
    elif isinstance(stream, KinesisStream):
        monkeypatch.setattr(stream._client, "put_records", refuse)


def test_batches_are_on_their_lane_as_they_were_put(stream: TelemetryStream) -> None:
    stream.put([("1:0", batch("A")), ("1:1", batch("B"))])
    stream.put([("1:0", batch("C"))], Lane.BACKFILL)
    stream.put([])
    assert on(stream, Lane.LIVE) == [batch("A"), batch("B")]
    assert on(stream, Lane.BACKFILL) == [batch("C")]


def test_a_stream_that_is_full_is_busy_and_one_that_is_ill_is_unavailable(
    stream: TelemetryStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(stream, monkeypatch, FULL)
    with pytest.raises(BusyError):
        stream.put([("1:0", batch("A"))])
    refusing(stream, monkeypatch, ClientError({"Error": {"Code": "InternalFailure", "Message": "no"}}, "PutRecords"))
    with pytest.raises(UnavailableError) as failure:
        stream.put([("1:0", batch("A"))])
    assert not isinstance(failure.value, BusyError)
    assert on(stream, Lane.LIVE) == []


@pytest.fixture
def bus(kind: str, request: pytest.FixtureRequest) -> EventBus:
    if kind == "fake":
        return FakeBus()
    request.getfixturevalue("aws")
    boto3.client("events").create_event_bus(Name="wattwarden-test")
    return EventBridgeBus("wattwarden-test")


def test_the_bus_says_of_each_event_whether_it_took_it(bus: EventBus, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [
        IncidentsOpened(outbox_id=UUID(int=n), hostel_id=1, incident_ids=[UUID(int=n)], detected_at=at("2026-07-01"))
        for n in range(12)
    ]
    assert bus.publish(events) == [True] * 12
    assert bus.publish([]) == []

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "InternalFailure", "Message": "no"}}, "PutEvents")

    if isinstance(bus, FakeBus):
        bus.broken = True
    elif isinstance(bus, EventBridgeBus):
        monkeypatch.setattr(bus._client, "put_events", refuse)
    assert bus.publish(events) == [False] * 12
