"""How good a detector's alarms are: by event, by reading, by kind, with how sure that is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from detector.dataset import UNKNOWN, Observed
from detector.events import Matches, match

DRAWS = 1_000
BINS = 10
CURVE_POINTS = 60
INTERVAL = (2.5, 97.5)
_SEED = 7

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]


def matched(data: Observed, flagged: Flags, rows: Flags | None = None) -> Matches:
    """Alarms against labels, of all readings or of those flagged in `rows`."""
    chosen = np.ones(len(data), dtype=np.bool_) if rows is None else rows
    obs = data.obs
    return match(
        obs.meter[chosen],
        obs.ts[chosen],
        obs.interval_s[chosen],
        data.label[chosen] == 1,
        data.kind[chosen],
        flagged[chosen],
    )


def event_figures(data: Observed, matches: Matches) -> dict[str, Any]:
    """Event scores with their bootstrap intervals over meters; what needs labels is None without any."""
    scores = matches.scores()
    labelled = bool((data.label != UNKNOWN).any())
    plain = {
        "precision": round(scores.precision, 4),
        "recall": round(scores.recall, 4),
        "f1": round(scores.f1, 4),
        "n_events": int(scores.events),
        "n_alerts": int(scores.alerts),
        "false_alerts_per_meter_month": round(scores.false_alerts_per_room_month, 4),
        "delay_median_intervals": None if np.isnan(scores.delay_median) else scores.delay_median,
    }
    if not labelled:
        return {name: value if name in ("n_events", "n_alerts") else None for name, value in plain.items()}
    return plain | {"interval": _intervals(matches)}


def kind_figures(matches: Matches) -> dict[str, Any]:
    """Recall and number of events of each kind."""
    recall = matches.scores().recall_by_kind
    return {
        kind: {"recall": round(value, 4), "n": int(np.count_nonzero(matches.event_kind == kind))}
        for kind, value in recall.items()
    }


def point_figures(data: Observed, flagged: Flags, score: Values) -> dict[str, float | None]:
    """Scores by reading, over those whose label is known; no curve where only one class is there."""
    known = data.label != UNKNOWN
    truth, alarm = data.label[known] == 1, flagged[known]
    if not known.any():
        return dict.fromkeys(("precision", "recall", "f1", "roc_auc", "pr_auc"))
    hits = float(np.count_nonzero(truth & alarm))
    precision = hits / alarm.sum() if alarm.any() else 0.0
    recall = hits / truth.sum() if truth.any() else 0.0
    both = truth.any() and not truth.all()
    ranked = np.nan_to_num(score[known], nan=0.0)
    return {
        "precision": round(float(precision), 4),
        "recall": round(float(recall), 4),
        "f1": round(float(2 * precision * recall / (precision + recall)), 4) if hits else 0.0,
        "roc_auc": round(float(roc_auc_score(truth, ranked)), 4) if both else None,
        "pr_auc": round(float(average_precision_score(truth, ranked)), 4) if both else None,
    }


def precision_recall(data: Observed, score: Values) -> list[list[float]]:
    """(recall, precision) by reading at CURVE_POINTS thresholds; nothing where only one class is there."""
    known = data.label != UNKNOWN
    truth = data.label[known] == 1
    if not truth.any() or truth.all():
        return []
    precision, recall, _ = precision_recall_curve(truth, np.nan_to_num(score[known], nan=0.0))
    shown = np.unique(np.searchsorted(-recall, -np.linspace(1, 0, CURVE_POINTS)).clip(0, len(recall) - 1))
    return [[round(float(recall[i]), 4), round(float(precision[i]), 4)] for i in shown]


def _intervals(matches: Matches) -> dict[str, list[float]]:
    """95 % intervals from drawing meters anew; meters are what differs, readings of one hang together."""
    rng = np.random.default_rng(_SEED)
    meters = len(matches.months)
    drawn = rng.multinomial(meters, np.full(meters, 1 / meters), DRAWS).astype(np.float64)
    found, events = _by_meter(matches.event_meter, matches.found, meters)
    true, alerts = _by_meter(matches.alert_meter, matches.true, meters)
    recall = drawn @ found / np.maximum(drawn @ events, 1e-9)
    precision = drawn @ true / np.maximum(drawn @ alerts, 1e-9)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    named = {"precision": precision, "recall": recall, "f1": f1}
    return {name: [round(float(q), 4) for q in np.percentile(values, INTERVAL)] for name, values in named.items()}


def _by_meter(meter: NDArray[np.int64], good: Flags, meters: int) -> tuple[Values, Values]:
    return np.bincount(meter, good, meters).astype(np.float64), np.bincount(meter, None, meters).astype(np.float64)


def calibration(data: Observed, flagged: Flags, confidence: Values) -> dict[str, Any]:
    """How well stated confidence is kept: reliability by tenth, and the expected calibration error (Naeini, 2015).

    Over all readings, and over those that alarmed alone: among so many ordinary ones the few that matter hardly count.
    """
    known = data.label != UNKNOWN
    right = flagged == (data.label == 1)
    return {
        name: _reliability(confidence[rows], right[rows])
        for name, rows in (("all", known), ("alarmed", known & flagged))
    }


def _reliability(confidence: Values, right: Flags) -> dict[str, Any]:
    tenth = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    n = np.bincount(tenth, minlength=BINS)
    stated = np.bincount(tenth, confidence, BINS) / np.maximum(n, 1)
    kept = np.bincount(tenth, right, BINS) / np.maximum(n, 1)
    error = float(np.average(np.abs(stated - kept), weights=n)) if n.any() else None
    bins = [
        {"stated": round(float(stated[i]), 4), "kept": round(float(kept[i]), 4), "n": int(n[i])}
        for i in np.flatnonzero(n)
    ]
    return {"expected_error": None if error is None else round(error, 4), "bins": bins}
