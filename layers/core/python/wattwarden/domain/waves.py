"""What happens to many rooms at once has one cause, and is one alert: a wave of incidents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from wattwarden.domain.anomalies import AnomalyType, Incident, Kind

TOGETHER = timedelta(minutes=10)
"""Incidents that start within this of one another are a wave when they are of `ROOMS` and a `SHARE` of the metered."""
ROOMS = 5
SHARE = 0.2

SOON = timedelta(hours=1)
"""Not every room shows a common cause at once: `MANY` rooms within this are a wave in a hostel of any size.

A room has an incident or two a month, 500 rooms one an hour: ten by chance come once in years.
"""
MANY = 10

FOLLOWS = timedelta(minutes=30)
"""An incident belongs to a wave that is known when it starts this soon after the latest one, or ..."""
LASTS = timedelta(hours=3)
"""... this soon after the latest reading, while half the wave's incidents go on."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Incidents that are one alert, and the blocks it is about."""

    incidents: tuple[Incident, ...]
    blocks: frozenset[str]


def cause(kind: Kind) -> str:
    """What the incidents of a wave share: the type, which tells the direction; an unusual pattern's kind."""
    return kind if kind.type is AnomalyType.UNUSUAL_PATTERN else kind.type


def largest(incidents: Sequence[Incident], metered: Mapping[str, int]) -> Wave | None:
    """The wave of the most rooms among incidents of one cause; `metered` counts the metered rooms of each block.

    What starts together is looked for first: it says best which block is concerned.
    """
    at_once = [wave for together in _windows(incidents, TOGETHER) if (wave := _at_once(together, metered))]
    return max(at_once or filter(None, map(_many, _windows(incidents, SOON))), key=_size, default=None)


def _size(wave: Wave) -> int:
    return len({i.room_id for i in wave.incidents})


def _windows(incidents: Sequence[Incident], length: timedelta) -> Iterator[list[Incident]]:
    ordered = sorted(incidents, key=lambda i: (i.started_at, i.incident_id))
    for n, first in enumerate(ordered):
        if n == 0 or ordered[n - 1].started_at < first.started_at:
            end = first.started_at + length
            yield list(takewhile(lambda i: i.started_at <= end, ordered[n:]))  # noqa: B023 - used up at once


def _at_once(together: Sequence[Incident], metered: Mapping[str, int]) -> Wave | None:
    """One block's, when it is hit alone; the hostel's, when several are, or rooms of blocks too small to tell."""
    rooms: dict[str, set[int]] = {}
    for incident in together:
        rooms.setdefault(incident.block, set()).add(incident.room_id)
    hit = {block for block, of in rooms.items() if len(of) >= ROOMS and len(of) >= SHARE * metered.get(block, 0)}
    total = sum(map(len, rooms.values()))
    if len(hit) == 1 and total - sum(len(rooms[block]) for block in hit) < ROOMS:
        return Wave(tuple(i for i in together if i.block in hit), frozenset(hit))
    if hit or total >= max(ROOMS, SHARE * sum(metered.values())):
        return Wave(tuple(together), frozenset(rooms))
    return None


def _many(soon: Sequence[Incident]) -> Wave | None:
    found = Wave(tuple(soon), frozenset(i.block for i in soon))
    return found if _size(found) >= MANY else None
