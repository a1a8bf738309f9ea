"""AWS's event source mapping semantics, with a clock and a function of our own: no test sleeps."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from local.streams.batching import Batcher
from local.streams.checkpoints import Checkpoints, Progress
from local.streams.delivery import Delivery, Outcome
from local.streams.lag import lags
from local.streams.mapping import Record, StreamMapping

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEAD_LETTERS = "arn:aws:sqs:us-east-1:000000000000:dead"


def mapping(**changes: Any) -> StreamMapping:
    return StreamMapping(
        function_arn="arn:aws:lambda:us-east-1:000000000000:function:score",
        stream_arn="arn:aws:kinesis:us-east-1:000000000000:stream/telemetry",
        starting_position="TRIM_HORIZON",
        failure_destination=DEAD_LETTERS,
        **changes,
    )


def records(count: int, *, size: int = 10, arrived: datetime = NOON) -> list[Record]:
    return [Record("shardId-0", f"{number:030d}", f"meter-{number}", b"x" * size, arrived) for number in range(count)]


def numbers(batch: Sequence[Record]) -> list[int]:
    return [record.order for record in batch]


class Bench:
    """A function that fails as told, and what became of the records."""

    def __init__(self, fails: Callable[[list[int]], Outcome | None]) -> None:
        self._fails = fails
        self.calls: list[list[int]] = []
        self.done: list[int] = []
        self.dead: list[dict[str, Any]] = []
        self.pauses: list[float] = []
        self.now = NOON

    def deliver(self, rules: StreamMapping, batch: Sequence[Record]) -> None:
        Delivery(
            rules,
            invoke=self._invoke,
            give_up=self.dead.append,
            pause=self.pauses.append,
            now=lambda: self.now,
        ).deliver(batch, lambda done: self.done.extend(numbers(done)))

    def _invoke(self, batch: Sequence[Record]) -> Outcome:
        self.calls.append(numbers(batch))
        return self._fails(numbers(batch)) or Outcome()


def poison(*bad: int) -> Callable[[list[int]], Outcome | None]:
    return lambda batch: Outcome(error="Unhandled") if set(bad) & set(batch) else None


def reporting(*bad: int) -> Callable[[list[int]], Outcome | None]:
    return lambda batch: Outcome(
        response={"batchItemFailures": [{"itemIdentifier": f"{n:030d}"} for n in batch if n in bad]}
    )


def test_a_batch_that_succeeds_is_done_with_one_call() -> None:
    bench = Bench(poison())
    bench.deliver(mapping(), records(3))
    assert (bench.calls, bench.done, bench.pauses) == ([[0, 1, 2]], [0, 1, 2], [])


def test_without_bisecting_the_whole_batch_is_retried_and_then_given_up() -> None:
    bench = Bench(poison(1))
    bench.deliver(mapping(maximum_retry_attempts=2), records(3))
    assert bench.calls == [[0, 1, 2]] * 3
    assert bench.done == [0, 1, 2]
    assert bench.dead[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert bench.dead[0]["KinesisBatchInfo"]["batchSize"] == 3


def test_bisecting_isolates_the_poison_and_splits_do_not_count_as_attempts() -> None:
    bench = Bench(poison(2))
    bench.deliver(mapping(maximum_retry_attempts=1, bisects=True), records(4))
    assert bench.calls == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [2], [3]]
    assert bench.done == [0, 1, 2, 3]
    assert [dead["KinesisBatchInfo"]["startSequenceNumber"] for dead in bench.dead] == [f"{2:030d}"]


def test_the_failure_document_is_the_one_aws_sends() -> None:
    bench = Bench(poison(0))
    bench.deliver(mapping(maximum_retry_attempts=0), records(1))
    (document,) = bench.dead
    document["requestContext"].pop("requestId")
    assert document == {
        "requestContext": {
            "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:score",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-0",
            "startSequenceNumber": f"{0:030d}",
            "endSequenceNumber": f"{0:030d}",
            "approximateArrivalOfFirstRecord": "2026-03-01T12:00:00.000Z",
            "approximateArrivalOfLastRecord": "2026-03-01T12:00:00.000Z",
            "batchSize": 1,
            "streamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/telemetry",
        },
    }


def test_item_failures_are_retried_from_the_lowest_and_what_is_before_it_is_done() -> None:
    attempts = iter([reporting(3, 1), reporting()])
    bench = Bench(lambda batch: next(attempts)(batch))  # noqa: PLW0108 - another attempt each call
    bench.deliver(mapping(reports_item_failures=True), records(4))
    assert bench.calls == [[0, 1, 2, 3], [1, 2, 3]]
    assert bench.done == [0, 1, 2, 3]


def test_a_reported_poison_is_given_up_alone_when_bisecting() -> None:
    bench = Bench(reporting(1))
    bench.deliver(mapping(reports_item_failures=True, bisects=True, maximum_retry_attempts=1), records(4))
    assert bench.done == [0, 1, 2, 3]
    assert [dead["KinesisBatchInfo"]["batchSize"] for dead in bench.dead] == [1]


@pytest.mark.parametrize(
    "response",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"wrong": "key"}]},
        {"batchItemFailures": [{"itemIdentifier": "of another batch"}]},
    ],
)
def test_an_unreadable_report_is_a_failure_of_the_whole_batch(response: dict[str, Any]) -> None:
    bench = Bench(lambda _: Outcome(response=response))
    bench.deliver(mapping(reports_item_failures=True, maximum_retry_attempts=1), records(2))
    assert bench.calls == [[0, 1]] * 2


@pytest.mark.parametrize("response", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, "ok"])
def test_an_empty_report_is_success(response: object) -> None:
    bench = Bench(lambda _: Outcome(response=response))
    bench.deliver(mapping(reports_item_failures=True), records(2))
    assert (bench.calls, bench.done) == ([[0, 1]], [0, 1])


def test_a_report_is_ignored_unless_the_mapping_asks_for_it() -> None:
    bench = Bench(reporting(0))
    bench.deliver(mapping(), records(2))
    assert bench.done == [0, 1]


def test_records_that_are_too_old_go_to_the_failure_destination_without_a_call() -> None:
    bench = Bench(poison())
    old = records(2, arrived=NOON - timedelta(minutes=5))
    young = [Record("shardId-0", f"{9:030d}", "meter-9", b"", NOON)]
    bench.deliver(mapping(maximum_record_age=60), old + young)
    assert bench.calls == [[9]]
    assert [dead["requestContext"]["condition"] for dead in bench.dead] == ["RecordAgeExceeded"]
    assert bench.done == [0, 1, 9]


def test_a_batch_that_ages_while_it_is_retried_expires() -> None:
    bench = Bench(poison(0))
    bench.pauses = _Ageing(bench)
    bench.deliver(mapping(maximum_record_age=60), records(1))
    assert len(bench.calls) == 3
    assert bench.dead[0]["requestContext"]["condition"] == "RecordAgeExceeded"


class _Ageing(list[float]):
    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench

    def append(self, pause: float) -> None:
        super().append(pause)
        self._bench.now += timedelta(seconds=25)


def test_a_function_that_cannot_be_reached_is_tried_again_without_counting() -> None:
    attempts = iter([Outcome(unreached=True)] * 6 + [Outcome()])
    bench = Bench(lambda _: next(attempts))
    bench.deliver(mapping(maximum_retry_attempts=1, bisects=True), records(2))
    assert bench.calls == [[0, 1]] * 7
    assert (bench.dead, bench.done) == ([], [0, 1])


def test_pauses_between_attempts_grow_up_to_a_limit() -> None:
    bench = Bench(poison(0))
    bench.deliver(mapping(maximum_retry_attempts=8), records(1))
    assert bench.pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5, 5]


def test_an_outage_is_waited_out_however_long_it_takes() -> None:
    attempts = chain(repeat(reporting(0), 500), repeat(reporting()))
    bench = Bench(lambda batch: next(attempts)(batch))  # noqa: PLW0108 - another attempt each call
    bench.deliver(mapping(reports_item_failures=True, bisects=True), records(64))
    assert (bench.done, bench.dead) == (list(range(64)), [])
    assert max(bench.pauses) == 5
    assert len(bench.calls) == 500 + 7  # halved six times: that many calls more when it is over


def test_without_a_failure_destination_a_poison_is_dropped() -> None:
    bench = Bench(poison(0))
    rules = StreamMapping("f:a:b:c:d:e:f", "s:a:b:c/s", "LATEST", maximum_retry_attempts=0)
    bench.deliver(rules, records(1))
    assert (bench.dead, bench.done) == ([], [0])


class Lane:
    """Records that come at set times; taking moves the clock."""

    def __init__(self, arrivals: list[tuple[float, Record]]) -> None:
        self._arrivals = arrivals
        self.clock = 0.0

    def take(self, seconds: float | None) -> Record | None:
        if not self._arrivals or (seconds is not None and self._arrivals[0][0] > self.clock + seconds):
            self.clock += seconds or 0
            return None
        at, record = self._arrivals.pop(0)
        self.clock = max(self.clock, at)
        return record


def batches(rules: StreamMapping, arrivals: list[tuple[float, Record]]) -> list[list[int]]:
    lane = Lane(arrivals)
    batcher = Batcher(rules, take=lane.take, clock=lambda: lane.clock)
    return [numbers(batch) for batch in iter(batcher.next_batch, [])]


def test_a_batch_is_cut_at_its_size() -> None:
    assert batches(mapping(batch_size=2), [(0, record) for record in records(5)]) == [[0, 1], [2, 3], [4]]


def test_without_a_window_only_what_is_there_is_taken() -> None:
    a, b, c = records(3)
    assert batches(mapping(), [(0, a), (0, b), (0.1, c)]) == [[0, 1], [2]]


def test_the_window_opens_with_the_first_record() -> None:
    a, b, c = records(3)
    assert batches(mapping(batching_window=1), [(5, a), (5.9, b), (6.1, c)]) == [[0, 1], [2]]


def test_a_batch_stays_below_six_megabytes() -> None:
    large = records(5, size=1024 * 1024)
    assert batches(mapping(), [(0, record) for record in large]) == [[0, 1, 2, 3], [4]]


def test_one_partition_key_stays_in_one_lane() -> None:
    lanes = [Record("s", str(n), f"meter-{n % 7}", b"", NOON).lane(4) for n in range(70)]
    assert all(lanes[n] == lanes[n % 7] for n in range(70))
    assert len(set(lanes)) > 1


def test_the_checkpoint_stops_before_the_first_unfinished_record() -> None:
    progress = Progress()
    a, b, c = records(3)
    for record in (a, b, c):
        progress.begin(record)
    assert progress.finish([b]) is None
    assert progress.finish([a]) == b.sequence_number
    assert progress.finish([c]) == c.sequence_number


def test_a_shard_is_as_old_as_its_oldest_record_that_is_not_done() -> None:
    progress = Progress()
    old, young = records(2, arrived=NOON)
    young = replace(young, arrived=NOON + timedelta(seconds=9))
    assert progress.oldest() is None
    progress.begin(old)
    progress.begin(young)
    progress.finish([young])
    assert progress.oldest() == NOON
    progress.finish([old])
    assert progress.oldest() is None


class Shard:
    """What of a shard's poller counts for its mapping's lag."""

    def __init__(self, key: str, seconds: float) -> None:
        self.key = key
        self._age = timedelta(seconds=seconds)

    def age(self, _now: datetime) -> timedelta:
        return self._age


def test_a_mapping_is_as_far_behind_as_its_slowest_shard() -> None:
    shards = [Shard("live>score", 0.2), Shard("live>score", 7.04), Shard("backfill>score", 0)]
    assert lags(shards, NOON) == {"live>score": 7.0, "backfill>score": 0.0}


def test_checkpoints_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.json"
    Checkpoints(file).put("telemetry>score", "shardId-0", "42")
    assert Checkpoints(file).get("telemetry>score", "shardId-0") == "42"
    assert Checkpoints(file).get("telemetry>score", "shardId-1") is None


def test_a_mapping_reads_its_settings_from_the_deployed_one() -> None:
    described = {
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:score",
        "EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/telemetry",
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 50,
        "MaximumBatchingWindowInSeconds": 1,
        "ParallelizationFactor": 4,
        "BisectBatchOnFunctionError": "true",
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "MaximumRetryAttempts": 5,
        "MaximumRecordAgeInSeconds": 3600,
        "DestinationConfig": {"OnFailure": {"Destination": DEAD_LETTERS}},
    }
    assert StreamMapping.from_description(described) == mapping(
        batch_size=50,
        batching_window=1,
        parallelization_factor=4,
        bisects=True,
        reports_item_failures=True,
        maximum_retry_attempts=5,
        maximum_record_age=3600,
    )
    assert mapping().key == "telemetry>score"


def test_a_record_becomes_the_event_lambda_knows() -> None:
    event = Record("shardId-0", "7", "meter-1", b"\x00{}", NOON).as_event(mapping())
    sample = Path(__file__).parents[3] / "events" / "aws" / "kinesis.json"
    if sample.exists():
        assert event.keys() == json.loads(sample.read_text())["Records"][0].keys()
    assert event["kinesis"]["data"] == "AHt9"
    assert event["eventID"] == "shardId-0:7"
