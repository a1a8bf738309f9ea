"""Readings whose intervals overlap: which of them count, and for what (`domain/intervals.py`)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattwarden.domain.data_health import FaultKind
from wattwarden.domain.intervals import Piece, Reconciled, begin, reconcile
from wattwarden.domain.meters import Fault, Meters
from wattwarden.domain.readings import ReadingColumns, ReadingRows
from wattwarden.domain.registers import Quality
from wattwarden.usecases.telemetry.energy import Energy
from wattwarden.usecases.telemetry.judging import pending

type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

_EXACT_S = 1e-3
_OWN_S = 60.0
"""Readings of a meter's own length that follow each other closer than that, or than a quarter of it, are repeats."""


class Counted(NamedTuple):
    """Readings parted by what they count for."""

    judged: ReadingColumns
    """Those that count by themselves, with the time that they cover."""
    told_interval_s: Floats
    """Of these, what they said themselves where it is more; else NaN."""
    aside: ReadingRows
    """Those that repeat or sum up what others say: stored, and not judged."""
    pieces: ReadingRows
    """For what else is known: parts of the time of some of `aside`, and of totals. For roll-ups only."""
    faults: list[Fault]


def before_each(columns: ReadingColumns, meters: Meters) -> Floats:
    """When the reading before each was taken (NaN: there is none); `columns` are sorted by (meter, ts)."""
    last = meters.last_ts[columns.meter]
    if not len(last):
        return last
    before = np.r_[np.nan, columns.ts[:-1]]
    first = np.r_[True, columns.meter[1:] != columns.meter[:-1]]
    before[first] = np.nan
    return np.fmax(before, last)


def beginnings(columns: ReadingColumns, meters: Meters) -> tuple[Floats, Flags]:
    """Where the intervals of readings in order begin, and which of them tell of time that was told of before."""
    before, ends = before_each(columns, meters), columns.ts
    start = begin(ends, meters.lengths_s(columns), before)
    again = ~np.isnan(columns.kwh) & (start < before - _EXACT_S)
    return np.where(np.isnan(columns.register_kwh), start, np.nan), again


def shortened(columns: ReadingColumns, meters: Meters, start: Floats) -> tuple[ReadingColumns, Floats]:
    """The readings with the intervals that count, and what they told where that is more."""
    told = meters.lengths_s(columns)
    interval_s = np.where(np.isnan(start), columns.interval_s, np.round(columns.ts - start, 6))
    less = ~np.isnan(start) & (interval_s < told - _EXACT_S)
    if not less.any():
        return columns, np.full(len(less), np.nan)
    return replace(columns, interval_s=np.where(less, interval_s, columns.interval_s)), np.where(less, told, np.nan)


def settle(facts: ReadingColumns, totals: ReadingColumns, meters: Meters) -> Counted:
    """What readings count for. Both are sorted by (meter, ts).

    `facts` hold each instant once; `totals` are longer intervals that end where one of the facts does.
    """
    length = meters.lengths_s(facts)
    start, again = beginnings(facts, meters)
    kwh, seconds = facts.kwh.copy(), facts.ts - start
    quality = np.full(len(kwh), None, dtype=object)
    parts: list[tuple[int, Piece, float]] = []
    faults: list[Fault] = []
    for place in np.union1d(facts.meter[again], totals.meter).tolist():
        mine = np.flatnonzero((facts.meter == place) & np.isnan(facts.register_kwh))
        theirs = np.flatnonzero(totals.meter == place)
        own = _own(facts.ts[mine], length[mine], start[mine], float(meters.interval_s[place]))
        sums = totals.take(theirs)
        ts, told = np.r_[facts.ts[mine], sums.ts], np.r_[length[mine], sums.interval_s]
        energy, since = np.r_[facts.kwh[mine], sums.kwh], np.r_[own, sums.ts - sums.interval_s]
        received_at = np.r_[facts.received_at[mine], sums.received_at]
        order = np.lexsort((told, ts))
        found = reconcile(ts[order], since[order], told[order], energy[order], float(meters.max_kw[place]))
        for at, source in enumerate(order.tolist()):
            if source < len(mine):
                kwh[mine[source]], seconds[mine[source]] = found.kwh[at], found.seconds[at]
                quality[mine[source]] = found.quality[at]
            if source >= len(mine) or found.quality[at] is Quality.COARSE:
                whole = (float(since[source]), float(ts[source]), float(energy[source]))
                parts += [(place, piece, float(received_at[source])) for piece in found.pieces.get(at, [whole])]
        faults += _contradictions(found, order, ts, told, energy, received_at, place, meters)
    not_judged = np.isin(quality, (Quality.COARSE, Quality.COVERED, Quality.CONTRADICTED))
    judged, told_s = shortened(
        facts.take(~not_judged), meters, np.where(np.isnan(start), np.nan, facts.ts - seconds)[~not_judged]
    )
    return Counted(
        judged, told_s, _aside(facts, meters, kwh, seconds, quality, not_judged), _pieces(parts, meters), faults
    )


def _own(ts: Floats, length: Floats, start: Floats, nominal: float) -> Floats:
    """Where a meter's intervals begin: of its own, unsaid length where the one before of that length ended.

    It reads its meter more often than was entered, then.
    """
    own = np.flatnonzero(length == nominal)
    since = np.r_[np.nan, ts[own][:-1]]
    apart = ts[own] - since
    often = (apart >= max(_OWN_S, nominal / 4)) & (apart < nominal - _EXACT_S)
    begins = start.copy()
    begins[own[often]] = np.maximum(start[own[often]], since[often])
    return begins


def _contradictions(
    found: Reconciled,
    order: NDArray[np.intp],
    ts: Floats,
    told: Floats,
    energy: Floats,
    received_at: Floats,
    place: int,
    meters: Meters,
) -> Iterator[Fault]:
    for at, known in found.contradictions.items():
        source = order[at]
        until = datetime.fromtimestamp(ts[source], UTC).isoformat(timespec="seconds")
        detail = f"{energy[source]:.4f} kWh in {told[source] / 60:g} minutes until {until}; readings of parts of that "
        detail += f"time say {known:.4f} kWh, and count"
        yield Fault(
            int(meters.hostel_id[place]),
            meters.serial[place],
            FaultKind.CONTRADICTING,
            float(received_at[source]),
            detail,
        )


def _aside(
    facts: ReadingColumns, meters: Meters, kwh: Floats, seconds: Floats, quality: NDArray[np.object_], which: Flags
) -> ReadingRows:
    columns = facts.take(which)
    told_s = meters.lengths_s(columns)
    partly = quality[which] == Quality.COARSE
    energy = Energy(kwh[which], np.where(partly, seconds[which], told_s), quality[which].tolist(), [])
    rows = pending(columns, meters, energy)
    rows.told_kwh[:] = columns.kwh
    rows.told_interval_s[:] = told_s
    return rows


def _pieces(parts: list[tuple[int, Piece, float]], meters: Meters) -> ReadingRows:
    meter = np.array([place for place, _, _ in parts], dtype=np.int64)
    since, until, kwh = np.array([piece for _, piece, _ in parts], dtype=np.float64).reshape(-1, 3).T
    absent = np.full(len(meter), np.nan)
    columns = ReadingColumns(
        ts=until,
        interval_s=until - since,
        kwh=kwh,
        register_kwh=absent,
        voltage=absent,
        current=absent,
        power_factor=absent,
        received_at=np.array([received_at for _, _, received_at in parts], dtype=np.float64),
        meter=meter,
    )
    return pending(columns, meters, Energy(kwh, until - since, [Quality.COARSE] * len(meter), []))
