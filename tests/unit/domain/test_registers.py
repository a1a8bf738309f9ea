"""What holds for every register, whatever it shows. Case by case: tests/golden."""

from itertools import pairwise
from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattwarden.domain.registers import MeterChange, Quality, RegisterState, difference, in_force

HOUR = 3600.0
MAX_KW = 20.0
EMPTY = RegisterState()

tenths_of_wh = st.integers(0, 10**9).map(lambda number: number / 10_000)
used = st.lists(st.integers(0, 200_000).map(lambda number: number / 10_000), min_size=1, max_size=40)
digits = st.sampled_from([None, 3, 4, 5, 6, 7, 8, 9])


def run(
    values: list[tuple[float, float]],
    count: int | None = None,
    max_kw: float = MAX_KW,
    changes: tuple[MeterChange, ...] = (),
    interval_s: float = HOUR,
) -> list[tuple[float, float, Quality]]:
    """(kWh, seconds, quality) of each (ts, register)."""
    state, found = EMPTY, []
    for ts, value in values:
        kwh, covered_s, quality, state = difference(state, ts, value, interval_s, count, max_kw, changes)
        found.append((kwh, covered_s, quality))
    return found


def total(found: list[tuple[float, float, Quality]]) -> float:
    return sum(kwh for kwh, _, _ in found if not isnan(kwh))


@given(start=tenths_of_wh, used=used, count=digits)
def test_intervals_of_a_clean_register_add_up_to_it(start: float, used: list[float], count: int | None) -> None:
    shown = [start]
    for energy in used:
        shown.append(round(shown[-1] + energy, 4))
    found = run([(hour * HOUR, value) for hour, value in enumerate(shown)], count)
    assert {quality for _, _, quality in found[1:]} == {Quality.MEASURED}
    assert total(found) == pytest.approx(shown[-1] - shown[0], abs=1e-6)


@given(used=used, count=st.sampled_from([3, 4, 5, 6, 7, 8, 9]), before=st.integers(1, 50_000), told=st.booleans())
def test_a_rollover_costs_and_adds_nothing(used: list[float], count: int, before: int, *, told: bool) -> None:
    span = 10.0**count
    # Whoever has not told the digits uses little at a time, next to the whole range.
    share = 1.0 if told else 0.001
    energies = [round(share * energy, 4) for energy in used]
    shown = [round(span - share * before / 10_000, 4)]
    for energy in energies:
        shown.append(round(shown[-1] + energy, 4))
    found = run([(hour * HOUR, round(value % span, 4)) for hour, value in enumerate(shown)], count if told else None)
    assert total(found) == pytest.approx(shown[-1] - shown[0], abs=1e-6)
    assert {quality for _, _, quality in found[1:]} <= {Quality.MEASURED, Quality.ROLLOVER}


@given(
    values=st.lists(st.tuples(st.integers(1, 200_000), tenths_of_wh), min_size=1, max_size=30),
    count=digits,
    max_kw=st.sampled_from([3.3, 20.0, 1000.0, inf]),
)
def test_whatever_is_shown_no_more_than_the_meter_can_pass_is_counted(
    values: list[tuple[int, float]], count: int | None, max_kw: float
) -> None:
    """But one step of a coarse display, which is 1 kWh at most."""
    ts, shown = 0.0, []
    for wait, value in values:
        ts += wait
        shown.append((ts, value))
    found = run(shown, count, max_kw)
    assert all(isnan(kwh) or 0 <= kwh <= max(max_kw * covered / 3600 + 0.0001, 1.0) for kwh, covered, _ in found)
    if max_kw < inf:
        longest = max_kw * (shown[-1][0] - shown[0][0]) / 3600
        assert total(found) <= longest + len(shown) * 1.0


@given(values=st.lists(st.tuples(st.integers(1, 9_000), tenths_of_wh), min_size=1, max_size=30), count=digits)
def test_counted_intervals_do_not_overlap(values: list[tuple[int, float]], count: int | None) -> None:
    ts, shown = 0.0, []
    for wait, value in values:
        ts += wait
        shown.append((ts, value % 50))
    counted = [
        (ts - covered, ts)
        for (ts, _), (kwh, covered, _) in zip(shown, run(shown, count), strict=True)
        if not isnan(kwh)
    ]
    assert all(end <= start for (_, end), (start, _) in pairwise(counted))


