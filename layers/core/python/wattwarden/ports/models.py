"""What the retraining needs: history out, datasets in, the list of models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

HistoryColumns = Mapping[str, Sequence[Any]]
"""One chunk of history in the dataset's columns (see `detector/dataset.py`)."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    name: str
    state: str
    metrics: dict[str, float]


class History(Protocol):
    def chunks(self, since: datetime) -> Iterator[HistoryColumns]:
        """Readings since then with their surroundings, ordered by meter and time."""


class DatasetStore(Protocol):
    def write(self, prefix: str, chunks: Iterator[HistoryColumns]) -> tuple[str, int]:
        """Write chunks as Parquet under the prefix; returns (URI of the prefix, rows)."""


class ModelRegistry(Protocol):
    def champion(self) -> ModelVersion | None: ...

    def record(self, name: str, state: str, artifact_uri: str | None, metrics: Mapping[str, float]) -> None:
        """Add a version, or change its state when it is known; a new champion retires the one before."""
