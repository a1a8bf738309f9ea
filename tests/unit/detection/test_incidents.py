"""When incidents open, grow and close; what the model may say; what a reading shorter than an hour means."""

from itertools import pairwise

import numpy as np
import pytest

from tests.unit.detection.streams import START, fresh, join, observe, ordinary_room, rooms, take
from wattwarden.detection import FEATURES, Observations, Verdicts, advance, judge
from wattwarden.domain.anomalies import Kind, Severity, Tier

SETTLED = 24 * 20
MODEL = (0.1, 0.2, 0.5)


def _run(obs: Observations, probability: np.ndarray | None = None) -> Verdicts:
    states = fresh()
    features = advance(states, rooms(), obs)
    predictions = None
    if probability is not None:
        band = np.broadcast_to(MODEL, (len(obs), 3))
        predictions = np.column_stack([probability, band, np.full(len(obs), 0.9)]).astype(np.float32)
    return judge(states, rooms(), obs, features, predictions)


def _opened(v: Verdicts) -> list[int]:
    return np.flatnonzero(v.opens).tolist()


def test_the_model_opens_high_holds_low_and_closes_after_two_quiet_hours() -> None:
    probability = np.zeros(SETTLED + 20)
    probability[SETTLED : SETTLED + 6] = [0.8, 0.95, 0.5, 0.31, 0.29, 0.2]
    v = _run(observe(ordinary_room(1, SETTLED + 20)), probability)
    at = SETTLED + 1
    assert _opened(v) == [at]
    assert np.flatnonzero(v.anomalous).tolist() == [at, at + 1, at + 2]
    assert np.flatnonzero(v.closes).tolist() == [at + 4]
    assert v.tier[at] is Tier.MODEL
    assert v.expected_kw[at] == pytest.approx(MODEL[1])
    assert v.score[at] == pytest.approx(0.95)
    assert set(v.incident_ts[at : at + 5]) == {START + 3600 * (at + 1)}


def test_one_quiet_hour_does_not_split_an_incident() -> None:
    probability = np.zeros(SETTLED + 20)
    probability[SETTLED : SETTLED + 3] = [0.95, 0.0, 0.95]
    v = _run(observe(ordinary_room(1, SETTLED + 20)), probability)
    assert _opened(v) == [SETTLED]
    assert np.flatnonzero(v.anomalous).tolist() == [SETTLED, SETTLED + 2]


def test_what_stays_nearly_worth_an_alarm_for_two_hours_is_one() -> None:
    probability = np.zeros(SETTLED + 20)
    probability[SETTLED : SETTLED + 8] = [0.76, 0.0, 0.74, 0.89, 0.0, 0.0, 0.76, 0.80]
    v = _run(observe(ordinary_room(1, SETTLED + 20)), probability)
    at = SETTLED + 7
    assert _opened(v) == [at]
    reasons = v.reasons[at]
    assert reasons is not None
    assert (reasons["probability"], reasons["threshold"], reasons["likely_h"]) == (0.8, 0.9, 2.0)


def test_what_was_likely_before_a_silence_counts_no_more() -> None:
    later = START + 3600 * (SETTLED + 6)
    probability = np.r_[np.zeros(SETTLED), 0.8, 0.8]
    v = _run(join(observe(ordinary_room(2, SETTLED + 1)), observe(ordinary_room(3, 1), start=later)), probability)
    assert _opened(v) == []


def test_shorter_readings_take_as_long_to_be_likely_enough() -> None:
    quarters = observe(np.repeat(ordinary_room(3, 3) / 4, 4), start=START + 3600 * SETTLED, interval_s=900.0)
    v = _run(join(observe(ordinary_room(2, SETTLED)), quarters), np.r_[np.zeros(SETTLED), np.full(12, 0.8)])
    assert _opened(v) == [SETTLED + 7]


