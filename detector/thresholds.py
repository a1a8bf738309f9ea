"""Calibration and alarm thresholds, from hostels that were left out of training."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector import events
from detector.dataset import Replayed, part
from detector.fitting import Band, calibrate, fit, judged
from detector.model import Detector, Features, Head, by_head
from detector.settings import Settings
from wattwarden.detection import FEATURES, MeterStates, judge

CANDIDATES = (0.3, 0.36, 0.43, 0.5, 0.58, 0.66, 0.75, 0.83, 0.87, 0.9, 0.92, 0.94, 0.96)

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Split:
    """Meters to learn from, and those of each difficulty's last hostels, which no model ever learns from."""

    learn: Replayed
    exam: Replayed


def split(data: Replayed) -> Split:
    """Keep the latest quarter of each difficulty's hostels, one at least, for the exam: other hostels, later time."""
    exam: list[str] = []
    for hostels in _groups(data, at_least=3):
        exam += hostels[len(hostels) - max(1, len(hostels) // 4) :]
    held = np.isin(data.hostel[_first_rows(data)], exam)
    return Split(part(data, ~held), part(data, held))


def left_out(
    data: Replayed,
    histories: Sequence[Replayed],
    settings: Settings,
    bands: list[Band],
    cores: Executor,
) -> Features:
    """Predictions of each hostel by heads that learnt from the others; the band is the same for all."""
    fold_of = {
        hostel: place % settings.folds for hostels in _groups(data, at_least=2) for place, hostel in enumerate(hostels)
    }
    fold = np.array([fold_of[hostel] for hostel in data.hostel[_first_rows(data)].tolist()])

    def predict(number: int) -> tuple[Flags, Features]:
        detector = fit([part(data, fold != number), *histories], settings, bands)
        held_out = (fold == number)[data.obs.meter]
        return held_out, detector.predict(data.features[held_out])

    predictions = np.full((len(data), 5), np.nan, dtype=np.float32)
    for held_out, predicted in cores.map(predict, np.unique(fold).tolist()):
        predictions[held_out] = predicted
    return predictions


def settle(detector: Detector, data: Replayed, predictions: Features, density: float) -> Detector:
    """The detector with calibrated heads and thresholds, from `left_out` predictions of the data it learnt from."""
    rows = judged(data.features)
    heads = {}
    for name, of_head in by_head(data.features, FEATURES).items():
        if name in detector.heads:
            mine = rows & of_head
            probability = predictions[:, 0].astype(np.float64)
            calibration = calibrate(probability[mine], data.label[mine], density)
            calibrated = predictions.copy()
            calibrated[:, 0] = calibration(probability)
            threshold = choose(data, calibrated, np.bincount(data.obs.meter, of_head) > 0, density)
            heads[name] = Head(detector.heads[name].classifier, calibration, threshold)
    return replace(detector, heads=heads)


def choose(data: Replayed, predictions: Features, meters: Flags, density: float) -> float:
    """The threshold amid those with the best event F1 on the meters flagged, judged with the rules.

    A false alert counts as often as there are more events than in life, or alerts would look too good.
    """
    if not meters.any():
        return 1.0
    chosen, predicted = part(data, meters), predictions[meters[data.obs.meter]].copy()

    def f1(threshold: float) -> float:
        predicted[:, 4] = threshold
        return scores(chosen, alarms(chosen, predicted)).f1_at(density)

    return amid_the_best(f1)


def amid_the_best(f1: Callable[[float], float]) -> float:
    """The one of CANDIDATES whose F1 is best in the mean with those beside it.

    A few events decide where the curve itself is highest; on other hostels it lies a little to one side.
    """
    found = np.array([f1(threshold) for threshold in CANDIDATES])
    padded = np.pad(found, 1, mode="edge")
    return CANDIDATES[int(np.argmax(padded[:-2] + padded[1:-1] + padded[2:]))]


def alarms(data: Replayed, predictions: Features) -> Flags:
    """Where the whole system alarms with these predictions."""
    states = MeterStates.new(len(data.rooms.beds))
    return judge(states, data.rooms, data.obs, data.features, predictions, explain=False).anomalous


def scores(data: Replayed, alarmed: Flags, rows: Flags | None = None) -> events.Scores:
    """Event scores of these alarms on the rows flagged, else where the model judges."""
    rows = judged(data.features) if rows is None else rows
    return events.score(
        data.obs.meter[rows],
        data.obs.ts[rows],
        data.obs.interval_s[rows],
        data.label[rows] == 1,
        data.kind[rows],
        alarmed[rows],
    )


def _first_rows(data: Replayed) -> NDArray[np.int64]:
    return np.searchsorted(data.obs.meter, np.arange(len(data.rooms.beds)))


def _groups(data: Replayed, *, at_least: int) -> list[list[str]]:
    """Hostels by difficulty; all together where a difficulty has too few of them to be divided."""
    groups = _by_difficulty(data)
    if min(map(len, groups)) >= at_least:
        return groups
    return [sorted(hostel for hostels in groups for hostel in hostels)]


def _by_difficulty(data: Replayed) -> list[list[str]]:
    """Hostels of each difficulty, by the time their record begins."""
    first = _first_rows(data)
    begins: dict[str, dict[str, float]] = {}
    for row in first.tolist():
        of_difficulty = begins.setdefault(str(data.difficulty[row]), {})
        hostel, ts = str(data.hostel[row]), float(data.obs.ts[row])
        of_difficulty[hostel] = min(ts, of_difficulty.get(hostel, ts))
    return [sorted(hostels, key=lambda name: (hostels[name], name)) for _, hostels in sorted(begins.items())]
