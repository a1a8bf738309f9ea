"""What retraining needs, in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from wattwarden.adapters.datasets import SCHEMA
from wattwarden.ports.models import (
    DatasetStore,
    ExperimentLog,
    History,
    HistoryColumns,
    LiveRecord,
    ModelRegistry,
    ModelState,
    ModelVersion,
    Variants,
)

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


@dataclass
class FakeModels(ModelRegistry):
    known: dict[str, ModelVersion] = field(default_factory=dict)
    live: dict[str, LiveRecord] = field(default_factory=dict)
    asked_since: list[datetime] = field(default_factory=list)

    def champion(self) -> ModelVersion | None:
        return next((m for m in self.known.values() if m.state == ModelState.CHAMPION), None)

    def on_trial(self) -> ModelVersion | None:
        return next((m for m in self.known.values() if m.state == ModelState.CHALLENGER), None)

    def latest(self, limit: int) -> list[ModelVersion]:
        return list(reversed(self.known.values()))[:limit]

    def begin_trial(self, name: str, artifact_uri: str, metrics: Mapping[str, float], reason: str) -> bool:
        other = self.on_trial()
        if other and other.name != name:
            return False
        self.record(name, ModelState.CHALLENGER, artifact_uri, metrics, reason)
        return True

    def record(
        self,
        name: str,
        state: ModelState,
        artifact_uri: str | None = None,
        metrics: Mapping[str, float] | None = None,
        reason: str | None = None,
    ) -> None:
        champion = self.champion()
        if state == ModelState.CHAMPION and champion and champion.name != name:
            self.known[champion.name] = replace(champion, state=ModelState.RETIRED)
        before = self.known.get(name, ModelVersion(name, state, {}, trained_at=NOW))
        self.known[name] = replace(
            before,
            state=state,
            artifact_uri=before.artifact_uri if artifact_uri is None else artifact_uri,
            metrics=dict(metrics) if metrics is not None else before.metrics,
            reason=before.reason if reason is None else reason,
        )

    def live_record(self, name: str, since: datetime) -> LiveRecord:
        self.asked_since.append(since)
        return self.live.get(name, LiveRecord())


@dataclass
class FakeVariants(Variants):
    dead: set[str] = field(default_factory=set)

    def answers(self, variant: str) -> bool:
        return variant not in self.dead


@dataclass
class FakeHistory(History):
    rows: int
    since: datetime | None = None

    def chunks(self, since: datetime) -> Iterator[HistoryColumns]:
        self.since = since
        yield {name: [0.0 if name == "ts" else None] * self.rows for name in SCHEMA.names}


@dataclass
class FakeDatasets(DatasetStore):
    kept: list[str] = field(default_factory=list)
    bucket: str = "models"
    empty: Collection[str] = ()
    """Folders that hold nothing."""

    def holds(self, uri: str) -> bool:
        return uri not in self.empty

    def write(self, prefix: str, chunks: Iterator[HistoryColumns]) -> tuple[str, int]:
        return f"s3://{self.bucket}/{prefix}", sum(len(chunk["ts"]) for chunk in chunks)

    def keep_source(self, source_uri: str, key: str) -> str:
        self.kept.append(source_uri)
        return f"s3://{self.bucket}/{key}"


@dataclass
class FakeLog(ExperimentLog):
    told: list[ModelVersion] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def tell(self, models: Sequence[ModelVersion]) -> int:
        new = {model.name for model in models if model.artifact_uri} - self.known
        self.known |= new
        self.told = list(models)
        return len(new)
