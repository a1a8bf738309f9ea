"""The gate: a challenger replaces the champion only when it is worth it, and every decision is on record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from wattwarden.ports.models import DatasetStore, History, HistoryColumns, ModelRegistry, ModelVersion
from wattwarden.usecases.retrain import PERIOD, export, gate

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


@dataclass
class FakeModels(ModelRegistry):
    best: ModelVersion | None = None
    recorded: list[tuple[str, str, dict[str, float]]] = field(default_factory=list)

    def champion(self) -> ModelVersion | None:
        return self.best

    def record(self, name: str, state: str, artifact_uri: str | None, metrics: Mapping[str, float]) -> None:
        assert artifact_uri
        self.recorded.append((name, state, dict(metrics)))


class FakeHistory(History):
    def __init__(self, rows: int) -> None:
        self.rows = rows

    def chunks(self, since: datetime) -> Iterator[HistoryColumns]:
        assert since == NOW - PERIOD
        yield {"ts": [0.0] * self.rows}


class FakeDatasets(DatasetStore):
    def write(self, prefix: str, chunks: Iterator[HistoryColumns]) -> tuple[str, int]:
        return f"s3://models/{prefix}", sum(len(chunk["ts"]) for chunk in chunks)


def metric(name: str, value: float) -> dict[str, object]:
    return {"MetricName": name, "Value": value}


@pytest.mark.parametrize(
    ("champion", "challenger", "outcome"),
    [
        (None, 0.80, "passed"),
        (None, 0.40, "refused"),
        (0.80, 0.79, "passed"),
        (0.80, 0.77, "refused"),
        (0.80, None, "refused"),
    ],
)
def test_the_gate(champion: float | None, challenger: float | None, outcome: str) -> None:
    best = None if champion is None else ModelVersion("old", "champion", {"event_f1": champion})
    models = FakeModels(best)
    metrics = [] if challenger is None else [metric("event_f1", challenger)]
    decided, reason = gate("new", "s3://m/model.tar.gz", metrics, models)
    assert decided == outcome
    assert reason
    assert models.recorded[0][:2] == ("new", "challenger" if outcome == "passed" else "refused")


def test_too_little_history_is_no_reason_to_train() -> None:
    assert export("abc-123456", NOW, FakeHistory(10), FakeDatasets()).outcome == "too_little_data"
    exported = export("abc-123456", NOW, FakeHistory(10_000), FakeDatasets())
    assert exported.outcome == "exported"
    assert exported.name == "wattwarden-20260131-090000-123456"
    assert exported.history_uri == f"s3://models/ml/datasets/{exported.name}/"
    assert timedelta(days=365) < PERIOD
