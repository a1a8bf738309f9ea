"""A meter passes each minute once, however often and in whatever steps it is told."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattwarden.domain.intervals import Reconciled, begin, reconcile, snap
from wattwarden.domain.registers import Quality

HOUR, DAY, MINUTE = 3600.0, 86_400.0, 60.0
T0 = 1_796_083_200.0  # midnight, UTC
MAX_KW = 20.0


def told(*tellings: tuple[float, float, float]) -> Reconciled:
    """What (end in minutes, length in minutes, kWh) come to."""
    rows = sorted(tellings)
    length = np.array([row[1] * MINUTE for row in rows])
    ts = snap(np.array([T0 + row[0] * MINUTE for row in rows]), length)
    order = np.lexsort((length, ts))
    ts, length, kwh = ts[order], length[order], np.array([row[2] for row in rows])[order]
    before = np.array([max((t for t in ts if t < at), default=np.nan) for at in ts])
    return reconcile(ts, begin(ts, length, before), length, kwh, MAX_KW)


def energy(found: Reconciled) -> float:
    return float(np.nansum(found.kwh))


@pytest.mark.parametrize(
    ("length", "off", "moved"),
    [
        (HOUR, 0.4, True), (HOUR, -10, True), (HOUR, 30, True), (HOUR, 31, False), (HOUR, 433, False),
        (MINUTE, 5, True), (MINUTE, 7, False), (10, 0.9, True), (10, 2, False), (DAY, 12, True), (7, 0.05, False),
    ],
)  # fmt: skip
def test_times_snap_to_the_meters_grid_within_a_tolerance(length: float, off: float, moved: bool) -> None:  # noqa: FBT001
    [at] = snap(np.array([T0 + off]), np.array([length]))
    assert at == (T0 if moved else T0 + off)


def test_full_hours_of_every_zone_are_on_the_grid() -> None:
    for minutes in (30, 45, 15):
        [at] = snap(np.array([T0 + minutes * MINUTE + 3]), np.array([HOUR]))
        assert at == T0 + minutes * MINUTE


def test_a_day_exported_twice_with_times_beyond_the_snap_counts_once() -> None:
    halves = [(30.0 * n, 30.0, 0.1) for n in range(1, 49)]
    shifted = [(end + 0.9, length, kwh) for end, length, kwh in halves]
    found = told(*halves, *shifted)
    assert energy(found) == pytest.approx(4.8)
    assert found.quality.count(Quality.COVERED) == 48


def test_a_days_total_among_its_hours_counts_for_the_missing_ones() -> None:
    hours = [(60.0 * n, 60.0, 0.2) for n in range(1, 23)]  # the last two are missing
    found = told(*hours, (1440.0, 1440.0, 5.0))
    assert energy(found) == pytest.approx(5.0)
    assert found.quality[-1] is Quality.COARSE
    assert found.pieces[22] == [(T0 + 22 * HOUR, T0 + DAY, 0.6)]


def test_a_total_that_says_something_else_is_named_and_does_not_count() -> None:
    hours = [(60.0 * n, 60.0, 0.2) for n in range(1, 25)]
    found = told(*hours, (1440.0, 1440.0, 48.0))
    assert energy(found) == pytest.approx(4.8)
    assert found.contradictions == {24: 4.8}
    assert found.quality[24] is Quality.CONTRADICTED


def test_a_total_below_its_parts_is_named() -> None:
    found = told((60, 60, 3.0), (120, 60, 3.0), (240, 240, 1.0))
    assert found.quality[-1] is Quality.CONTRADICTED
    assert energy(found) == pytest.approx(6.0)


def test_a_clock_that_drifts_a_little_loses_nothing() -> None:
    found = told(*((0.99 * n, 1.0, 0.01) for n in range(1, 200)))
    assert energy(found) == pytest.approx(1.99)
    assert set(found.quality) == {Quality.MEASURED}


def test_what_says_no_energy_covers_nothing() -> None:
    found = told((60, 60, np.nan), (120, 120, 1.0))
    assert found.kwh[1] == 1.0
    assert found.seconds[1] == 7200


SLOT = 15
SLOTS = 32
STEPS = (1, 2, 4, 16, 32)
"""Lengths of tellings, in slots: quarters of an hour to eight hours."""


@st.composite
def tellings(draw: st.DrawFn) -> tuple[list[int], list[tuple[float, float, float]]]:
    """Eight hours in quarters (Wh), and what is told of them: parts of any length, repeated, jittered, shuffled."""
    truth = draw(st.lists(st.integers(0, 900), min_size=SLOTS, max_size=SLOTS))
    rows: list[tuple[float, float, float]] = []
    for step in STEPS:
        for n in draw(st.lists(st.integers(1, SLOTS // step), max_size=2 * SLOTS // step)):
            kwh = sum(truth[(n - 1) * step : n * step]) / 1e3
            rows.append((n * step * SLOT + draw(st.sampled_from((0.0, 0.3, -0.2, 1 / 150))), step * SLOT * 1.0, kwh))
    return truth, draw(st.permutations(rows))


@settings(max_examples=400, deadline=None)
@given(tellings())
def test_any_mixture_of_tellings_of_one_truth_gives_that_truth(
    told_of: tuple[list[int], list[tuple[float, float, float]]],
) -> None:
    truth, rows = told_of
    # what is told of one instant and length is one fact
    facts = {(float(snap(np.array([T0 + end * MINUTE]), np.array([length * MINUTE]))[0]), length): kwh
             for end, length, kwh in rows}  # fmt: skip
    found = told(*(((ts - T0) / MINUTE, length, kwh) for (ts, length), kwh in facts.items()))
    assert not found.contradictions
    covered = np.zeros(SLOTS, dtype=bool)
    for ts, length in facts:
        last = round((ts - T0) / MINUTE / SLOT)
        covered[last - int(length // SLOT) : last] = True
    assert energy(found) == pytest.approx(sum(np.array(truth)[covered]) / 1e3, abs=1e-6)
    parts = sorted(
        piece
        for place, (ts, length) in enumerate(sorted(facts))
        for piece in found.pieces.get(place, [(ts - length * MINUTE, ts, 0.0)])
    )
    assert all(until <= since + 1e-6 for (_, until, _), (since, _, _) in pairwise(parts)), "no minute twice"
