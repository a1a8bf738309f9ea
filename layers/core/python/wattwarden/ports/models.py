"""What retraining needs: history out, datasets in, the list of models, what became of a model's alerts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

HistoryColumns = Mapping[str, Sequence[Any]]
"""One chunk of history in the dataset's columns (see `detector/dataset.py`)."""


class ModelState(StrEnum):
    CHALLENGER = "challenger"
    CHAMPION = "champion"
    REFUSED = "refused"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model that was trained. Its name is its training job's, its endpoint configuration's and its variant's too."""

    name: str
    state: ModelState
    metrics: dict[str, float]
    artifact_uri: str | None = None
    trained_at: datetime | None = None
    reason: str | None = None
    """Of what was decided last."""


@dataclass(frozen=True, slots=True)
class LiveRecord:
    """Alerts that a model opened in a period, and what people said they were."""

    alerts: int = 0
    real: int = 0
    expected: int = 0


class History(Protocol):
    def chunks(self, since: datetime) -> Iterator[HistoryColumns]:
        """Readings since then with their exogenous inputs, ordered by meter and time, labelled where people said so."""


class DatasetStore(Protocol):
    def write(self, prefix: str, chunks: Iterator[HistoryColumns]) -> tuple[str, int]:
        """Write chunks as Parquet under the prefix; returns (URI of the prefix, rows)."""

    def holds(self, uri: str) -> bool:
        """Whether anything lies in this folder."""

    def keep_source(self, source_uri: str, key: str) -> str:
        """Copy an archive of the detector's code to the key; returns its URI there."""


class ModelRegistry(Protocol):
    def champion(self) -> ModelVersion | None: ...

    def on_trial(self) -> ModelVersion | None:
        """The challenger that serves beside the champion, or is about to."""

    def latest(self, limit: int) -> list[ModelVersion]:
        """Models by the time they were trained, youngest first."""

    def begin_trial(self, name: str, artifact_uri: str, metrics: Mapping[str, float], reason: str) -> bool:
        """Make a model the challenger, unless another one is; doing so again changes nothing."""

    def record(
        self,
        name: str,
        state: ModelState,
        artifact_uri: str | None = None,
        metrics: Mapping[str, float] | None = None,
        reason: str | None = None,
    ) -> None:
        """Add a version, or change its state when it is known; a new champion retires the one before.

        What is not given stays as it is.
        """

    def live_record(self, name: str, since: datetime) -> LiveRecord:
        """Of the alerts whose first judged reading this model judged, since then."""


class Variants(Protocol):
    def answers(self, variant: str) -> bool:
        """Whether the variant answers a few rows with what a model must answer."""


class ExperimentLog(Protocol):
    def tell(self, models: Sequence[ModelVersion]) -> int:
        """Make the registry say of these models what they are: runs, versions, aliases. Returns how many were new."""
