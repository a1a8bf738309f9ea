"""Daily: is what the model sees, and what people think of it, still what it was?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from wattwarden.domain.stability import MOVED, deciles, population_stability, shares
from wattwarden.ports.drift import DriftReport, DriftStore, FeatureDays, FeatureSample, Measures, Reference, Retraining
from wattwarden.ports.models import ModelRegistry, ModelVersion

REFERENCE_DAYS, RECENT_DAYS = 28, 7
MIN_ROWS, MIN_METERS = 24 * 28, 10
"""Fewer rows, or fewer meters, move by chance."""
MIN_LABELLED = 20
FOLLOWS_THE_CALENDAR = frozenset({"hour", "hour_sin", "hour_cos", "weekend", "seen_h", "usable", "has_ac", "beds"})
"""Features that move, or stand still, whatever people do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is too much."""

    drifted_share: float
    """Of the features, those whose stability index says that they shifted."""
    alert_rate_ratio: float
    """Alerts per room and month against the four weeks before, up or down."""
    precision: float
    """Of the alerts that people judged, those that were real: at least."""
    fallback_share: float
    cooldown_days: int
    """No retraining because of drift sooner after the last training."""


def watch_drift(
    now: datetime, limits: Limits, days: FeatureDays, store: DriftStore, models: ModelRegistry, retraining: Retraining
) -> DriftReport:
    """Measure, keep the report of yesterday, and start a retraining when the model no longer fits.

    A model that is not asked (fallback) is reported, but training does not bring an endpoint back.
    """
    day = now.astimezone(UTC).date() - timedelta(days=1)
    champion = models.champion()
    stability = _stability(day, champion, days, store) if champion else {}
    measures = store.measures(now)
    labelled = measures.real + measures.expected
    drifted = [name for name, index in stability.items() if index > MOVED]
    report = DriftReport(
        day=day,
        model=champion.name if champion else None,
        stability=stability,
        drifted_share=len(drifted) / len(stability) if stability else None,
        alert_rate=measures.alert_rate,
        usual_alert_rate=measures.usual_alert_rate,
        precision=measures.real / labelled if labelled else None,
        labelled=labelled,
        fallback_share=measures.fallback_share,
    )
    misfits = _misfits(report, measures, limits)
    latest = models.latest(1)
    rested = not latest or latest[0].trained_at is None or now - latest[0].trained_at >= _days(limits.cooldown_days)
    due = bool(champion and misfits and rested)
    if due:
        retraining.start(day)
    report = replace(report, reasons=[*misfits, *_outage(report, limits)], retraining=due)
    store.save(report)
    return report


def _misfits(report: DriftReport, measures: Measures, limits: Limits) -> list[str]:
    found = []
    if report.drifted_share is not None and report.drifted_share > limits.drifted_share:
        found.append(f"{report.drifted_share:.0%} of the features shifted; {limits.drifted_share:.0%} may")
    if measures.alert_rate and measures.usual_alert_rate:
        ratio = measures.alert_rate / measures.usual_alert_rate
        if not 1 / limits.alert_rate_ratio <= ratio <= limits.alert_rate_ratio:
            found.append(
                f"{measures.alert_rate:.2f} alerts per room and month; usual are {report.usual_alert_rate:.2f}"
            )
    if report.precision is not None and report.labelled >= MIN_LABELLED and report.precision < limits.precision:
        found.append(f"{report.precision:.0%} of {report.labelled} alerts were real; {limits.precision:.0%} should be")
    return found


def _outage(report: DriftReport, limits: Limits) -> list[str]:
    if report.fallback_share is None or report.fallback_share <= limits.fallback_share:
        return []
    return [f"rules stood in for the model in {report.fallback_share:.0%} of yesterday's anomalies"]


def _stability(day: date, champion: ModelVersion, days: FeatureDays, store: DriftStore) -> dict[str, float]:
    """Stability index of each feature over the last week; empty when there is too little to tell."""
    reference = store.reference(champion.name) or _new_reference(day, champion, days, store)
    if reference is None:
        return {}
    recent = days.sample(_before(day + timedelta(days=1), RECENT_DAYS))
    if _too_few(recent):
        return {}
    return {
        name: round(population_stability(was, shares(recent.columns[name], edges), recent.rows), 4)
        for name, (edges, was) in reference.bins.items()
        if name in recent.columns
    }


def _new_reference(day: date, champion: ModelVersion, days: FeatureDays, store: DriftStore) -> Reference | None:
    """The four weeks before the model was trained, which it learnt from; without them the four weeks after, once over.

    Kept for as long as the model serves: the lake may be tidied, and a reference that moves along hides a slow drift.
    """
    trained = (champion.trained_at or datetime.combine(day, datetime.min.time(), UTC)).astimezone(UTC).date()
    after = trained + timedelta(days=REFERENCE_DAYS)
    for end in (trained, after):
        sample = days.sample(_before(end, REFERENCE_DAYS)) if end <= day else None
        if sample and not _too_few(sample):
            names = [name for name in sample.columns if name not in FOLLOWS_THE_CALENDAR]
            bins = {name: deciles(sample.columns[name]) for name in names}
            reference = Reference(champion.name, sample.rows, bins)
            store.keep_reference(reference)
            return reference
    return None


def _too_few(sample: FeatureSample) -> bool:
    return sample.rows < MIN_ROWS or sample.meters < MIN_METERS


def _before(end: date, days: int) -> Sequence[date]:
    return [end - timedelta(days=back) for back in range(days, 0, -1)]


def _days(number: int) -> timedelta:
    return timedelta(days=number)