def test_the_model_is_not_asked_about_a_meters_first_day() -> None:
    v = _run(observe(ordinary_room(1, 24)), np.ones(24))
    assert not v.anomalous.any()
    assert set(v.tier) == {Tier.STATIC}


@pytest.mark.parametrize(("kw", "beds"), [(200.0, 0), (200.0, 4), (1.2, 4), (0.2, 0)])
def test_the_model_is_asked_about_whatever_a_meter_measures(kw: float, beds: int) -> None:
    obs, states, of = observe(ordinary_room(1, SETTLED, kw)), fresh(), rooms(beds=beds)
    sure = np.full((SETTLED, 5), [1.0, *MODEL, 0.9], dtype=np.float32)
    v = judge(states, of, obs, advance(states, of, obs), sure)
    assert set(v.tier[24:]) == {Tier.MODEL}


def test_an_uncertain_rule_is_overruled_by_a_model_that_sees_nothing() -> None:
    kwh = ordinary_room(2, SETTLED + 1)
    kwh[-1] += 1.5
    assert _opened(_run(observe(kwh), np.full(SETTLED + 1, 0.5))) == []
    assert _opened(_run(observe(kwh), np.r_[np.zeros(SETTLED), 0.8])) == [SETTLED]


def test_no_model_explains_away_a_load_far_beyond_anything_the_room_ever_drew() -> None:
    kwh = ordinary_room(2, SETTLED + 1)
    kwh[-1] += 3.0
    v = _run(observe(kwh), np.zeros(SETTLED + 1))
    assert _opened(v) == [SETTLED]
    assert v.kind[-1] is Kind.EXCESS


def test_rows_without_a_finite_prediction_fall_back_to_rules() -> None:
    probability = np.zeros(SETTLED + 2)
    probability[-1] = np.nan
    v = _run(observe(ordinary_room(1, SETTLED + 2)), probability)
    assert v.tier[-2:] == [Tier.MODEL, Tier.RULES]
    assert np.isfinite(v.expected_kw).all()


def test_a_silence_of_more_than_three_hours_ends_the_incident() -> None:
    kwh = ordinary_room(2, SETTLED + 1)
    kwh[-1] += 2.5
    later = ordinary_room(3, 4)
    v = _run(join(observe(kwh), observe(later, start=START + 3600 * (SETTLED + 6))))
    assert _opened(v) == [SETTLED]
    assert np.flatnonzero(v.closes).tolist() == [SETTLED + 1]
    assert not v.anomalous[SETTLED + 1 :].any()


def test_after_a_silence_the_next_reading_may_open_a_new_incident() -> None:
    kwh = ordinary_room(2, SETTLED + 1)
    kwh[-1] += 2.5
    v = _run(join(observe(kwh), observe(np.array([3.0]), start=START + 3600 * (SETTLED + 6))))
    assert _opened(v) == [SETTLED, SETTLED + 1]
    assert v.closes[SETTLED + 1]
    assert v.incident_ts[SETTLED + 1] == START + 3600 * (SETTLED + 7)


def test_another_kind_of_trouble_is_another_incident() -> None:
    kwh = ordinary_room(4, SETTLED + 12)
    kwh[SETTLED : SETTLED + 3] += 2.5
    kwh[SETTLED + 3 :] = 0.0
    v = _run(observe(kwh))
    assert [v.kind[i] for i in _opened(v)] == [Kind.EXCESS, Kind.ZERO]


def test_severity_grows_with_an_incident_and_never_shrinks() -> None:
    kwh = ordinary_room(5, SETTLED + 30)
    kwh[SETTLED:] += 2.5
    v = _run(observe(kwh))
    ranks = [v.severity[i].rank for i in np.flatnonzero(v.anomalous)]  # type: ignore[union-attr]
    assert ranks == sorted(ranks)
    assert ranks[0] < Severity.CRITICAL.rank
    assert ranks[-1] == Severity.CRITICAL.rank


def _minutes(hourly: np.ndarray) -> np.ndarray:
    return np.repeat(hourly / 60, 60)


