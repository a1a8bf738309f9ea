"""The decisions of the retraining state machine; training itself is the detector's.

export → train → gate → (a champion serves: trial beside it → compare) → promote or roll back. Each task returns an
outcome that the state machine chooses by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from wattwarden.domain.comparison import probability_better
from wattwarden.ports.models import DatasetStore, ExperimentLog, History, ModelRegistry, ModelState, Variants

PERIOD = timedelta(days=400)
MIN_ROWS = 24 * 14
"""Two weeks of one hourly meter: less says nothing about anybody's habits."""

DIFFICULTIES = ("easy", "normal", "hard", "shifted")
TOLERATED_EVENTS = 2
"""A challenger may score lower on one difficulty by what so many of its exam's events make: less is chance."""
MIN_F1 = 0.5

IN_THE_LOG = 50
"""Models that the experiment log is told of: a year of weekly runs."""

LOST_AFTER = timedelta(days=1)
"""A trial that is older than it should be by this much has lost its state machine."""

SURELY_WORSE = 0.1
"""Rolled back when it is less likely than this that people agree with the challenger more often."""
FLOOD, FLOOD_ALERTS = 3.0, 10
"""Rolled back at once at so many times the alerts that its share of the readings explains, from so many on."""


class Outcome(StrEnum):
    """What the state machine chooses by."""

    EXPORTED = "exported"
    NO_CORPUS = "no_corpus"
    """Nothing labelled to learn from: no deployment put it there, or somebody took it away."""
    TOO_LITTLE_DATA = "too_little_data"
    BUSY = "busy"
    """Another model is on trial."""
    FIRST = "first"
    """It may serve: nothing does yet."""
    TRIAL = "trial"
    """It may serve beside the champion."""
    REFUSED = "refused"
    PROMOTE = "promote"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class Sources:
    """URIs of what this deployment put there: the archive that trains, the one that serves, the corpus's folder."""

    training: str
    serving: str
    corpus: str


@dataclass(frozen=True, slots=True)
class Exported:
    outcome: Outcome
    name: str
    rows: int = 0
    history_uri: str = ""
    training_source: str = ""
    """Where the code is kept that trains it; and the code that serves it."""
    serving_source: str = ""
    champion: str = ""
    """Name of the model that serves; empty: none does."""
    champion_uri: str = ""
    """The folder with its artefact; empty: there is none."""


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    reason: str
    details: dict[str, float] = field(default_factory=dict)


def export(
    execution_id: str,
    now: datetime,
    sources: Sources,
    trial: timedelta,
    history: History,
    datasets: DatasetStore,
    models: ModelRegistry,
) -> Exported:
    """Write the period's history where the training job reads it, and keep the code it is trained and served with.

    A model is served with the code of its own training, which a later deployment must not take away. Times are UTC.
    """
    name = f"wattwarden-{now:%Y%m%d-%H%M%S}-{execution_id[-6:].lower()}"
    other = models.on_trial()
    if other and other.trained_at and now - other.trained_at < trial + LOST_AFTER:
        return Exported(Outcome.BUSY, name)
    if not datasets.holds(sources.corpus):
        return Exported(Outcome.NO_CORPUS, name)
    uri, rows = datasets.write(f"ml/datasets/{name}/", history.chunks(now - PERIOD))
    if rows < MIN_ROWS:
        return Exported(Outcome.TOO_LITTLE_DATA, name, rows)
    champion = models.champion()
    artefact = champion.artifact_uri.rpartition("/")[0] + "/" if champion and champion.artifact_uri else ""
    return Exported(
        Outcome.EXPORTED,
        name,
        rows,
        uri,
        datasets.keep_source(sources.training, f"ml/source/{name}/training.tar.gz"),
        datasets.keep_source(sources.serving, f"ml/source/{name}/serving.tar.gz"),
        champion.name if champion else "",
        artefact if artefact and datasets.holds(artefact) else "",
    )