@given(used=used, ratio=st.sampled_from([0.1, 1.0, 5.0, 40.0, 33.3333]))
def test_behind_a_current_transformer_the_intervals_add_up_as_well(used: list[float], ratio: float) -> None:
    shown = [100.0]
    for energy in used:
        shown.append(round(shown[-1] + energy / max(ratio, 1.0), 4))
    changes = (MeterChange(-1.0, "ratio", None, None, ratio),)
    found = run([(hour * HOUR, value) for hour, value in enumerate(shown)], changes=changes)
    assert total(found) == pytest.approx(ratio * (shown[-1] - shown[0]), abs=1e-4)


@pytest.mark.parametrize("corrupt", [0.0, 4.2, 99_999.9, 5_100.0])
@pytest.mark.parametrize("count", [None, 4, 5])
def test_one_corrupt_value_neither_makes_nor_loses_energy(corrupt: float, count: int | None) -> None:
    shown = [5000.0, 5001.5, corrupt, 5003.0, 5004.5]
    found = run([(hour * HOUR, value) for hour, value in enumerate(shown)], count)
    assert total(found) == pytest.approx(4.5)
    assert isnan(found[2][0])


def test_a_value_is_no_suspect_for_longer_than_until_the_next_that_counts() -> None:
    values = [(0.0, 100.0), (HOUR, 9000.0), (2 * HOUR, 101.0), (3 * HOUR, 9000.5)]
    *_, (kwh, covered_s, quality) = run(values)
    assert isnan(kwh)
    assert (covered_s, quality) == (HOUR, Quality.IMPLAUSIBLE)


def test_a_meter_that_may_pass_anything_is_taken_at_its_word_upwards_only() -> None:
    found = run([(0.0, 100.0), (HOUR, 90_000.0), (2 * HOUR, 5.0)], max_kw=inf)
    assert [quality for _, _, quality in found] == [Quality.BASELINE, Quality.MEASURED, Quality.RESET]
    assert total(found) == pytest.approx(89_900)


def test_what_a_replacement_would_add_beyond_what_can_pass_is_unknown() -> None:
    changes = (MeterChange(1800.0, "replaced", 515.0, 10.0, 1.0),)
    (_, (kwh, covered_s, quality)) = run([(0.0, 500.0), (HOUR, 20.0)], changes=changes)
    assert isnan(kwh)
    assert (covered_s, quality) == (HOUR, Quality.REPLACED)


def test_a_change_counts_once_though_the_value_after_it_was_corrupt() -> None:
    changes = (MeterChange(1800.0, "replaced", 502.0, 10.0, 1.0),)
    found = run([(0.0, 500.0), (HOUR, 70_000.0), (2 * HOUR, 14.0), (3 * HOUR, 15.0)], changes=changes)
    assert [kwh for kwh, _, _ in found[1:]] == pytest.approx([2.0, 4.0, 1.0])
    assert found[2][1] == pytest.approx(1.5 * HOUR)


@pytest.mark.parametrize("code", [4_294_967.295, 99_999_999.9, 4_294_967_295.0])
def test_an_error_code_is_no_energy_even_where_nothing_limits_the_meter(code: float) -> None:
    found = run([(0, 100.0), (HOUR, code), (2 * HOUR, 101.0)], max_kw=inf)
    assert [quality for _, _, quality in found] == [Quality.BASELINE, Quality.IMPLAUSIBLE, Quality.GAP]
    assert total(found) == 1.0


def test_a_ratio_makes_no_interval_larger_than_can_be_stored() -> None:
    changes = (MeterChange(0.0, "ratio", None, None, 100_000.0),)
    found = run([(0, 100.0), (HOUR, 120.0), (2 * HOUR, 121.0)], max_kw=inf, changes=changes)
    assert found[1][2] is Quality.IMPLAUSIBLE


def test_a_change_that_says_nothing_of_its_multiplier_leaves_it_as_it_was() -> None:
    assert in_force([None, 40.0, None, 2.0, None]) == [1.0, 40.0, 40.0, 2.0, 2.0]
