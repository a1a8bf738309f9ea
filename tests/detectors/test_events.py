"""Event scores, worked out by hand."""

import numpy as np
import pytest

from detector.events import Scores, score


def _score(truth: list[int], flagged: list[int], hours: int = 48, meters: int = 1) -> Scores:
    meter = np.repeat(np.arange(meters), hours)
    ts = 3600.0 * np.tile(np.arange(1, hours + 1), meters)
    columns = np.zeros((2, hours * meters), dtype=np.bool_)
    columns[0, truth] = True
    columns[1, flagged] = True
    kind = np.where(columns[0], "heater", "")
    return score(meter, ts, np.full(len(ts), 3600.0), columns[0], kind, columns[1])


def test_an_alert_inside_an_event_finds_it() -> None:
    scores = _score([10, 11, 12], [11])
    assert (scores.events, scores.alerts, scores.found, scores.true_alerts) == (1, 1, 1, 1)
    assert scores.f1 == 1.0


def test_runs_merge_over_three_quiet_hours_but_not_over_four() -> None:
    assert _score([10, 14], []).events == 1
    assert _score([10, 15], []).events == 2


def test_an_hour_beside_the_event_is_forgiven_two_are_not() -> None:
    assert _score([10], [11]).true_alerts == 1
    assert _score([10], [12]).true_alerts == 0


def test_flagging_everything_earns_no_precision_beyond_one_alert_per_meter() -> None:
    scores = _score([10], list(range(40)), hours=20, meters=2)
    assert (scores.alerts, scores.precision, scores.recall) == (2, 0.5, 1.0)


def test_an_alert_that_never_ends_is_false_wherever_nothing_is_wrong_for_a_day() -> None:
    month = [day * 24 + hour for day in range(0, 30, 5) for hour in range(6)]
    scores = _score(month, list(range(720)), hours=720)
    assert (scores.events, scores.found, scores.true_alerts, scores.alerts) == (6, 6, 1, 7)


def test_an_alert_may_outlast_its_event_by_less_than_a_day() -> None:
    assert _score([10, 11, 12], list(range(10, 36)), hours=96).precision == 1.0
    assert _score([10, 11, 12], list(range(10, 40)), hours=96).precision == 0.5


def test_false_alerts_count_per_room_and_month() -> None:
    scores = _score([], [5], hours=730, meters=2)
    assert scores.false_alerts_per_room_month == pytest.approx(0.5, abs=0.01)
    assert scores.f1 == 0.0


def test_recall_is_told_per_kind() -> None:
    assert _score([10], [10]).recall_by_kind == {"heater": 1.0}


def test_the_delay_counts_intervals_from_the_first_wrong_reading() -> None:
    assert _score([10, 11, 12], [12]).delay_median == 2
    assert _score([10], [9, 10]).delay_median == 0
    assert np.isnan(_score([10], []).delay_median)


def test_an_event_is_met_by_an_alert_of_its_own_meter_only() -> None:
    scores = _score([10, 60], [60], meters=2)
    assert (scores.found, scores.true_alerts) == (1, 1)
