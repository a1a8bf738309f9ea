"""The decisions of the retraining state machine; training itself is the detector's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wattwarden.ports.models import DatasetStore, History, ModelRegistry

PERIOD = timedelta(days=400)
MIN_ROWS = 24 * 14
"""Two weeks of one hourly meter: less says nothing about anybody's habits."""

TOLERANCE = 0.02
"""A challenger may score this much lower than the champion: the noise between two runs on the same corpus."""
MIN_F1 = 0.5


@dataclass(frozen=True, slots=True)
class Exported:
    outcome: str
    name: str
    history_uri: str
    rows: int


def export(execution_id: str, now: datetime, history: History, datasets: DatasetStore) -> Exported:
    """Write the period's history where the training job reads it. Times are UTC."""
    name = f"wattwarden-{now:%Y%m%d-%H%M%S}-{execution_id[-6:].lower()}"
    uri, rows = datasets.write(f"ml/datasets/{name}/", history.chunks(now - PERIOD))
    return Exported("exported" if rows >= MIN_ROWS else "too_little_data", name, uri, rows)


def gate(
    name: str, artifact_uri: str, metrics: Sequence[Mapping[str, object]], models: ModelRegistry
) -> tuple[str, str]:
    """Whether the challenger may replace the champion: ("passed" or "refused", reason); recorded either way.

    `metrics` is SageMaker's FinalMetricDataList. Both were scored on the same corpus, hostels left out in turn.
    """
    scores = {str(metric["MetricName"]): float(str(metric["Value"])) for metric in metrics}
    champion = models.champion()
    f1 = scores.get("event_f1")
    best = champion.metrics.get("event_f1") if champion else None
    if f1 is None:
        outcome, reason = "refused", "the training job reported no event_f1"
    elif f1 < MIN_F1:
        outcome, reason = "refused", f"event F1 {f1:.2f} is below {MIN_F1:.2f}, the least that is worth alerting on"
    elif best is not None and f1 < best - TOLERANCE:
        outcome, reason = "refused", f"event F1 {f1:.2f} is worse than the champion's {best:.2f}"
    else:
        outcome, reason = "passed", f"event F1 {f1:.2f}" + (f", champion {best:.2f}" if best is not None else "")
    models.record(name, "challenger" if outcome == "passed" else "refused", artifact_uri, scores)
    return outcome, reason
