"""Figures by reading and calibration, worked out by hand; intervals that hold what they are about."""

from dataclasses import replace

import numpy as np
import pytest

from detector.dataset import UNKNOWN, Observed, observed
from detector.scoring import calibration, event_figures, matched, point_figures, precision_recall
from tests.detectors import simulated


def _data(*labels: int) -> Observed:
    data = observed(simulated.room("h", "h/1", seed=1, events=False, days=2).iloc[: len(labels)])
    return replace(data, label=np.array(labels, dtype=np.int8), kind=np.where(np.array(labels) == 1, "x", ""))


def test_points_are_counted_where_the_label_is_known() -> None:
    data = _data(1, 1, 0, 0, UNKNOWN, UNKNOWN)
    figures = point_figures(data, np.array([1, 0, 1, 0, 1, 1], dtype=bool), np.array([0.9, 0.4, 0.6, 0.1, 0.9, 0.9]))
    assert (figures["precision"], figures["recall"], figures["f1"], figures["roc_auc"]) == (0.5, 0.5, 0.5, 0.75)


def test_one_class_has_no_curve() -> None:
    data = _data(0, 0, 0)
    figures = point_figures(data, np.zeros(3, dtype=bool), np.zeros(3))
    assert (figures["roc_auc"], figures["pr_auc"], figures["f1"]) == (None, None, 0.0)
    assert precision_recall(data, np.zeros(3)) == []


def test_kept_confidence_has_no_error_and_boasting_has_one() -> None:
    data = _data(*([1] * 8 + [0] * 2))
    flagged = np.ones(10, dtype=bool)
    assert calibration(data, flagged, np.full(10, 0.8))["all"]["expected_error"] == 0.0
    assert calibration(data, flagged, np.full(10, 0.99))["alarmed"]["expected_error"] == pytest.approx(0.19)


def test_the_interval_holds_the_figure() -> None:
    data = observed(simulated.corpus(hostels=1, rooms=5))
    flagged = (data.label == 1) & (np.random.default_rng(1).random(len(data)) < 0.3)
    figures = event_figures(data, matched(data, flagged))
    for name in ("precision", "recall", "f1"):
        low, high = figures["interval"][name]
        assert low <= figures[name] <= high
    low, high = figures["interval"]["recall"]
    assert 0 < high - low < 0.5
