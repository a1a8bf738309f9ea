"""What waits in the running system's database to be put right: meters marked for a replay, and readings set aside."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

ERROR_SHOWN = 100

type Ask = Callable[[str], Iterable[Sequence[Any]]]
"""A query's rows: over whichever driver a command has."""


class Failing(NamedTuple):
    """A meter whose replay failed."""

    serial: str
    hostel: str
    attempts: int
    error: str
    next_at: datetime

    @property
    def next_try(self) -> str:
        """By the clock of who reads it."""
        return f"{self.next_at.astimezone():%H:%M}"

    def __str__(self) -> str:
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        return f"the replay of meter {self.serial} of {self.hostel} failed {times}: {self.error}"


class Replays(NamedTuple):
    """Meters that wait for their replay."""

    marked: int
    oldest_s: float
    """How long the one that waits longest has been marked, the failing ones apart; 0 when none is."""
    failing: list[Failing]

    @property
    def stuck(self) -> bool:
        """Whether only meters are left whose replay fails: waiting brings nothing more."""
        return 0 < self.marked <= len(self.failing)


class SetAside(NamedTuple):
    """What failed for its own sake and was not sent through again."""

    items: int
    """Readings, and whole records."""
    meters: int


class ReplaysFailError(RuntimeError):
    """What is waited for cannot come, since meters' replays fail; it names them."""

    def __init__(self, failing: Sequence[Failing]) -> None:
        super().__init__("; ".join(map(str, failing)))
        self.failing = failing


_MARKED = """
SELECT count(*), coalesce(extract(epoch FROM
    now() - min(s.replay_first_marked_at) FILTER (WHERE f.meter_id IS NULL)), 0)::float8
FROM meter_state s LEFT JOIN replay_failures f USING (meter_id)
WHERE s.replay_from IS NOT NULL
"""

_FAILING = f"""
SELECT m.serial, h.name, f.attempts, left(f.error, {ERROR_SHOWN}), f.next_at
FROM replay_failures f JOIN meters m ON m.id = f.meter_id JOIN hostels h ON h.id = m.hostel_id
ORDER BY f.first_at, m.id
"""  # noqa: S608 (a number of this module)

_SET_ASIDE = """
SELECT count(*), count(DISTINCT (payload->>'hostel_id', payload->>'meter')) FILTER (WHERE payload ? 'meter')
FROM quarantine WHERE reason = 'processing_failed' AND redriven_at IS NULL
"""


def replays(ask: Ask) -> Replays:
    [[marked, oldest_s]] = ask(_MARKED)
    return Replays(int(marked), max(float(oldest_s), 0.0), [Failing(*row) for row in ask(_FAILING)])


def set_aside(ask: Ask) -> SetAside:
    [[items, meters]] = ask(_SET_ASIDE)
    return SetAside(int(items), int(meters))