def test_a_kettle_is_no_anomaly_on_a_meter_that_reports_every_minute() -> None:
    before = observe(ordinary_room(6, SETTLED))
    kwh = _minutes(ordinary_room(7, 6))
    kwh[120:124] += 2.2 / 60
    v = _run(join(before, observe(kwh, start=START + 3600 * SETTLED, interval_s=60.0)))
    assert not v.anomalous[SETTLED:].any()


def test_a_heater_alarms_within_a_quarter_of_an_hour_on_a_meter_that_reports_every_minute() -> None:
    before = observe(ordinary_room(6, SETTLED))
    kwh = _minutes(ordinary_room(7, 6))
    kwh[120:] += 2.5 / 60
    v = _run(join(before, observe(kwh, start=START + 3600 * SETTLED, interval_s=60.0)))
    opened = _opened(v)
    assert len(opened) == 1
    assert 120 + 8 < opened[0] - SETTLED <= 120 + 15


def test_at_hourly_intervals_the_value_judged_is_the_reading_itself() -> None:
    states = fresh()
    obs = observe(ordinary_room(8, 200))
    features = advance(states, rooms(), obs)
    value = features[:, FEATURES.index("value")] * features[:, FEATURES.index("scale_kw")]
    assert value == pytest.approx(obs.kwh, rel=1e-5)


def test_a_motor_start_is_no_undervoltage_but_two_low_minutes_are() -> None:
    voltage = np.full(60, 231.0)
    voltage[10] = 190
    kwh = _minutes(ordinary_room(7, 1))
    assert not _run(observe(kwh, interval_s=60.0, voltage=voltage)).anomalous.any()
    voltage[11] = 190
    assert _opened(_run(observe(kwh, interval_s=60.0, voltage=voltage))) == [11]


@pytest.mark.parametrize("cut", [0, 5, 11, 12])
def test_a_spike_is_no_overvoltage_but_two_high_minutes_are_however_they_are_delivered(cut: int) -> None:
    voltage = np.full(60, 231.0)
    voltage[5] = 270
    voltage[7] = np.nan
    voltage[11:14] = 270
    obs, states = observe(_minutes(ordinary_room(7, 1)), interval_s=60.0, voltage=voltage), fresh()
    opened: list[int] = []
    for part in (take(obs, slice(0, cut)), take(obs, slice(cut, None))):
        v = judge(states, rooms(), part, advance(states, rooms(), part), None)
        opened += [int(part.ts[at]) for at in np.flatnonzero(v.opens)]
    assert opened == [int(obs.ts[12])]


def test_a_supply_that_turns_from_low_to_high_is_two_incidents() -> None:
    voltage = np.full(SETTLED + 6, 231.0)
    voltage[-6:-3], voltage[-3:] = 178.0, 290.0
    v = _run(observe(ordinary_room(2, SETTLED + 6), voltage=voltage))
    assert _opened(v) == [SETTLED, SETTLED + 3]
    assert v.kind[SETTLED:] == [Kind.UNDERVOLTAGE] * 3 + [Kind.OVERVOLTAGE] * 3


def test_nothing_to_judge_is_fine() -> None:
    v = _run(observe(np.array([])))
    assert len(v.anomalous) == 0


def test_low_voltage_is_told_even_while_something_else_goes_on() -> None:
    kwh = ordinary_room(2, SETTLED + 6)
    kwh[-6:] += 3.0
    voltage = np.full(SETTLED + 6, 231.0)
    voltage[-3:] = 178.0
    v = _run(observe(kwh, voltage=voltage))
    assert _opened(v) == [SETTLED, SETTLED + 3]
    assert v.closes[SETTLED + 3]
    assert v.kind[SETTLED + 3 :] == [Kind.UNDERVOLTAGE] * 3


