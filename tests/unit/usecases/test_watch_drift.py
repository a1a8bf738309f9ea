"""Drift is told from chance, told from an outage, and starts one retraining."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.models import NOW, FakeModels
from wattwarden.domain.stability import deciles, population_stability, shares
from wattwarden.ports.drift import DriftReport, DriftStore, FeatureDays, FeatureSample, Measures, Reference, Retraining
from wattwarden.ports.models import ModelVersion
from wattwarden.usecases.models.watch_drift import Limits, watch_drift

LIMITS = Limits(drifted_share=0.3, alert_rate_ratio=3, precision=0.6, fallback_share=0.5, cooldown_days=6)
CALM = Measures(alert_rate=0.5, usual_alert_rate=0.4, real=18, expected=4, fallback_share=0.1)
YESTERDAY = NOW.date() - timedelta(days=1)
METERS = 12


@dataclass
class FakeDays(FeatureDays):
    """Readings of twelve meters an hour apart, whose load rises by `rise` from `since` on."""

    rise: float = 0.0
    since: date = YESTERDAY - timedelta(days=6)
    first: date = date(2020, 1, 1)
    meters: int = METERS
    asked: list[date] = field(default_factory=list)

    def sample(self, days: Sequence[date]) -> FeatureSample:
        self.asked += days
        known = [day for day in days if day >= self.first]
        parts = [self._day(day) for day in known]
        if not parts:
            return FeatureSample({}, 0, 0)
        value = np.concatenate(parts)
        hour = np.arange(len(value), dtype=np.float32)  # as unlike as can be: it follows the calendar
        return FeatureSample({"value": value, "hour": hour, "flat_h": np.zeros(len(value))}, len(value), self.meters)

    def _day(self, day: date) -> np.ndarray:
        rng = np.random.default_rng(day.toordinal())
        return rng.gamma(2, 0.5, 24 * METERS) + (self.rise if day >= self.since else 0)


@dataclass
class FakeStore(DriftStore):
    now_measured: Measures = CALM
    references: dict[str, Reference] = field(default_factory=dict)
    saved: dict[date, DriftReport] = field(default_factory=dict)

    def measures(self, now: datetime) -> Measures:
        assert now == NOW
        return self.now_measured

    def reference(self, model: str) -> Reference | None:
        return self.references.get(model)

    def keep_reference(self, reference: Reference) -> None:
        assert reference.model not in self.references
        self.references[reference.model] = reference

    def save(self, report: DriftReport) -> None:
        self.saved[report.day] = report


@dataclass
class FakeRetraining(Retraining):
    started: list[date] = field(default_factory=list)

    def start(self, day: date) -> None:
        self.started.append(day)


def looked(
    days: FakeDays | None = None, measures: Measures = CALM, trained: datetime = NOW - timedelta(days=20)
) -> tuple[DriftReport, list[date]]:
    models = FakeModels({"m": ModelVersion("m", "champion", {}, "s3://m", trained)})
    store, retraining = FakeStore(measures), FakeRetraining()
    report = watch_drift(NOW, LIMITS, days or FakeDays(), store, models, retraining)
    assert store.saved == {YESTERDAY: report}
    return report, retraining.started


def test_nothing_happens_while_everything_is_as_it_was() -> None:
    report, started = looked()
    assert report.reasons == []
    assert report.drifted_share == 0
    assert report.stability["value"] < 0.1
    assert report.precision == pytest.approx(18 / 22)
    assert "hour" not in report.stability
    assert not started


def test_features_that_shifted_start_a_retraining() -> None:
    report, started = looked(FakeDays(rise=1.0))
    assert report.stability["value"] > 0.25
    assert report.drifted_share == 0.5
    assert "features" in report.reasons[0]
    assert report.retraining
    assert started == [YESTERDAY]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"alert_rate": 1.3}, "usual"),
        ({"alert_rate": 0.1}, "usual"),
        ({"real": 5, "expected": 15}, "real"),
    ],
)
def test_a_model_that_people_or_the_alerts_contradict_is_trained_anew(change: dict[str, float], word: str) -> None:
    report, started = looked(measures=replace(CALM, **change))
    assert word in report.reasons[0]
    assert started == [YESTERDAY]


def test_a_few_answers_are_no_precision() -> None:
    report, started = looked(measures=replace(CALM, real=1, expected=9))
    assert report.precision == pytest.approx(0.1)
    assert report.reasons == []
    assert not started


def test_an_endpoint_that_is_away_is_told_of_but_not_trained_away() -> None:
    report, started = looked(measures=replace(CALM, fallback_share=0.9))
    assert "rules" in report.reasons[0]
    assert not report.retraining
    assert not started


def test_soon_after_a_training_nothing_is_started_but_told() -> None:
    report, started = looked(FakeDays(rise=1.0), trained=NOW - timedelta(days=2))
    assert report.reasons
    assert not report.retraining
    assert not started


def test_nothing_known_is_nothing_measured() -> None:
    nothing = Measures(None, None, 0, 0, None)
    report, started = looked(FakeDays(first=date(2030, 1, 1)), nothing)
    assert (report.drifted_share, report.precision, report.alert_rate) == (None, None, None)
    assert not report.reasons
    assert not started


@pytest.mark.parametrize("days", [FakeDays(meters=3, rise=1.0), FakeDays(first=YESTERDAY, rise=1.0)])
def test_a_few_meters_or_days_move_by_chance(days: FakeDays) -> None:
    assert looked(days)[0].stability == {}


def test_the_reference_is_what_the_model_learnt_from_and_stays_while_it_serves() -> None:
    trained = NOW - timedelta(days=60)
    models = FakeModels({"m": ModelVersion("m", "champion", {}, "s3://m", trained)})
    days, store = FakeDays(rise=0.5, since=trained.date()), FakeStore()
    first = watch_drift(NOW, LIMITS, days, store, models, FakeRetraining())
    assert min(days.asked) == trained.date() - timedelta(days=28)
    assert first.stability["value"] > 0.25
    days.asked.clear()
    again = watch_drift(NOW, LIMITS, days, store, models, FakeRetraining())
    assert again.stability == first.stability
    assert min(days.asked) == YESTERDAY - timedelta(days=6)


def test_a_model_trained_before_there_was_anything_to_see_is_compared_with_its_first_weeks() -> None:
    trained = NOW - timedelta(days=60)
    models = FakeModels({"m": ModelVersion("m", "champion", {}, "s3://m", trained)})
    report = watch_drift(NOW, LIMITS, FakeDays(first=trained.date()), FakeStore(), models, FakeRetraining())
    assert report.stability["value"] < 0.1


def test_without_a_model_there_is_nothing_to_train_anew() -> None:
    retraining = FakeRetraining()
    worse = replace(CALM, real=0, expected=40)
    report = watch_drift(NOW, LIMITS, FakeDays(), FakeStore(worse), FakeModels(), retraining)
    assert (report.model, report.retraining, retraining.started) == (None, False, [])


numbers = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200)


@given(reference=numbers, actual=numbers)
def test_the_index_is_never_negative_and_zero_for_the_same_sample(reference: list[float], actual: list[float]) -> None:
    edges, was = deciles(np.array(reference))
    now = shares(np.array(actual), edges)
    assert sum(was) == pytest.approx(1)
    assert sum(now) == pytest.approx(1)
    assert len(was) == len(now) == len(edges) + 1
    assert population_stability(was, now, len(actual)) >= 0
    assert population_stability(was, was, len(reference)) == 0


def test_the_index_of_a_known_example() -> None:
    # by hand: (0.2 - 0.5) ln(0.2 / 0.5) + (0.8 - 0.5) ln(0.8 / 0.5)
    assert population_stability([0.5, 0.5], [0.2, 0.8], 1000) == pytest.approx(0.4159, abs=1e-4)
