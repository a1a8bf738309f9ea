"""What the daily look at drift needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray


class FeatureSample(NamedTuple):
    """Features of some days' readings, of `meters` meters."""

    columns: Mapping[str, NDArray[Any]]
    """[rows] by feature."""
    rows: int
    meters: int


@dataclass(frozen=True, slots=True)
class Reference:
    """How features were distributed when a model was new."""

    model: str
    rows: int
    bins: Mapping[str, tuple[list[float], list[float]]]
    """By feature, the inner edges of its bins and the share of rows in each."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What the database says of the last days. None: there is nothing to measure."""

    alert_rate: float | None
    """Alerts per room and month, last seven days."""
    usual_alert_rate: float | None
    """The same of the four weeks before."""
    real: int
    """Alerts of the last four weeks that people call real, by their last word."""
    expected: int
    fallback_share: float | None
    """Of yesterday's anomalies of rooms that the model could judge, those that rules judged in its place."""


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What a day's look found. None: it could not be measured."""

    day: date
    model: str | None
    stability: dict[str, float]
    """Population stability index by feature."""
    drifted_share: float | None
    alert_rate: float | None
    usual_alert_rate: float | None
    precision: float | None
    labelled: int
    fallback_share: float | None
    reasons: list[str] = field(default_factory=list)
    retraining: bool = False


class FeatureDays(Protocol):
    def sample(self, days: Sequence[date]) -> FeatureSample:
        """Features that the lake holds of these days (UTC), of many readings a part; no rows when it holds none."""


class DriftStore(Protocol):
    def measures(self, now: datetime) -> Measures: ...

    def reference(self, model: str) -> Reference | None: ...

    def keep_reference(self, reference: Reference) -> None: ...

    def save(self, report: DriftReport) -> None:
        """Keep a day's report, in the place of an earlier one of that day."""


class Retraining(Protocol):
    def start(self, day: date) -> None:
        """Start the retraining state machine because of that day's drift; asked twice, it runs once."""
