"""Kinesis without work that grows with what it holds.

MiniStack looks through every live iterator and every record of a stream at each call: an hour of readings makes each
call take tens of milliseconds, in the one thread that answers everybody. Here both are looked through at intervals,
and a place after a sequence number is found by halving.
"""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from ministack.services import kinesis

from local.emulator import require

EVERY_SECONDS = 20.0

type Record = dict[str, Any]
type Start = Callable[[Sequence[Record], str, str, object], int | None]


def install() -> None:
    require(kinesis, "_expire_iterators", "_expire_records", "_start_position")
    expire_iterators: Callable[[], None] = kinesis._expire_iterators  # noqa: SLF001 - see the package
    expire_records: Callable[[dict[str, Any]], None] = kinesis._expire_records  # noqa: SLF001
    iterators, records = Seldom(), Seldom()

    def now_and_then() -> None:
        if iterators.is_due():
            expire_iterators()

    def now_and_then_of(stream: dict[str, Any]) -> None:
        if records.is_due(stream["StreamARN"]):
            expire_records(stream)

    kinesis._expire_iterators = now_and_then  # noqa: SLF001
    kinesis._expire_records = now_and_then_of  # noqa: SLF001
    kinesis._start_position = halving(kinesis._start_position)  # noqa: SLF001


class Seldom:
    """Says yes once in a while, for each key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[str, float] = {}

    def is_due(self, key: str = "") -> bool:
        now = self._clock()
        if now < self._due.get(key, now):
            return False
        self._due[key] = now + EVERY_SECONDS
        return True


def halving(start: Start) -> Start:
    """`start`, except that a sequence number, by which records are sorted, is not looked for one by one."""

    def position(records: Sequence[Record], kind: str, number: str, at: object) -> int | None:
        places = {"AT_SEQUENCE_NUMBER": bisect_left, "AFTER_SEQUENCE_NUMBER": bisect_right}
        if kind not in places:
            return start(records, kind, number, at)
        return places[kind](records, number, key=lambda record: record["SequenceNumber"])

    return position
