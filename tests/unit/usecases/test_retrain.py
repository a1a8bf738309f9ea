"""A challenger replaces the champion only when it is worth it, and every decision is on record."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.models import NOW, FakeDatasets, FakeHistory, FakeLog, FakeModels, FakeVariants
from wattwarden.domain.comparison import probability_better
from wattwarden.ports.models import LiveRecord, ModelVersion
from wattwarden.usecases.models.retrain import (
    DIFFICULTIES,
    LOST_AFTER,
    PERIOD,
    Decision,
    Exported,
    Sources,
    compare,
    export,
    gate,
    register,
)

TRIAL = timedelta(days=5)
ARTEFACT = "s3://models/ml/models/new/output/model.tar.gz"


def serving(**metrics: float) -> FakeModels:
    """A registry whose champion is called old."""
    artefact = "s3://models/ml/models/old/output/model.tar.gz"
    return FakeModels({"old": ModelVersion("old", "champion", metrics, artefact, NOW - timedelta(days=7))})


def gated(models: FakeModels, **scores: float) -> Decision:
    metrics = [{"MetricName": name, "Value": value, "Timestamp": 0} for name, value in scores.items()]
    return gate("new", ARTEFACT, metrics, TRIAL, models, NOW)


CORPUS = "s3://models/ml/corpus/"


def exported(models: FakeModels, rows: int = 10_000, *, empty: Collection[str] = ()) -> Exported:
    history, datasets = FakeHistory(rows), FakeDatasets(empty=empty)
    sources = Sources("s3://assets/training.tar.gz", "s3://assets/serving.tar.gz", CORPUS)
    done = export("abc-123456", NOW, sources, TRIAL, history, datasets, models)
    assert history.since in (None, NOW - PERIOD)
    assert datasets.kept == ([sources.training, sources.serving] if done.outcome == "exported" else [])
    return done


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [({"event_f1": 0.80}, "first"), ({"event_f1": 0.40}, "refused"), ({}, "refused"), ({"event_f1": 0.5}, "first")],
)
def test_the_first_model_only_has_to_be_worth_alerting_on(scores: dict[str, float], outcome: str) -> None:
    models = FakeModels()
    decided = gated(models, **scores)
    assert decided.outcome == outcome
    assert models.known["new"].state == ("refused" if outcome == "refused" else "challenger")
    assert models.known["new"].reason == decided.reason
    assert models.known["new"].metrics == scores
    assert models.known["new"].artifact_uri == ARTEFACT


def test_both_models_are_compared_by_their_scores_of_one_run() -> None:
    models = serving(event_f1=0.95)  # on another corpus, long ago
    assert gated(models, event_f1=0.90, champion_event_f1=0.88).outcome == "trial"
    models = serving(event_f1=0.70)
    assert gated(models, event_f1=0.80, champion_event_f1=0.81).outcome == "refused"


@pytest.mark.parametrize(("f1", "outcome"), [(0.81, "trial"), (0.80, "refused"), (0.79, "refused")])
def test_a_champion_that_could_not_be_scored_anew_counts_with_what_it_scored(f1: float, outcome: str) -> None:
    assert gated(serving(event_f1=0.80), event_f1=f1).outcome == outcome


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_better_on_the_whole_is_not_enough_when_it_is_worse_on_one_difficulty(difficulty: str) -> None:
    scores = {"event_f1": 0.92, "champion_event_f1": 0.90}
    for name in DIFFICULTIES:
        scores |= {f"event_f1_{name}": 0.93, f"champion_event_f1_{name}": 0.91, f"events_{name}": 40}
    within_noise = scores | {f"event_f1_{difficulty}": 0.87}
    beyond = scores | {f"event_f1_{difficulty}": 0.85}
    assert gated(serving(), **within_noise).outcome == "trial"
    assert gated(serving(), **beyond | {f"events_{difficulty}": 20}).outcome == "trial"
    refused = gated(serving(), **beyond)
    assert refused.outcome == "refused"
    assert difficulty in refused.reason


def test_one_model_is_on_trial_at_a_time_and_a_repeated_task_decides_alike() -> None:
    models = serving(event_f1=0.8)
    assert gated(models, event_f1=0.9).outcome == "trial"
    assert gated(models, event_f1=0.9).outcome == "trial"
    models.known["other"] = replace(models.known.pop("new"), name="other")
    assert gated(models, event_f1=0.9) == Decision("refused", "another model is on trial")
    assert models.known["other"].state == "challenger"


def test_a_trial_that_lost_its_state_machine_holds_nobody_up() -> None:
    models = serving(event_f1=0.8)
    lost = ModelVersion("lost", "challenger", {}, trained_at=NOW - TRIAL - LOST_AFTER)
    models.known["lost"] = lost
    assert exported(models).outcome == "exported"
    assert gated(models, event_f1=0.9).outcome == "trial"
    assert models.known["lost"].state == "refused"


def test_nothing_is_trained_while_a_model_is_on_trial() -> None:
    models = serving()
    models.known["new"] = ModelVersion("new", "challenger", {}, trained_at=NOW - timedelta(days=4))
    assert exported(models).outcome == "busy"


def test_too_little_history_is_no_reason_to_train() -> None:
    assert exported(FakeModels(), rows=10).outcome == "too_little_data"
    done = exported(FakeModels())
    assert done.outcome == "exported"
    assert done.name == "wattwarden-20260131-090000-123456"
    assert done.history_uri == f"s3://models/ml/datasets/{done.name}/"
    assert done.training_source == f"s3://models/ml/source/{done.name}/training.tar.gz"
    assert done.serving_source == f"s3://models/ml/source/{done.name}/serving.tar.gz"
    assert (done.champion, done.champion_uri) == ("", "")
    assert timedelta(days=365) < PERIOD


def test_nothing_is_exported_without_a_corpus() -> None:
    done = exported(FakeModels(), empty={CORPUS})
    assert (done.outcome, done.rows, done.history_uri) == ("no_corpus", 0, "")


def test_a_champion_whose_artefact_is_gone_still_is_the_champion() -> None:
    done = exported(serving(), empty={"s3://models/ml/models/old/output/"})
    assert (done.outcome, done.champion, done.champion_uri) == ("exported", "old", "")


def test_training_gets_the_folder_of_the_champions_artefact() -> None:
    done = exported(serving())
    assert (done.champion, done.champion_uri) == ("old", "s3://models/ml/models/old/output/")


@pytest.mark.parametrize(
    ("mine", "champions", "outcome"),
    [
        ((0, 0, 0), (0, 0, 0), "promote"),  # nobody said anything: it was better on the folds
        ((3, 1, 1), (30, 9, 3), "promote"),  # too little to tell
        ((4, 0, 4), (30, 20, 2), "roll_back"),
        ((4, 4, 0), (30, 10, 10), "promote"),
        ((9, 0, 0), (0, 0, 0), "promote"),
        ((30, 0, 0), (9, 0, 0), "roll_back"),  # a tenth of the calls, three times the alerts
    ],
)
def test_a_trial_ends_by_what_people_said(
    mine: tuple[int, int, int], champions: tuple[int, int, int], outcome: str
) -> None:
    models = serving()
    models.live = {"new": LiveRecord(*mine), "old": LiveRecord(*champions)}
    decided = compare("new", "old", 0.1, NOW, models, FakeVariants())
    assert decided.outcome == outcome
    assert decided.reason
    assert decided.details["champion_alerts"] == champions[0]
    assert models.asked_since == [NOW, NOW]


def test_a_challenger_that_does_not_answer_is_rolled_back() -> None:
    assert compare("new", "old", 0.1, NOW, serving(), FakeVariants({"new"})).outcome == "roll_back"


counts = st.integers(0, 60)


@given(real=counts, expected=counts, other_real=counts, other_expected=counts)
def test_of_two_models_one_is_better(real: int, expected: int, other_real: int, other_expected: int) -> None:
    mine = probability_better(real, expected, other_real, other_expected)
    other = probability_better(other_real, other_expected, real, expected)
    assert mine + other == pytest.approx(1)
    assert 0 <= mine <= 1 + 1e-9
    assert probability_better(real + 1, expected, other_real, other_expected) >= mine - 1e-9
    assert probability_better(real, expected + 1, other_real, other_expected) <= mine + 1e-9


def test_the_probability_agrees_with_a_known_value() -> None:
    # Beta(2, 1) against Beta(1, 2): the integral of 2x (1 - (1 - x)^2) over [0, 1] is 5/6
    assert probability_better(1, 0, 0, 1) == pytest.approx(5 / 6)
    assert probability_better(0, 0, 0, 0) == pytest.approx(0.5)


def test_the_registry_hears_of_the_latest_models_each_time() -> None:
    models, log = serving(), FakeLog()
    assert register(models, log) == 1
    gated(models, event_f1=0.9)
    assert register(models, log) == 1
    assert [m.name for m in log.told] == ["new", "old"]
