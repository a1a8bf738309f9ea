"""A meter passes each minute once: what of several tellings of the same time counts.

A telling is the energy of an interval that ends at `ts`. Tellings of one meter may overlap: an interval twice with
times some seconds apart, a day's total among its hours. What counts is a function of all of them, so that the order in
which they came has no say:

1. Times snap to the meter's grid (`snap`).
2. An interval that starts only a little before the reading before it begins there: a clock is not that exact.
3. Of intervals that still overlap the shorter counts, of equal ones the earlier. A longer one counts for what they
   leave uncovered: its energy less theirs. Where it says something else than they do, that is named.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattwarden.domain.registers import Quality

GRID_S = 900.0
"""Local times and UTC differ by multiples of this, so that full hours everywhere lie on this grid of UTC."""
SNAP_S = 30.0
"""A time is not moved further than this, nor than a tenth of its grid."""
TOLERATED_S = 60.0
"""An overlap up to this long, and up to a quarter of the interval, is a clock's inexactness."""
TOLERATED_KWH, TOLERATED_SHARE = 0.05, 0.01
"""A total that differs by no more from what its parts say does not contradict them: both were rounded."""
_EXACT_S = 1e-3
_HOUR_S = 3600.0

type Floats = NDArray[np.float64]
type Piece = tuple[float, float, float]
"""Start and end (epoch seconds) and energy (kWh)."""


def snap(ts: Floats, length_s: Floats) -> Floats:
    """Instants (epoch seconds) that are almost on the grid of their intervals' lengths, moved onto it; others stay."""
    lengths, which = (length_s[:1], 0) if _alike(length_s) else np.unique(length_s, return_inverse=True)
    whole = np.maximum(np.rint(np.nan_to_num(lengths)), 1).astype(np.int64)
    grid = np.gcd(whole, int(GRID_S)).astype(np.float64)[which]
    near = np.rint(ts / grid) * grid
    close = np.abs(ts - near) <= np.minimum(SNAP_S, grid / 10)
    return np.where(close & (grid > 1), near, ts)


def _alike(values: Floats) -> bool:
    return len(values) > 0 and bool((values == values[0]).all())


def _tolerated_s(length_s: Floats) -> Floats:
    """How far an interval may overlap another one by mere inexactness."""
    return np.minimum(TOLERATED_S, length_s / 4)


def begin(ts: Floats, length_s: Floats, before: Floats) -> Floats:
    """Where intervals begin, given when the reading before each was taken (NaN: there is none)."""
    start = ts - length_s
    little = (start < before - _EXACT_S) & (before - start <= _tolerated_s(length_s))
    return np.where(little, before, start)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Of one meter's tellings: what each counts for."""

    kwh: Floats
    """NaN: nothing is known of what the others leave uncovered."""
    seconds: Floats
    quality: list[Quality]
    pieces: dict[int, list[Piece]] = field(default_factory=dict)
    """The parts of the time that a telling counts for, by its place; where it is missing, the whole interval."""
    contradictions: dict[int, float] = field(default_factory=dict)
    """By place: the kWh that the others say of the same time."""


def reconcile(ts: Floats, start: Floats, length_s: Floats, kwh: Floats, max_kw: float) -> Reconciled:
    """What each telling of one meter counts for; sorted by `ts`. One without energy (NaN) covers nothing."""
    found = Reconciled(kwh.copy(), ts - start, [Quality.MEASURED] * len(ts))
    told = np.flatnonzero(~np.isnan(kwh))
    if len(told) < 2:  # noqa: PLR2004 - alone, it overlaps nothing
        return found
    # Runs of tellings that overlap: before the first of each, nothing begins that ends later.
    earliest = np.minimum.accumulate(start[told][::-1])[::-1]
    breaks = np.flatnonzero(earliest[1:] >= ts[told][:-1] - _EXACT_S) + 1
    for run in np.split(told, breaks):
        if len(run) > 1:
            _settle(run.tolist(), ts, start, length_s, kwh, max_kw, found)
    return found


def _settle(
    run: Sequence[int], ts: Floats, start: Floats, length_s: Floats, kwh: Floats, max_kw: float, found: Reconciled
) -> None:
    covered: list[Piece] = []
    inexact_s = _tolerated_s(length_s)
    for place in sorted(run, key=lambda at: (float(length_s[at]), float(ts[at]), float(start[at]))):
        begins, ends, told = float(start[place]), float(ts[place]), float(kwh[place])
        gaps, known = _uncovered(covered, begins, ends)
        left = sum(until - since for since, until in gaps)
        tolerated = float(inexact_s[place])
        if ends - begins - left <= _EXACT_S:
            insort(covered, (begins, ends, told))
            continue
        if ends - begins - left <= tolerated:
            counts, quality = told, Quality.MEASURED
        else:
            counts, quality = round(told - known, 4), Quality.COARSE
            most = max_kw * left / 3600 if left > tolerated else 0.0
            rounded = TOLERATED_KWH + TOLERATED_SHARE * max(told, known)
            if not -rounded <= counts <= most + rounded:
                found.contradictions[place] = round(known, 4)
                counts, quality = np.nan, Quality.CONTRADICTED
            elif left <= tolerated:
                counts, quality = np.nan, Quality.COVERED
            else:
                counts = min(max(counts, 0.0), max(most, 0.0))
        found.kwh[place], found.quality[place] = counts, quality
        if np.isnan(counts):
            found.pieces[place] = []
            continue
        found.seconds[place] = left
        found.pieces[place] = _shared(gaps, counts)
        for piece in found.pieces[place]:
            insort(covered, piece)


def _uncovered(covered: Sequence[Piece], begins: float, ends: float) -> tuple[list[tuple[float, float]], float]:
    """The parts of an interval that none of the disjoint, sorted pieces covers, and the energy that they say of it."""
    gaps: list[tuple[float, float]] = []
    known, at = 0.0, begins
    first = max(bisect_left(covered, (begins,)) - 1, 0)
    for since, until, energy in covered[first:]:
        if since >= ends:
            break
        low, high = max(since, begins), min(until, ends)
        if high <= low:
            continue
        if low > at:
            gaps.append((at, low))
        at = high
        known += energy * (high - low) / (until - since)
    if at < ends:
        gaps.append((at, ends))
    return gaps, known


def _cut(gaps: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    for since, until in gaps:
        if until - since > _HOUR_S:
            yield since, until
            continue
        at = since
        while (following := (at // GRID_S + 1) * GRID_S) < until - _EXACT_S:
            yield at, following
            at = following
        yield at, until


def _shared(gaps: Sequence[tuple[float, float]], kwh: float) -> list[Piece]:
    """Energy spread evenly over the gaps; shares are differences of rounded sums and add up to the whole.

    No piece up to an hour long is in two hours or days of any zone: such a one counts for where it begins.
    """
    whole = sum(until - since for since, until in gaps)
    pieces: list[Piece] = []
    done = shared = 0.0
    for since, until in _cut(gaps):
        done += until - since
        upto = round(kwh * done / whole, 4)
        pieces.append((since, until, round(upto - shared, 4)))
        shared = upto
    return pieces
