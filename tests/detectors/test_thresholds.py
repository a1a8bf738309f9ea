"""Who is learnt from and who is kept for the exam; what a threshold costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.dataset import Replayed, observed, replay
from detector.events import Scores
from detector.fitting import calibrate
from detector.model import Calibration
from detector.thresholds import AS_GOOD, CANDIDATES, highest_as_good, split
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


@given(peak=st.sampled_from(CANDIDATES), slope=st.floats(0.02, 1.0))
def test_the_peak_is_found_without_trying_every_threshold(peak: float, slope: float) -> None:
    tried: list[float] = []

    def f1(threshold: float) -> float:
        tried.append(threshold)
        return 0.9 - slope * abs(CANDIDATES.index(threshold) - CANDIDATES.index(peak))

    assert highest_as_good(f1) == peak
    assert len(set(tried)) == len(tried) < len(CANDIDATES)


@given(steps=st.integers(1, 8), slope=st.floats(0.0, 2 * AS_GOOD))
def test_of_thresholds_as_good_as_the_best_the_highest_counts(steps: int, slope: float) -> None:
    """F1 falls slowly behind its peak at 0.1, and steeply after so many of the steps that are tried."""
    last = CANDIDATES[2 * steps]

    def f1(threshold: float) -> float:
        place = CANDIDATES.index(threshold)
        return 0.9 - slope * place / (2 * steps) - (0.0 if threshold <= last else 0.5)

    chosen = highest_as_good(f1)
    assert f1(chosen) >= f1(CANDIDATES[0]) - AS_GOOD
    if slope <= AS_GOOD:
        assert chosen == last
