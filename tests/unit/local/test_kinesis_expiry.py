"""Kinesis without work that grows: places are found as MiniStack finds them, and expiry comes around."""

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import kinesis

from local import aws
from local.emulator.kinesis_expiry import EVERY_SECONDS, Seldom, halving
from tools.cloud import State

linear = kinesis._start_position
numbers = st.integers(0, 30).map(lambda number: f"{number:030d}")


@given(
    records=st.lists(numbers, unique=True).map(sorted),
    kind=st.sampled_from(["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "NO_SUCH"]),
    number=numbers,
)
def test_a_place_is_where_ministack_finds_it(records: list[str], kind: str, number: str) -> None:
    held = [{"SequenceNumber": record} for record in records]
    assert halving(linear)(held, kind, number, None) == linear(held, kind, number, None)


def test_it_comes_around_for_each_key() -> None:
    now = 0.0
    seldom = Seldom(clock=lambda: now)
    assert [seldom.is_due("a"), seldom.is_due("a"), seldom.is_due("b")] == [True, False, True]
    now += EVERY_SECONDS
    assert seldom.is_due("a")


@pytest.mark.integration
def test_reading_goes_on_after_a_record(emulator: State) -> None:
    client = aws.client("kinesis", emulator.aws_endpoint_url)
    client.create_stream(StreamName="told", ShardCount=1)
    client.get_waiter("stream_exists").wait(StreamName="told")
    put = [client.put_record(StreamName="told", Data=str(n).encode(), PartitionKey="k") for n in range(5)]
    place = client.get_shard_iterator(
        StreamName="told",
        ShardId=put[0]["ShardId"],
        ShardIteratorType="AFTER_SEQUENCE_NUMBER",
        StartingSequenceNumber=put[1]["SequenceNumber"],
    )
    read = client.get_records(ShardIterator=place["ShardIterator"])
    assert [record["Data"] for record in read["Records"]] == [b"2", b"3", b"4"]
    with pytest.raises(ClientError, match="ExpiredIterator"):
        client.get_records(ShardIterator="of nobody")