def gate(
    name: str,
    artifact_uri: str,
    metrics: Sequence[Mapping[str, object]],
    trial: timedelta,
    models: ModelRegistry,
    now: datetime,
) -> Decision:
    """Whether a model may serve.

    `metrics` is SageMaker's FinalMetricDataList. The champion's scores of the same run, on the same folds, count; a
    training job that could not score it is compared with what the champion scored in its own run.
    """
    scores = {str(metric["MetricName"]): float(str(metric["Value"])) for metric in metrics}
    champion = models.champion()
    refusal = _refusal(scores, champion.metrics if champion else None)
    if refusal:
        models.record(name, ModelState.REFUSED, artifact_uri, scores, refusal)
        return Decision(Outcome.REFUSED, refusal)
    lost = models.on_trial()
    if lost and lost.name != name and lost.trained_at and now - lost.trained_at >= trial + LOST_AFTER:
        models.record(lost.name, ModelState.REFUSED, reason="its trial never ended")
    reason = f"event F1 {scores['event_f1']:.3f}"
    if champion:
        reason += f", champion {_champions(scores, champion.metrics):.3f}"
    if not models.begin_trial(name, artifact_uri, scores, reason):
        reason = "another model is on trial"
        models.record(name, ModelState.REFUSED, artifact_uri, scores, reason)
        return Decision(Outcome.REFUSED, reason)
    return Decision(Outcome.TRIAL if champion else Outcome.FIRST, reason)


def _refusal(scores: Mapping[str, float], champion: Mapping[str, float] | None) -> str | None:
    """Why a model may not serve; None: it may."""
    f1 = scores.get("event_f1")
    if f1 is None:
        return "the training job reported no event_f1"
    if f1 < MIN_F1:
        return f"event F1 {f1:.3f} is below {MIN_F1:.2f}, the least that is worth alerting on"
    if champion is None:
        return None
    for difficulty in DIFFICULTIES:
        mine, other = scores.get(f"event_f1_{difficulty}"), scores.get(f"champion_event_f1_{difficulty}")
        events = scores.get(f"events_{difficulty}", 0)
        if mine is not None and other is not None and events and mine < other - TOLERATED_EVENTS / events:
            return f"event F1 {mine:.3f} on {difficulty} is worse than the champion's {other:.3f}"
    best = _champions(scores, champion)
    if f1 <= best:
        return f"event F1 {f1:.3f} is no better than the champion's {best:.3f}"
    return None


def _champions(scores: Mapping[str, float], champion: Mapping[str, float]) -> float:
    return scores.get("champion_event_f1", champion.get("event_f1", 0.0))


def compare(
    challenger: str, champion: str, share: float, since: datetime, models: ModelRegistry, variants: Variants
) -> Decision:
    """Whether a challenger is promoted: "promote" or "roll_back". `share` is its share of the calls since `since`.

    It was better on the folds; live it has to answer, not to flood people with alerts, and not to be contradicted by
    them more often than the champion. Without feedback the folds decide.
    """
    if not variants.answers(challenger):
        return Decision(Outcome.ROLL_BACK, "it does not answer")
    mine, other = models.live_record(challenger, since), models.live_record(champion, since)
    explained = max(other.alerts, 1) * share / (1 - share)
    likely = probability_better(mine.real, mine.expected, other.real, other.expected)
    seen = {
        "alerts": mine.alerts,
        "champion_alerts": other.alerts,
        "real": mine.real,
        "expected": mine.expected,
        "champion_real": other.real,
        "champion_expected": other.expected,
        "probability_better": round(likely, 4),
    }
    if mine.alerts >= FLOOD_ALERTS and mine.alerts > FLOOD * explained:
        return Decision(Outcome.ROLL_BACK, f"it opened {mine.alerts} alerts where {explained:.1f} were its share", seen)
    said = f"{mine.real} of {mine.real + mine.expected} alerts real, champion {other.real} of "
    said += f"{other.real + other.expected}"
    if likely < SURELY_WORSE:
        return Decision(Outcome.ROLL_BACK, f"people agree with it less: {said}", seen)
    return Decision(Outcome.PROMOTE, said, seen)


def register(models: ModelRegistry, log: ExperimentLog) -> int:
    """Tell the experiment log of the latest models, among them what it missed. Returns how many were new to it."""
    return log.tell(models.latest(IN_THE_LOG))
