"""The threads that carry records from the shards of a stream to the function of a mapping."""

import json
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from local.streams.batching import Batcher
from local.streams.checkpoints import Checkpoints, Progress
from local.streams.delivery import Delivery, Outcome
from local.streams.mapping import Record, StreamMapping
from local.streams.signal import WriteSignal

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

READ_LIMIT = 200
BATCHES_UNDER_WAY = 4  # read ahead, per lane
QUIET_SECONDS = 10.0  # a shard is looked at this often even when nothing was signalled
TROUBLE_SECONDS = 1.0


@dataclass(frozen=True)
class Clients:
    kinesis: "KinesisClient"
    functions: "LambdaClient"
    queues: "SQSClient"


class ShardPoller:
    """Reads one shard for one mapping: a reading thread, and a thread per lane."""

    def __init__(
        self, mapping: StreamMapping, shard_id: str, clients: Clients, checkpoints: Checkpoints, signal: WriteSignal
    ) -> None:
        self._mapping = mapping
        self._shard_id = shard_id
        self._clients = clients
        self._checkpoints = checkpoints
        self._signal = signal
        self._progress = Progress()
        lanes = mapping.parallelization_factor
        self._lanes: list[queue.Queue[Record]] = [queue.Queue() for _ in range(lanes)]
        self._unread_since: datetime | None = None
        self.key = mapping.key

    def age(self, now: datetime) -> timedelta:
        """How long the oldest record that is not done is in the stream: Lambda's IteratorAge, told at any time."""
        since = self._progress.oldest() or self._unread_since
        return now - since if since else timedelta()

    def start(self) -> None:
        threading.Thread(target=self._read, daemon=True, name=f"read-{self._shard_id}").start()
        for number, lane in enumerate(self._lanes):
            name = f"lane-{self._shard_id}-{number}"
            threading.Thread(target=self._work, args=(lane,), daemon=True, name=name).start()

    def _read(self) -> None:
        last = self._checkpoints.get(self._mapping.key, self._shard_id)
        limit = self._mapping.batch_size * BATCHES_UNDER_WAY * len(self._lanes)
        iterator = None
        while True:
            seen = self._signal.count
            try:
                # MiniStack's iterators are places in a list that moves when records expire, so after a pause
                # reading starts anew from the last sequence number.
                iterator = iterator or self._iterator(last)
                answer = self._clients.kinesis.get_records(ShardIterator=iterator, Limit=READ_LIMIT)
            except botocore.exceptions.ClientError as error:
                logger.warning("%s: %s", self._shard_id, error)
                iterator = None
                time.sleep(TROUBLE_SECONDS)
                continue
            except botocore.exceptions.BotoCoreError as error:
                logger.warning("%s: Kinesis does not answer: %s", self._shard_id, error)
                iterator = None
                time.sleep(TROUBLE_SECONDS)
                continue
            for item in answer["Records"]:
                record = self._record(item)
                self._progress.begin(record)
                self._lanes[record.lane(len(self._lanes))].put(record)
                last = record.sequence_number
            behind = timedelta(milliseconds=answer.get("MillisBehindLatest", 0))
            self._unread_since = datetime.now(UTC) - behind if behind else None
            if len(answer["Records"]) == READ_LIMIT or behind:
                iterator = answer.get("NextShardIterator")
            else:
                iterator = None if last else answer.get("NextShardIterator")
                self._signal.wait_beyond(seen, QUIET_SECONDS)
            self._progress.wait_below(limit)

    def _iterator(self, after: str | None) -> str:
        place: dict[str, Any] = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after}
            if after
            else {"ShardIteratorType": self._mapping.starting_position}
        )
        answer = self._clients.kinesis.get_shard_iterator(
            StreamARN=self._mapping.stream_arn, ShardId=self._shard_id, **place
        )
        return answer["ShardIterator"]

    def _record(self, item: Any) -> Record:  # noqa: ANN401 - a record as boto3 gives it
        return Record(
            shard_id=self._shard_id,
            sequence_number=item["SequenceNumber"],
            partition_key=item["PartitionKey"],
            data=item["Data"],
            arrived=item["ApproximateArrivalTimestamp"].astimezone(UTC),
        )

    def _work(self, lane: queue.Queue[Record]) -> None:
        def take(seconds: float | None) -> Record | None:
            try:
                return lane.get(timeout=seconds) if seconds is None or seconds > 0 else lane.get_nowait()
            except queue.Empty:
                return None

        batcher = Batcher(self._mapping, take=take, clock=time.monotonic)
        delivery = Delivery(
            self._mapping,
            invoke=self._invoke,
            give_up=self._give_up,
            pause=time.sleep,
            now=lambda: datetime.now(UTC),
        )
        while True:
            delivery.deliver(batcher.next_batch(), self._finish)

    def _finish(self, records: Sequence[Record]) -> None:
        checkpoint = self._progress.finish(records)
        if checkpoint:
            self._checkpoints.put(self._mapping.key, self._shard_id, checkpoint)

    def _invoke(self, records: Sequence[Record]) -> Outcome:
        payload = json.dumps({"Records": [record.as_event(self._mapping) for record in records]}).encode()
        try:
            answer = self._clients.functions.invoke(FunctionName=self._mapping.function_arn, Payload=payload)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            logger.warning("%s is not reached: %s", self._mapping.key, error)
            return Outcome(unreached=True)
        body = answer["Payload"].read()
        if "FunctionError" in answer:
            logger.warning("%s failed on %d records: %s", self._mapping.key, len(records), body[:500].decode())
            return Outcome(error=answer["FunctionError"])
        return Outcome(response=json.loads(body or b"null"))

    def _give_up(self, document: dict[str, Any]) -> None:
        """Send to the failure destination; a record is not let go before that has worked."""
        destination = self._mapping.failure_destination or ""
        while True:
            try:
                url = self._clients.queues.get_queue_url(QueueName=destination.rpartition(":")[2])["QueueUrl"]
                self._clients.queues.send_message(QueueUrl=url, MessageBody=json.dumps(document))
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                logger.warning("the failure destination does not answer: %s", error)
                time.sleep(TROUBLE_SECONDS)
            else:
                logger.error("gave up %s", json.dumps(document["KinesisBatchInfo"]))
                return
