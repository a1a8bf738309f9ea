"""Getting one batch of one lane delivered: partial failures, bisecting, retries, ages, the failure destination."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.streams.mapping import FOREVER, Record, StreamMapping

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0  # how long it takes at most to notice that an outage is over


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to.

    `error` is the function's own (it counts as an attempt); `unreached` says that the function was not called at all,
    as when Lambda throttles or restarts (it does not).
    """

    response: Any = None
    error: str | None = None
    unreached: bool = False


@dataclass(frozen=True)
class Batch:
    records: Sequence[Record]
    attempts: int = 0


class Delivery:
    """Delivers batches of one lane, one after the other; blocks until each is done or given up.

    Args:
        mapping: the rules.
        invoke: calls the function with the records.
        give_up: takes the document that AWS sends to the failure destination.
        pause: waits that many seconds between attempts.
        now: the time, aware.
    """

    def __init__(
        self,
        mapping: StreamMapping,
        *,
        invoke: Callable[[Sequence[Record]], Outcome],
        give_up: Callable[[dict[str, Any]], None],
        pause: Callable[[float], None],
        now: Callable[[], datetime],
    ) -> None:
        self._mapping = mapping
        self._invoke = invoke
        self._give_up = give_up
        self._pause = pause
        self._now = now

    def deliver(self, records: Sequence[Record], on_done: Callable[[Sequence[Record]], None]) -> None:
        """Deliver `records` in order; `on_done` hears of each run of them that needs no further attempt."""
        waiting = [Batch(records)]
        failures = 0
        while waiting:
            batch = self._without_expired(waiting.pop(0), on_done)
            if not batch.records:
                continue
            outcome = self._invoke(batch.records)
            failed_at = self._first_failure(batch, outcome)
            done, left = batch.records[:failed_at], batch.records[failed_at:]
            if done:
                on_done(done)
                failures = 0
            if left:
                waiting[:0] = self._next_batches(Batch(left, batch.attempts), outcome, on_done, progressed=bool(done))
                failures += 1
                self._pause(min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS))

    def _without_expired(self, batch: Batch, on_done: Callable[[Sequence[Record]], None]) -> Batch:
        limit = self._mapping.maximum_record_age
        if limit == FOREVER:
            return batch
        fresh = [record for record in batch.records if (self._now() - record.arrived).total_seconds() <= limit]
        expired = batch.records[: len(batch.records) - len(fresh)]  # they arrive in order
        if expired:
            self._discard(Batch(expired, batch.attempts), "RecordAgeExceeded", on_done)
        return Batch(fresh, batch.attempts)

    def _first_failure(self, batch: Batch, outcome: Outcome) -> int:
        """How many records, from the first, need no further attempt."""
        if outcome.error or outcome.unreached:
            return 0
        if not self._mapping.reports_item_failures or not isinstance(outcome.response, dict):
            return len(batch.records)
        failures = outcome.response.get("batchItemFailures") or []
        places = {record.sequence_number: place for place, record in enumerate(batch.records)}
        try:
            # An identifier that is missing or not of this batch makes the whole batch a failure, as in AWS.
            return min((places[item["itemIdentifier"]] for item in failures), default=len(batch.records))
        except (KeyError, TypeError):
            return 0

    def _next_batches(
        self, left: Batch, outcome: Outcome, on_done: Callable[[Sequence[Record]], None], *, progressed: bool
    ) -> list[Batch]:
        """What to try after a failure. Splitting is no attempt; neither is a call that did not reach the function."""
        if outcome.unreached:
            return [left]
        if progressed:
            return [Batch(left.records)]
        if self._mapping.bisects and len(left.records) > 1:
            middle = len(left.records) // 2
            return [Batch(left.records[:middle], left.attempts), Batch(left.records[middle:], left.attempts)]
        attempted = Batch(left.records, left.attempts + 1)
        limit = self._mapping.maximum_retry_attempts
        if limit != FOREVER and attempted.attempts > limit:
            self._discard(attempted, "RetryAttemptsExhausted", on_done)
            return []
        return [attempted]

    def _discard(self, batch: Batch, condition: str, on_done: Callable[[Sequence[Record]], None]) -> None:
        if self._mapping.failure_destination:
            self._give_up(self._failure_document(batch, condition))
        on_done(batch.records)

    def _failure_document(self, batch: Batch, condition: str) -> dict[str, Any]:
        first, last = batch.records[0], batch.records[-1]
        return {
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": self._mapping.function_arn,
                "condition": condition,
                "approximateInvokeCount": batch.attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": _timestamp(self._now()),
            "KinesisBatchInfo": {
                "shardId": first.shard_id,
                "startSequenceNumber": first.sequence_number,
                "endSequenceNumber": last.sequence_number,
                "approximateArrivalOfFirstRecord": _timestamp(first.arrived),
                "approximateArrivalOfLastRecord": _timestamp(last.arrived),
                "batchSize": len(batch.records),
                "streamArn": self._mapping.stream_arn,
            },
        }


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
