"""A moment at which the database holds exactly what the streams had brought, while both go on."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, text

from local.lake.facts import Tips
from local.state import State
from local.streams.checkpoints import Checkpoints
from wattwarden.adapters.postgres.states import mark_for_replay

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

POLL_S = 1.0

_REPLAYS_DUE = text("SELECT count(*) FROM meter_state WHERE replay_from IS NOT NULL")

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
        return not any(self._follows(shard, place) for shard, place in places.items())

    def _follows(self, shard: str, place: str | None) -> bool:
        after: dict[str, Any] = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": place}
            if place
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        stream, _, shard_id = shard.partition("/")
        answer = self.kinesis.get_shard_iterator(StreamName=stream, ShardId=shard_id, **after)
        return bool(self.kinesis.get_records(ShardIterator=answer["ShardIterator"], Limit=1)["Records"])


def mark_all(engine: Engine) -> int:
    """Have everything that derives from any meter's past worked out anew; how many meters there are."""
    with engine.begin() as connection:
        since = {row.meter_id: row.since for row in connection.execute(_FIRST_READINGS)}
        mark_for_replay(connection, since, inclusive=True)
    return len(since)


@contextmanager
def at_rest(engine: Engine, streams: Streams, function: str, patience_s: float) -> Iterator[tuple[Connection, Tips]]:
    """A view of the database in which `function` is done with all records up to the tips, and no replay is due.

    Raises:
        NeverStillError: such a moment did not come.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        places = streams.places(function)
        if streams.at_the_end(places):
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                due = connection.execute(_REPLAYS_DUE).scalar_one()  # from here on the view stands still
                if not due and streams.at_the_end(places):
                    yield connection, {shard: place for shard, place in places.items() if place}
                    return
        time.sleep(POLL_S)
    raise NeverStillError(f"records or replays kept waiting for {patience_s:.0f} s")


def wait_for(streams: Streams, function: str, tips: Tips, patience_s: float) -> None:
    """Wait until `function` is done with everything up to the tips.

    Raises:
        NeverStillError: it is not.
    """
    deadline = time.monotonic() + patience_s
    while True:
        places = streams.places(function)
        if all(_number(places.get(shard)) >= int(tip) for shard, tip in tips.items()):
            return
        if time.monotonic() > deadline:
            raise NeverStillError(f"{function} did not come to the end of the streams in {patience_s:.0f} s")
        time.sleep(POLL_S)


def _number(place: str | None) -> int:
    return int(place or -1)
