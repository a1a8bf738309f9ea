"""Who is learnt from and who is kept for the exam; what a threshold costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.dataset import Replayed, observed, replay
from detector.events import Scores
from detector.fitting import calibrate
from detector.model import Calibration
from detector.thresholds import CANDIDATES, amid_the_best, split
from tests.detectors import simulated


def _hostels(data: Replayed) -> set[str]:
    return set(data.hostel.tolist())


def test_the_latest_hostel_of_each_difficulty_is_kept_for_the_exam() -> None:
    frame = simulated.corpus(rooms=1)
    late = frame["hostel"].isin(["h1", "h2"])
    frame.loc[late, "ts"] += 86_400 * 100
    parts = split(replay(frame))
    assert _hostels(parts.exam) == {"h1", "h2"}
    assert _hostels(parts.learn) == {"h0", "h3", "h4", "h5"}


def test_hostels_of_no_known_difficulty_are_divided_all_the_same() -> None:
    frame = simulated.corpus(hostels=4, rooms=1).drop(columns="difficulty")
    parts = split(replay(frame))
    assert len(_hostels(parts.exam)) == 1
    assert len(_hostels(parts.learn)) == 3
    assert set(observed(frame).difficulty.tolist()) == {""}


def test_calibration_keeps_what_it_states() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(20_000) < 0.2
    boast = np.clip(np.where(truth, rng.beta(6, 2, 20_000), rng.beta(2, 3, 20_000)), 1e-6, 1 - 1e-6)
    kept = calibrate(boast, truth.astype(np.int8), density=1.0)(boast)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0)):
        inside = (kept >= low) & (kept < high)
        assert kept[inside].mean() == pytest.approx(truth[inside].mean(), abs=0.06)


def test_calibration_never_changes_the_order() -> None:
    asked = np.linspace(0, 1, 50)
    assert (np.diff(Calibration(0.7, -1.0)(asked)) >= 0).all()


def test_where_events_are_rarer_in_life_the_same_false_alerts_cost_more() -> None:
    scores = Scores(
        events=100, alerts=90, found=80, true_alerts=80, room_months=10, recall_by_kind={}, delay_median=1.0
    )
    assert scores.f1_at(1.0) == pytest.approx(scores.f1)
    assert scores.f1_at(2.0) < scores.f1


@given(peak=st.sampled_from(CANDIDATES[2:-2]), slope=st.floats(0.02, 1.0))
def test_a_peak_is_found(peak: float, slope: float) -> None:
    assert amid_the_best(lambda asked: 0.9 - slope * _steps_between(asked, peak)) == peak


def test_a_single_high_value_is_luck() -> None:
    """Beside it is nothing good, and elsewhere a whole region is as good but for a little."""
    lucky, region = CANDIDATES[1], CANDIDATES[7]

    def f1(asked: float) -> float:
        return 0.85 if asked == lucky else 0.84 - 0.01 * _steps_between(asked, region)

    assert amid_the_best(f1) == region


@pytest.mark.parametrize("end", [CANDIDATES[0], CANDIDATES[-1]])
def test_the_best_may_lie_at_either_end(end: float) -> None:
    assert amid_the_best(lambda asked: 0.9 - 0.1 * _steps_between(asked, end)) == end


def _steps_between(one: float, other: float) -> int:
    return abs(CANDIDATES.index(one) - CANDIDATES.index(other))
