"""A moment at which the database holds exactly what the streams had brought, while both go on."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, text

from local.lake.facts import Tips
from local.lake.progress import Step, Tell, untold
from local.replays import Replays, ReplaysFailError, replays
from local.streams.checkpoints import Checkpoints
from tools.cloud import State
from wattwarden.adapters.postgres.telemetry.states import mark_for_replay

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

POLL_S = 1.0

_FIRST_READINGS = text("""
SELECT s.meter_id, extract(epoch FROM f.ts)::float8 AS since FROM meter_state s
CROSS JOIN LATERAL (SELECT ts FROM readings WHERE meter_id = s.meter_id ORDER BY ts LIMIT 1) f
ORDER BY s.meter_id FOR UPDATE OF s
""")


class NeverStillError(RuntimeError):
    """The system was not once at rest within the time given."""


@dataclass(frozen=True)
class Streams:
    """The running system's streams and how far their readers are."""

    state: State
    kinesis: "KinesisClient"
    names: Sequence[str]

    def places(self, function: str) -> dict[str, str | None]:
        """By <stream>/<shard>, the last record the function is done with."""
        checkpoints = Checkpoints(self.state.checkpoints)
        return {
            f"{stream}/{shard['ShardId']}": checkpoints.get(f"{stream}>{function}", shard["ShardId"])
            for stream in self.names
            for shard in self.kinesis.list_shards(StreamName=stream)["Shards"]
        }

    def at_the_end(self, places: dict[str, str | None]) -> bool:
        """Whether nothing follows any of the places."""
        return self.oldest(places) is None

    def oldest(self, places: dict[str, str | None]) -> datetime | None:
        """When the oldest record that follows a place arrived; None when none does."""
        return min((at for shard, place in places.items() for at in self._next(shard, place)), default=None)

    def _next(self, shard: str, place: str | None) -> list[datetime]:
        after: dict[str, Any] = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": place}
            if place
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        stream, _, shard_id = shard.partition("/")
        answer = self.kinesis.get_shard_iterator(StreamName=stream, ShardId=shard_id, **after)
        records = self.kinesis.get_records(ShardIterator=answer["ShardIterator"], Limit=1)["Records"]
        return [record["ApproximateArrivalTimestamp"] for record in records]


def mark_all(engine: Engine) -> int:
    """Have everything that derives from any meter's past worked out anew; how many meters there are."""
    with engine.begin() as connection:
        since = {row.meter_id: row.since for row in connection.execute(_FIRST_READINGS)}
        mark_for_replay(connection, since, inclusive=True)
    return len(since)


@contextmanager
def at_rest(
    engine: Engine, streams: Streams, function: str, patience_s: float, tell: Tell = untold
) -> Iterator[tuple[Connection, Tips]]:
    """A view of the database in which `function` is done with all records up to the tips, and no replay is due.

    Raises:
        NeverStillError: such a moment did not come.
        ReplaysFailError: it cannot come: only meters are left whose replay fails.
    """
    deadline = time.monotonic() + patience_s
    most = 0
    while time.monotonic() < deadline:
        places = streams.places(function)
        oldest = streams.oldest(places)
        if oldest is None:
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                waiting = _replays(connection)  # from here on the view stands still
                oldest = streams.oldest(places)
                if oldest is None and not waiting.marked:
                    yield connection, {shard: place for shard, place in places.items() if place}
                    return
            if waiting.marked:
                most = max(most, waiting.marked)
                note = "; ".join(map(str, waiting.failing))
                tell(Step("waiting for the running system's replays", waiting.marked, "marked meters left", most, note))
            if oldest is None and waiting.stuck:
                raise ReplaysFailError(waiting.failing)
        if oldest is not None:
            tell(Step(f"waiting for {function} to read the streams", _age_s(oldest), "s behind"))
        time.sleep(POLL_S)
    raise NeverStillError(f"records or replays kept waiting for {patience_s:.0f} s")


def wait_for(streams: Streams, function: str, tips: Tips, patience_s: float, tell: Tell = untold) -> None:
    """Wait until `function` is done with everything up to the tips.

    Raises:
        NeverStillError: it is not.
    """
    deadline = time.monotonic() + patience_s
    while True:
        places = streams.places(function)
        behind = [shard for shard, tip in tips.items() if _number(places.get(shard)) < int(tip)]
        if not behind:
            return
        if time.monotonic() > deadline:
            raise NeverStillError(f"{function} did not come to the end of the streams in {patience_s:.0f} s")
        if oldest := streams.oldest({shard: places.get(shard) for shard in behind}):
            note = f"{len(behind)} of {len(tips)} shards"
            tell(Step(f"waiting for {function} to read the streams", _age_s(oldest), "s behind", note=note))
        time.sleep(POLL_S)


def _replays(connection: Connection) -> Replays:
    return replays(lambda sql: connection.execute(text(sql)).all())


def _age_s(instant: datetime) -> float:
    return max((datetime.now(UTC) - instant).total_seconds(), 0.0)


def _number(place: str | None) -> int:
    return int(place or -1)