def test_what_the_model_finds_odd_while_the_supply_sags_is_called_that_from_its_first_reading() -> None:
    """The rule waits for a second short reading; the alarm is not to be told as something else until then."""
    quarters = _minutes(ordinary_room(7, 1))
    past = observe(ordinary_room(2, SETTLED), voltage=np.full(SETTLED, 231.0))
    voltage = np.where(np.arange(60) < 30, 231.0, 178.0)
    sags = observe(quarters, start=START + 3600 * SETTLED, interval_s=60.0, voltage=voltage)
    v = _run(join(past, sags), np.r_[np.zeros(SETTLED + 30), np.full(30, 0.95)])
    assert _opened(v) == [SETTLED + 30]
    assert set(v.kind[SETTLED + 30 :]) == {Kind.UNDERVOLTAGE}


def test_a_reading_that_makes_an_incident_more_severe_says_so_once() -> None:
    kwh = ordinary_room(2, SETTLED + 6)
    kwh[-6:] = 3.5
    v = _run(observe(kwh))
    severity = [s.rank for s in v.severity[SETTLED:] if s is not None]
    assert v.grows[SETTLED:].tolist() == [False, *(after > before for before, after in pairwise(severity))]
    assert severity[0] < severity[-1] == Severity.CRITICAL.rank


def _heater_of_minutes(on: int, after: int) -> Observations:
    """A room of minutes after three weeks of hours: a heater for so long, then the room as it is."""
    usual = np.full(on + after, 0.2 / 60)
    usual[:on] += 3.0 / 60
    minutes = observe(usual, start=START + 3600 * SETTLED, interval_s=60.0)
    return join(observe(ordinary_room(2, SETTLED)), minutes)


def test_minutes_back_in_the_band_are_no_part_of_an_incident_though_the_hour_is_still_high() -> None:
    v = _run(_heater_of_minutes(on=90, after=150))
    [opened] = _opened(v)
    assert SETTLED < opened < SETTLED + 60
    assert np.flatnonzero(v.anomalous).max() == SETTLED + 89
    [closed] = np.flatnonzero(v.closes).tolist()
    assert closed - (SETTLED + 89) in (120, 121), "two hours, of minutes that add up to them"


def test_a_heater_that_rests_for_minutes_is_one_incident_of_the_minutes_it_is_on() -> None:
    usual = np.full(240, 0.2 / 60)
    on = np.arange(240) % 15 < 10
    minutes = observe(usual + on * 3.0 / 60, start=START + 3600 * SETTLED, interval_s=60.0)
    v = _run(join(observe(ordinary_room(2, SETTLED)), minutes))
    [opened] = _opened(v)
    listed = np.flatnonzero(v.anomalous[SETTLED:])
    assert on[listed].all()
    assert listed.tolist() == [n for n in np.flatnonzero(on).tolist() if n >= opened - SETTLED]


def test_a_reading_that_is_back_in_the_band_opens_no_incident_anew_while_the_hour_is_high() -> None:
    v = _run(_heater_of_minutes(on=90, after=300))
    assert len(_opened(v)) == 1


def test_a_reading_after_a_silence_says_how_long_it_was() -> None:
    """An hourly meter is silent for thirteen hours, then passes on their energy as one hour's."""
    late = observe(np.array([3.5]), start=START + 3600 * (SETTLED + 13))
    v = _run(join(observe(ordinary_room(2, SETTLED)), late))
    assert _opened(v) == [SETTLED]
    reasons = v.reasons[SETTLED]
    assert reasons is not None
    assert reasons["silent_h"] == 13.0
    in_order = _run(join(observe(ordinary_room(2, SETTLED)), observe(np.array([3.5]), start=START + 3600 * SETTLED)))
    assert "silent_h" not in (in_order.reasons[SETTLED] or {})


def test_a_power_factor_is_among_the_reasons() -> None:
    kwh = ordinary_room(2, SETTLED + 1)
    kwh[-1] = 3.5
    v = _run(observe(kwh, power_factor=np.full(SETTLED + 1, 0.93)))
    assert (v.reasons[SETTLED] or {})["power_factor"] == 0.93
