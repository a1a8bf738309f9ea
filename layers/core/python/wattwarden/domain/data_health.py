"""Faults of meters, apart from waste in rooms: which belong together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Literal

SILENT_AFTER_INTERVALS = 2
"""A meter that missed this many of its intervals, and a minute, is silent."""

FEWEST_TOGETHER = 3
"""Two meters that fall silent are two meters."""

AT_ONCE = timedelta(minutes=15)
"""Meters whose last readings lie this close (or an interval apart) fell silent together."""


class FaultKind(StrEnum):
    SILENT = "silent"
    STUCK = "stuck"
    CLOCK_WRONG = "clock_wrong"
    IMPLAUSIBLE = "implausible"
    CONTRADICTING = "contradicting"
    """A total and its parts say different energies."""
    REPLAY_FAILING = "replay_failing"


@dataclass(frozen=True, slots=True)
class MeterFault:
    """What is wrong with one meter."""

    kind: FaultKind
    hostel_id: int
    hostel: str
    block: str
    room_id: int
    room: str
    meter_id: int
    meter: str
    interval: timedelta
    since: datetime
    last_at: datetime
    n: int
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault, or the silence of a whole block or hostel; `total` is how many meters its scope has."""

    scope: Literal["meter", "block", "hostel"]
    members: Sequence[MeterFault]
    total: int


def findings(faults: Sequence[MeterFault], metered: Mapping[tuple[int, str], int]) -> list[Finding]:
    """One finding for what has one cause: most of a hostel, or of a block, silent since about the same time.

    `metered` counts the meters in service by (hostel id, block).
    """
    found = [Finding("meter", [fault], 1) for fault in faults if fault.kind != FaultKind.SILENT]
    by_hostel: defaultdict[int, list[MeterFault]] = defaultdict(list)
    for fault in faults:
        if fault.kind == FaultKind.SILENT:
            by_hostel[fault.hostel_id].append(fault)
    for hostel_id, silent in by_hostel.items():
        total = sum(count for (hostel, _), count in metered.items() if hostel == hostel_id)
        together = _together(silent, total)
        if together:
            found.append(Finding("hostel", together, total))
        found += _of_blocks(_without(silent, together), metered)
    return sorted(found, key=lambda f: (-len(f.members), -max(m.since for m in f.members).timestamp()))


def _of_blocks(silent: Sequence[MeterFault], metered: Mapping[tuple[int, str], int]) -> list[Finding]:
    by_block: defaultdict[tuple[int, str], list[MeterFault]] = defaultdict(list)
    for fault in silent:
        by_block[fault.hostel_id, fault.block].append(fault)
    found = []
    for place, members in by_block.items():
        total = metered.get(place, len(members))
        together = _together(members, total)
        if together:
            found.append(Finding("block", together, total))
        found += [Finding("meter", [fault], 1) for fault in _without(members, together)]
    return found


def _together(silent: Sequence[MeterFault], total: int) -> list[MeterFault]:
    """The most meters that fell silent at about one time; none when they are less than half of all."""
    ordered = sorted(silent, key=lambda fault: fault.since)
    width = max(chain([AT_ONCE], (fault.interval for fault in ordered)))
    best: list[MeterFault] = []
    first = 0
    for last, fault in enumerate(ordered):
        while fault.since - ordered[first].since > width:
            first += 1
        if last + 1 - first > len(best):
            best = ordered[first : last + 1]
    return best if len(best) >= max(FEWEST_TOGETHER, total / 2) else []


def _without(faults: Sequence[MeterFault], taken: Sequence[MeterFault]) -> list[MeterFault]:
    gone = {fault.meter_id for fault in taken}
    return [fault for fault in faults if fault.meter_id not in gone]
