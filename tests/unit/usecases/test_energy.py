"""The energy of a batch: the same however it is cut, and by whichever path it is worked out."""

from dataclasses import replace
from itertools import pairwise
from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.usecases.meters import HOUR, Fact, columns, in_batches, meter, registers
from wattwarden.domain.meters import Meters
from wattwarden.domain.registers import MeterChange, Quality, RegisterState, difference
from wattwarden.usecases.telemetry.energy import interval_energy

steps = st.one_of(
    st.integers(0, 60_000).map(lambda number: number / 10_000),  # use
    st.just(0.0),
    st.sampled_from([-0.005, -0.01, -0.02, 30.0, 5e4, -5e4, -1.0, nan]),  # jitter, spikes, falls, an interval's energy
)
streams = st.lists(
    st.tuples(
        st.sampled_from([None, 3, 4, 6]),
        st.sampled_from([20.0, inf]),
        st.sampled_from([0.0, 995.0, 9_998.5, 999_990.25, 123_456.7891]),
        st.lists(st.tuples(st.sampled_from([1, 1, 1, 2, 5]), steps), max_size=12),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


def facts_of(index: int, start: float, moves: list[tuple[int, float]]) -> list[Fact]:
    facts, ts, shown = [(index, 0.0, nan, start)], 0.0, start
    for hours, step in moves:
        ts += hours * HOUR
        if isnan(step):
            facts.append((index, ts, 0.5, nan))
            continue
        value = round((shown + step) % 1_000_000, 4)
        facts.append((index, ts, nan, value))
        if abs(step) < 20:
            shown = value
    return facts


@given(streams=streams, cuts=st.lists(st.floats(0, 40 * HOUR), max_size=4))
@settings(max_examples=200)
def test_no_cut_and_no_path_changes_the_energy(
    streams: list[tuple[int | None, float, float, list[tuple[int, float]], bool]], cuts: list[float]
) -> None:
    change = MeterChange(5 * HOUR, "replaced", None, 3.0, 1.0)
    contexts = [
        meter(digits, max_kw=max_kw, changes=[change] if changed else []) for digits, max_kw, _, _, changed in streams
    ]
    facts = [fact for index, stream in enumerate(streams) for fact in facts_of(index, stream[2], stream[3])]
    whole = columns(facts)
    energy = interval_energy(whole, Meters.of(contexts))

    states = [RegisterState()] * len(contexts)
    for at, index in enumerate(whole.meter.tolist()):
        if isnan(whole.register_kwh[at]):
            states[index] = RegisterState()
            continue
        context, ts, register = contexts[index], float(whole.ts[at]), float(whole.register_kwh[at])
        kwh, covered_s, quality, states[index] = difference(
            states[index], ts, register, HOUR, context.register_digits, context.max_kw, context.changes
        )
        assert energy.kwh[at] == kwh or (isnan(energy.kwh[at]) and isnan(kwh))
        assert (energy.interval_s[at], energy.quality[at]) == (covered_s, quality)
    assert np.array_equal(energy.registers, states, equal_nan=True)

    edges = [-inf, *sorted(cuts), inf]
    batches = [[fact for fact in facts if low <= fact[1] < high] for low, high in pairwise(edges)]
    parts, left = in_batches(contexts, batches)
    found = {
        (index, ts): (kwh, quality)
        for batch, part in zip(batches, parts, strict=True)
        for index, ts, kwh, quality in zip(
            columns(batch).meter.tolist(), columns(batch).ts.tolist(), part.kwh.tolist(), part.quality, strict=True
        )
    }
    expected = zip(whole.meter.tolist(), whole.ts.tolist(), energy.kwh.tolist(), energy.quality, strict=True)
    for index, ts, kwh, quality in expected:
        assert found[index, ts] == (pytest.approx(kwh, abs=0, nan_ok=True), quality)
    assert np.array_equal([context.register for context in left], energy.registers, equal_nan=True)


def test_rising_registers_are_not_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("wattwarden.usecases.telemetry.energy.difference", never)
    facts = registers([100.0, 100.5, 101.0]) + registers([7.0, 7.0, 7.1], index=1)
    energy = interval_energy(columns(facts), Meters.of([meter(), meter(6)]))
    assert energy.kwh.tolist() == pytest.approx([nan, 0.5, 0.5, nan, 0.0, 0.1], nan_ok=True)
    assert [register[:2] for register in energy.registers] == [(101.0, 2 * HOUR), (7.1, 2 * HOUR)]


def test_a_late_register_value_waits_for_the_replay_and_moves_nothing() -> None:
    context = meter()._replace(last_ts=5 * HOUR, register=RegisterState(100.0, 5 * HOUR))
    facts: list[Fact] = [(0, 3 * HOUR, nan, 98.0), (0, 5 * HOUR, nan, 100.0), (0, 6 * HOUR, nan, 101.0)]
    energy = interval_energy(columns(facts), Meters.of([context]))
    assert energy.quality == [Quality.LATE, Quality.LATE, Quality.MEASURED]
    assert energy.kwh.tolist() == pytest.approx([nan, nan, 1.0], nan_ok=True)
    assert energy.interval_s.tolist() == [HOUR, HOUR, HOUR]
    assert energy.registers[0][:2] == (101.0, 6 * HOUR)


def test_a_late_interval_counts_at_once() -> None:
    context = meter()._replace(last_ts=5 * HOUR)
    energy = interval_energy(columns([(0, 3 * HOUR, 0.7, nan), (0, 6 * HOUR, 0.8, nan)]), Meters.of([context]))
    assert energy.kwh.tolist() == [0.7, 0.8]
    assert energy.quality == [Quality.MEASURED, Quality.MEASURED]
    assert np.isnan(energy.registers[0]).all()


def test_a_late_interval_leaves_the_register_alone() -> None:
    context = meter()._replace(last_ts=5 * HOUR, register=RegisterState(100.0, 5 * HOUR))
    energy = interval_energy(columns([(0, 3 * HOUR, 0.7, nan), (0, 6 * HOUR, nan, 101.0)]), Meters.of([context]))
    assert energy.kwh.tolist() == [0.7, 1.0]


def test_a_reading_may_name_its_own_interval() -> None:
    batch = columns([(0, HOUR, 0.7, nan), (0, 2 * HOUR, 0.7, nan)])
    batch = replace(batch, interval_s=np.array([900.0, nan]))
    assert interval_energy(batch, Meters.of([meter()])).interval_s.tolist() == [900.0, HOUR]


def test_nothing_sent_is_no_energy() -> None:
    energy = interval_energy(columns([]), Meters.of([meter()]))
    assert len(energy.kwh) == len(energy.quality) == 0
    assert len(energy.registers) == 1
