"""The power factor beside a meter's own habit, whatever that is and however often the meter reports."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.detection.streams import fresh, observe, rooms, side_by_side
from wattwarden.detection import FEATURES, Observations, advance
from wattwarden.detection.power_factor import without_reactive

DAYS = 21
HOURS = 24 * DAYS
KWH = np.full(HOURS, 0.3)
RNG = np.random.default_rng(5)
NOISE = RNG.standard_normal(HOURS)


def _last(kwh: np.ndarray, **measures: object) -> dict[str, float]:
    return _lasts(observe(kwh, **measures))[0]


def _lasts(*streams: Observations) -> list[dict[str, float]]:
    """The features of each stream's last reading."""
    n, obs = len(streams), side_by_side(*streams)
    matrix = advance(fresh(n), rooms(n), obs)
    ends = np.searchsorted(obs.meter, np.arange(n), side="right") - 1
    return [dict(zip(FEATURES, matrix[end].tolist(), strict=True)) for end in ends]


@given(st.floats(0.05, 5), st.floats(0.0, 5), st.floats(0.6, 0.98))
def test_a_heater_is_what_came_without_reactive_power(load: float, heater: float, usual: float) -> None:
    reactive = load * np.sqrt(1 - usual**2) / usual
    both = load + heater
    factor = both / np.hypot(both, reactive)
    assume(factor < 0.99)  # beyond, the meter's own error says more
    found = without_reactive(*(np.array([x]) for x in (both, factor, usual)))
    assert found[0] == pytest.approx(heater, abs=1e-9)


def test_what_strays_is_measured_by_how_far_it_usually_strays() -> None:
    steady, restless = _lasts(
        *(observe(KWH, power_factor=np.r_[0.92 + spread * NOISE[:-1], 0.95]) for spread in (0.005, 0.02))
    )
    assert steady["pf_z"] > 5
    assert 0 < restless["pf_z"] < 3
    assert steady["pf_stray"] < restless["pf_stray"]


def test_a_power_factor_that_has_fallen_for_good_becomes_usual_in_a_few_months() -> None:
    factor = np.r_[np.full(24 * 30, 0.95), np.full(24 * 120, 0.80)]
    matrix = advance(fresh(), rooms(), observe(np.full(len(factor), 0.3), power_factor=factor))
    fall = matrix[:, FEATURES.index("pf_fall")]
    assert fall[24 * (30 + 7) - 1] > 0.12
    assert fall[-1] < 0.05


def test_a_kettle_of_three_minutes_is_no_heater_of_an_hour() -> None:
    minutes = 60 * 24 * 4
    kwh, factor = np.full(minutes, 0.3 / 60), np.full(minutes, 0.92)
    streams = []
    for used in (3, 60):
        load, pf = kwh.copy(), factor.copy()
        load[-used:] += 2.0 / 60
        pf[-used:] = 0.99
        streams.append(observe(load, interval_s=60.0, power_factor=pf))
    kettle, heater = _lasts(*streams)
    assert kettle["resistive"] < 1.0
    assert heater["resistive"] > 3.0


def test_the_first_reading_does_not_stay_the_habit() -> None:
    factor = np.r_[0.70, 0.94 + 0.005 * NOISE[:71]]
    assert abs(_last(KWH[:72], power_factor=factor)["pf_z3"]) < 2


def test_a_fault_in_the_first_week_does_not_become_the_habit() -> None:
    factor = np.r_[0.94 + 0.005 * NOISE[:96], np.full(48, 0.75)]
    assert _last(KWH[:144], power_factor=factor)["pf_fall"] > 0.15


def _as_is_on(fall: float = 0.0, hours: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Load and power factor of a room with little but a fan on at night; the last `hours` have a factor that fell."""
    night = np.arange(HOURS) % 24 < 8
    load = np.where(night, 0.04, 0.4)
    factor = np.where(night, 0.62, 0.95) + 0.005 * NOISE
    factor[-hours:] -= fall
    return load, factor


@pytest.mark.parametrize("hours", [1, 14, 17, 20], ids=lambda hours: f"{hours} h before the end of a day")
def test_a_power_factor_that_is_low_whenever_little_is_on_has_not_fallen(hours: int) -> None:
    load, factor = _as_is_on()
    told = _last(load[:-hours], power_factor=factor[:-hours])
    assert abs(told["pf_fall"]) < 0.01
    assert abs(told["pf_z"]) < 3
    assert told["pf_stray"] < 0.01


@pytest.mark.parametrize("hours", [1, 17], ids=["by day", "by night"])
def test_one_that_falls_at_every_load_has(hours: int) -> None:
    load, factor = _as_is_on(fall=0.2, hours=48)
    assert _last(load[:-hours], power_factor=factor[:-hours])["pf_fall"] > 0.15


def test_a_load_that_is_new_to_the_meter_says_nothing_of_a_fall_but_something_of_a_rise() -> None:
    load, factor = KWH.copy(), np.full(HOURS, 0.85)
    load[-4:] = 2.0
    fallen, risen = _lasts(*(observe(load, power_factor=np.r_[factor[:-4], np.full(4, new)]) for new in (0.65, 0.99)))
    assert fallen["pf_fall"] == pytest.approx(0.0, abs=0.05)
    assert risen["pf_fall"] == pytest.approx(-0.09, abs=0.05)


@pytest.mark.parametrize("said", [0.0, 0.3, 1.0])
def test_a_meter_that_idles_says_nothing_of_its_power_factor(said: float) -> None:
    load, factor = KWH.copy(), np.full(HOURS, 0.93)
    load[-24:], factor[-24:] = 0.001, said
    assert _last(load, power_factor=factor)["pf_fall"] == pytest.approx(0.0, abs=1e-6)
