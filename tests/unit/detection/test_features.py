"""What single features say of loads whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.detection.streams import fresh, observe, ordinary_room, rooms, side_by_side
from wattwarden.detection import FEATURES, Observations, advance, judge
from wattwarden.domain.anomalies import Tier

HOURS = 24 * 50
RHYTHM = 1.0 + 0.5 * np.sin(np.arange(HOURS) * 2 * np.pi / 24)


def _features(kwh: np.ndarray, **measures: object) -> dict[str, np.ndarray]:
    return _features_of(observe(kwh, **measures))[0]


def _features_of(*streams: Observations) -> list[dict[str, np.ndarray]]:
    """The features of each stream, in its own order of time."""
    n, obs = len(streams), side_by_side(*streams)
    matrix = advance(fresh(n), rooms(n, beds=0), obs)
    return [{name: matrix[obs.meter == meter, i] for i, name in enumerate(FEATURES)} for meter in range(n)]


def test_a_load_that_repeats_itself_never_surprises() -> None:
    features = _features(RHYTHM)
    assert np.abs(features["surprise"][24 * 20 :]).max() < 0.01
    assert features["stray24"][-1] < 0.01


def test_a_step_surprises_once_and_strays_for_long() -> None:
    kwh = RHYTHM.copy()
    kwh[-12:] += 1.0
    features = _features(kwh)
    assert features["surprise"][-12] == pytest.approx(1.0, abs=0.05)
    assert np.abs(features["surprise"][-11:]).max() < 0.05
    assert features["stray24"][-1] > 5 * features["stray24"][-13]


def test_a_load_recurs_when_it_was_there_before_it_was_another() -> None:
    kwh = np.random.default_rng(3).uniform(0.1, 1.0, HOURS)
    stuck = kwh.copy()
    stuck[-12:] = 0.213
    resting = stuck.copy()
    resting[-60:-50] = 0.213
    never_another = np.full(HOURS, 0.213)
    lost = stuck.copy()
    lost[-6] = np.nan
    moving = resting.copy()
    moving[-1] = 0.5
    streams = map(observe, (stuck, resting, never_another, lost, moving))
    recurs = [features["recurs"][-1] for features in _features_of(*streams)]
    assert recurs == [0, pytest.approx(10 / 157, abs=0.001), 0, 0, 0]


def test_a_load_that_never_ends_raises_the_base() -> None:
    kwh = RHYTHM.copy()
    kwh[-30:] += 0.3
    assert _features(kwh)["base_rise"][-1] == pytest.approx(0.3, abs=0.1)


def test_days_are_measured_by_the_days_of_six_weeks() -> None:
    kwh = 0.2 + 0.1 * RHYTHM
    loads = []
    for factor, more in ((1.0, 0.0), (0.4, 0.0), (2.0, 0.0), (1.0, 0.3)):
        load = kwh.copy()
        load[-80:] = factor * load[-80:] + more
        loads.append(observe(load))
    told = {
        name: {key: features[key][-1] for key in ("baseload24", "baseload72", "day72", "day168", "peak72")}
        for name, features in zip(("usual", "theft", "drift", "leak"), _features_of(*loads), strict=True)
    }
    assert all(abs(value) < 0.02 for value in told["usual"].values())
    assert told["theft"]["day72"] == pytest.approx(np.log(0.4), abs=0.15)
    assert told["drift"]["baseload24"] == pytest.approx(np.log(2.0), abs=0.05)
    assert told["leak"]["baseload72"] > 0.5 > told["leak"]["peak72"]


def test_a_day_hardly_measured_says_nothing_of_the_days() -> None:
    matrix = advance(fresh(), rooms(beds=0), observe(RHYTHM[: 24 * 4]))
    assert not matrix[:, FEATURES.index("day24")].any()


@pytest.mark.parametrize(("heads", "excess"), [(2.0, True), (6.0, False)])
def test_guests_use_more_and_nobody_uses_more_per_head(heads: float, excess: bool) -> None:  # noqa: FBT001
    kwh, people = np.full(HOURS, 0.3), np.full(HOURS, 2.0)
    kwh[-48:] *= 3
    people[-48:] = heads
    counted, uncounted = _features_of(observe(kwh, occupancy=people), observe(kwh))
    assert bool(counted["per_head"][-1] > 0.5) is excess
    assert not uncounted["per_head"].any()


def test_a_heater_lifts_the_power_factor_above_its_habit() -> None:
    power_factor, kwh = np.full(HOURS, 0.92), RHYTHM.copy()
    power_factor[-1], kwh[-1] = 0.98, 10.0
    measured, unmeasured = _features_of(observe(kwh, power_factor=power_factor), observe(RHYTHM))
    assert measured["pf_change"][-1] == pytest.approx(0.06, abs=0.005)
    assert not unmeasured["pf_change"].any()


def test_a_power_factor_that_recovers_beside_an_ordinary_load_is_no_heater() -> None:
    power_factor = np.full(HOURS, 0.70)
    power_factor[-1] = 0.95
    assert _features(RHYTHM, power_factor=power_factor)["pf_change"][-1] < 0.02


def test_a_power_factor_that_falls_counts_whatever_the_load() -> None:
    power_factor = np.full(HOURS, 0.95)
    power_factor[-1] = 0.80
    assert _features(RHYTHM, power_factor=power_factor)["pf_change"][-1] == pytest.approx(-0.15, abs=0.005)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000), st.floats(0.01, 1_000))
def test_the_two_weeks_beside_the_hour_hold_the_two_weeks_of_the_hour(seed: int, size: float) -> None:
    features = _features(size * ordinary_room(seed, 24 * 20))
    settled = slice(24 * 15, None)
    assert (features["near_low"] <= features["hod_low"] + 1e-6)[settled].all()
    assert (features["hod_low"] <= features["hod_mid"] + 1e-6)[settled].all()
    assert (features["hod_high"] <= features["near_high"] + 1e-6)[settled].all()
    assert (features["span6"][settled] >= 0).all()


@settings(max_examples=10, deadline=None)
@given(st.floats(0.5, 400))
def test_features_do_not_depend_on_the_size_of_what_is_measured(size: float) -> None:
    kwh = ordinary_room(5, 24 * 20)
    one, other = _features_of(observe(kwh), observe(size * kwh))
    for name in ("residual", "z", "jump", "surprise", "stray", "ratio24", "base_rise"):
        np.testing.assert_allclose(one[name][24 * 15 :], other[name][24 * 15 :], atol=0.05)


def test_the_model_judges_from_the_second_day_and_states_how_sure_it_is() -> None:
    obs = observe(ordinary_room(3, 60))
    features = advance(fresh(), rooms(), obs)
    probability = np.linspace(0, 1, 60)
    predictions = np.column_stack([probability, *np.full((3, 60), [[0.1], [0.2], [0.6]]), np.full(60, 0.8)])
    verdicts = judge(fresh(), rooms(), obs, features, predictions.astype(np.float32))
    assert set(verdicts.tier[:24]) == {Tier.STATIC}
    assert set(verdicts.tier[30:]) == {Tier.MODEL}
    goes_on = 3 * probability / (1 + 2 * probability)  # three times the odds
    alarmed = np.where(verdicts.opens, probability, goes_on)
    assert set(verdicts.opens[verdicts.anomalous].tolist()) == {True, False}
    sure = np.where(verdicts.anomalous, alarmed, 1 - probability)
    np.testing.assert_allclose(verdicts.confidence[30:], sure[30:], atol=1e-6)


def test_without_reasons_the_verdicts_are_the_same() -> None:
    kwh = ordinary_room(3, 24 * 20)
    kwh[-3:] += 3.0
    obs = observe(kwh)
    features = advance(fresh(), rooms(), obs)
    told, untold = (judge(fresh(), rooms(), obs, features, None, explain=explain) for explain in (True, False))
    assert told.kind == untold.kind
    assert any(told.reasons)
    assert not any(untold.reasons)
