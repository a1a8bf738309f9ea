"""What challenger and champion are worth, on hostels that neither has learnt from and that came later."""

from dataclasses import dataclass

import numpy as np

from detector.dataset import Replayed
from detector.fitting import judged
from detector.model import Detector, Features
from detector.thresholds import alarms, scores
from wattwarden.detection import FEATURES

BUILDINGS = "buildings"
"""The difficulty of meters that measure no room: told beside the overall figures, which are of rooms."""


@dataclass(frozen=True, slots=True)
class Marks:
    metrics: dict[str, float]
    """As the log names them: `event_f1`, `champion_event_f1`, both again by difficulty, and `events` of each."""
    counts: dict[str, float]
    recall_by_kind: dict[str, float]


def take(exam: Replayed, challenger: Detector, champion: Detector | None) -> Marks:
    """Event scores of the whole system with either model, from the day on which a model judges."""
    judges = judged(exam.features)
    whole = judges & (exam.difficulty != BUILDINGS)
    parts = {f"_{name}": judges & (exam.difficulty == name) for name in np.unique(exam.difficulty).tolist() if name}
    if not whole.any():
        whole = judges
    alarmed = alarms(exam, predict(challenger, exam.features))
    overall = scores(exam, alarmed, whole)
    metrics = {
        "event_f1": overall.f1,
        "event_precision": overall.precision,
        "event_recall": overall.recall,
        "false_alerts_per_room_month": overall.false_alerts_per_room_month,
    }
    for name, rows in parts.items():
        of_part = scores(exam, alarmed, rows)
        metrics |= {f"event_f1{name}": of_part.f1, f"events{name}": of_part.events}
    if champion is not None:
        alarmed = alarms(exam, predict(champion, exam.features))
        for name, rows in {"": whole, **parts}.items():
            metrics[f"champion_event_f1{name}"] = scores(exam, alarmed, rows).f1
    counts = {"events": overall.events, "alerts": overall.alerts, "room_months": overall.room_months}
    return Marks(metrics, counts, overall.recall_by_kind)


def predict(detector: Detector, features: Features) -> Features:
    """Predictions of a model that may have learnt from fewer features, or from the same in another order."""
    if detector.features == FEATURES:
        return detector.predict(features)
    return detector.predict(features[:, [FEATURES.index(name) for name in detector.features]])
