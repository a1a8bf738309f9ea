"""The simulated hostel behaves as measured hostels do, and the same seed lives the same life."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from simulator.clock import DAY, HOUR
from simulator.events import KINDS, Event, Fault
from simulator.generator import Hostel, generate, hostel
from simulator.nature import Nature
from simulator.noise import Floats

SUMMER = datetime(2026, 4, 20, tzinfo=UTC).timestamp()
WINTER = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
ROOMS = 180
BEDS = np.tile([2, 4, 6], ROOMS // 3)
HAS_AC = np.arange(ROOMS) // 3 % 2 == 1


def healthy() -> Hostel:
    return replace(
        hostel(3, rooms=ROOMS),
        beds=tuple(int(beds) for beds in BEDS),
        has_ac=tuple(bool(ac) for ac in HAS_AC),
        event_rate=0.0,
    )


@pytest.fixture(scope="module")
def winter() -> Floats:
    return generate(healthy(), WINTER, WINTER + 70 * DAY).kwh


def autocorrelation(kwh: Floats, lag: int) -> float:
    centred = kwh - kwh.mean(axis=1, keepdims=True)
    return float(np.mean((centred[:, lag:] * centred[:, :-lag]).sum(axis=1) / (centred**2).sum(axis=1)))


@pytest.mark.parametrize(
    ("beds", "has_ac", "expected"),
    [(2, False, 3.6), (4, False, 5.4), (6, False, 7.3), (2, True, 7.7), (4, True, 10.2), (6, True, 12.0)],
)
def test_daily_use_follows_beds_and_air_conditioning(beds: int, has_ac: bool, expected: float) -> None:  # noqa: FBT001
    kwh = generate(healthy(), SUMMER, SUMMER + 45 * DAY).kwh[(beds == BEDS) & (has_ac == HAS_AC)]
    assert kwh.sum(axis=1).mean() / 45 == pytest.approx(expected, rel=0.3)


def test_hours_vary_as_much_as_measured_rooms(winter: Floats) -> None:
    assert 0.75 < np.mean(winter.std(axis=1) / winter.mean(axis=1)) < 0.95


@pytest.mark.parametrize(("lag", "low", "high"), [(1, 0.63, 0.73), (24, 0.45, 0.64), (168, 0.32, 0.54)])
def test_hours_remember_the_hour_day_and_week_before(winter: Floats, lag: int, low: float, high: float) -> None:
    assert low - 0.03 < autocorrelation(winter, lag) < high + 0.03


def test_an_hour_is_not_too_easily_guessed_from_its_hour_of_the_week(winter: Floats) -> None:
    weeks = winter.reshape(ROOMS, 10, 168)
    deviation = np.abs(weeks - np.median(weeks, axis=1, keepdims=True)).mean(axis=(1, 2))
    assert 0.24 < np.mean(deviation / winter.mean(axis=1)) < 0.37


def test_head_counts_are_wrong_every_eighth_time() -> None:
    data = generate(healthy(), WINTER, WINTER + 30 * DAY)
    assert np.mean(np.round(data.present) != data.occupancy) == pytest.approx(0.12, abs=0.02)


@pytest.mark.parametrize("by_appliance", [False, True])
def test_the_same_seed_lives_the_same_life_in_any_window(by_appliance: bool) -> None:  # noqa: FBT001
    spec = replace(hostel(11), nature=Nature(by_appliance=by_appliance))
    whole = generate(spec, WINTER, WINTER + 20 * DAY)
    part = generate(spec, WINTER + 13 * DAY, WINTER + 14 * DAY)
    for name in ("kwh", "voltage", "power_factor", "occupancy", "label", "missing"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:, 13 * 24 : 14 * 24])


@pytest.mark.parametrize("minutes", [1, 5, 7, 15, 30])
def test_short_intervals_add_up_to_the_hours(minutes: int) -> None:
    spec = replace(hostel(5, rooms=4), event_rate=0.0)
    span = minutes * 24 * HOUR
    hourly = generate(spec, WINTER, WINTER + span).kwh.sum(axis=1)
    first = WINTER - WINTER % (minutes * 60)
    fine = generate(spec, first, first + span, interval_minutes=minutes)
    assert np.all(fine.ts % (minutes * 60) == 0)
    np.testing.assert_allclose(fine.kwh.sum(axis=1), hourly, rtol=0.01)


def unlike(**nature: float | bool) -> Hostel:
    spec = healthy()
    return replace(spec, nature=replace(spec.nature, **nature))  # type: ignore[arg-type] # of each field its own


@pytest.mark.parametrize("minutes", [15, 60])
def test_a_coarse_meter_counts_whole_pulses_and_loses_none_in_the_long_run(minutes: int) -> None:
    fine = generate(unlike(), WINTER, WINTER + 7 * DAY, interval_minutes=minutes).kwh
    coarse = generate(unlike(step_kwh=0.1), WINTER, WINTER + 7 * DAY, interval_minutes=minutes).kwh
    assert np.abs(coarse * 10 - np.round(coarse * 10)).max() < 1e-6
    assert np.abs(coarse - fine).max() <= 0.1 + 1e-6
    assert coarse.sum() == pytest.approx(fine.sum(), rel=0.01)


def test_a_stuck_meter_of_coarse_steps_repeats_one_value() -> None:
    stuck = Event(0, Fault.STUCK, WINTER + DAY, WINTER + 2 * DAY, 1.0)
    data = generate(unlike(step_kwh=0.01), WINTER, WINTER + 3 * DAY, injected=(stuck,))
    assert len(np.unique(data.kwh[0, data.kind[0] == KINDS.index(Fault.STUCK)])) == 1


def test_where_the_key_takes_the_power_along_an_empty_room_draws_nothing() -> None:
    data = generate(unlike(key_cards=True), WINTER, WINTER + 7 * DAY)
    empty = data.present == 0
    assert empty.any()
    assert not data.kwh[empty].any()
    assert (data.kwh[~empty] > 0).mean() > 0.99
    assert np.isfinite(data.power_factor).all()


@pytest.mark.parametrize(("wobble", "repeats"), [(0.0, 1.0), (0.18, 0.0)])
def test_an_empty_room_draws_the_same_for_hours_where_nothing_wobbles(wobble: float, repeats: float) -> None:
    data = generate(unlike(standing_wobble=wobble), WINTER, WINTER + 21 * DAY)
    empty = (data.present[:, 1:] == 0) & (data.present[:, :-1] == 0)
    assert np.count_nonzero(empty) > 100
    assert np.mean(np.diff(data.kwh, axis=1)[empty] == 0) == pytest.approx(repeats, abs=0.1)


@pytest.mark.parametrize("key_cards", [False, True])
def test_where_the_power_factor_is_that_of_what_is_on_it_rises_with_the_load(key_cards: bool) -> None:  # noqa: FBT001
    data = generate(unlike(by_appliance=True, key_cards=key_cards), WINTER, WINTER + 28 * DAY)
    assert ((data.power_factor >= 0.3) & (data.power_factor <= 1)).all()
    factor = data.power_factor[~HAS_AC]
    relative = data.kwh[~HAS_AC] / data.kwh[~HAS_AC].mean(axis=1, keepdims=True)
    assert 0.6 < np.median(factor[(relative > 0.05) & (relative < 0.3)]) < 0.8
    assert np.median(factor[relative > 3]) > 0.9


def test_an_interval_beyond_an_hour_is_refused() -> None:
    with pytest.raises(ValueError, match="between 1 and 60"):
        generate(hostel(1), WINTER, WINTER + DAY, interval_minutes=90)


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_is_labelled_exactly_while_it_lasts(fault: Fault) -> None:
    spec = replace(hostel(2, rooms=2), event_rate=0.0)
    start = WINTER + 2 * DAY
    event = Event(room=1, kind=fault, start=start, end=start + 6 * HOUR, size=0.5)
    data = generate(spec, WINTER, WINTER + 4 * DAY, injected=(event,))
    inside = (data.ts > start) & (data.ts <= start + 6 * HOUR)
    np.testing.assert_array_equal(data.label[1] == 1, inside)
    assert set(data.kind[1, inside]) == {KINDS.index(fault)}
    assert not data.label[0].any()


def test_a_stuck_meter_repeats_the_value_it_had() -> None:
    spec = replace(hostel(2, rooms=1), event_rate=0.0)
    event = Event(room=0, kind=Fault.STUCK, start=WINTER + DAY, end=WINTER + DAY + 9 * HOUR, size=1.0)
    kwh = generate(spec, WINTER, WINTER + 2 * DAY, injected=(event,)).kwh[0]
    assert set(kwh[24:33]) == {kwh[23]}
    assert kwh[33] != kwh[23]


def test_events_are_as_frequent_as_planned() -> None:
    spec = replace(healthy(), event_rate=1.0)
    data = generate(spec, WINTER, WINTER + 60 * DAY)
    starts = (np.diff(data.kind, axis=1) != 0) & (data.kind[:, 1:] >= 0)
    assert 0.8 < starts.sum() / ROOMS / 2 < 1.8
