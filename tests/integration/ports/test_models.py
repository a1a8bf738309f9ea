"""`ports.models`: the list of models, the history and the datasets that they learn from, who is told of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import Engine, text

from tests.fakes.models import FakeDatasets, FakeHistory, FakeLog, FakeModels, FakeVariants
from tests.fakes.telemetry import SilentModel
from tests.functional.adapters.test_model import Clock, Endpoint
from tests.integration.hostel import Hostel, at, readings
from wattwarden.adapters.datasets import SCHEMA, S3Datasets
from wattwarden.adapters.mlflow import MlflowLog, tracking_uri
from wattwarden.adapters.postgres.models.history import PostgresHistory
from wattwarden.adapters.postgres.models.model_versions import PostgresModels
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.adapters.sagemaker import EndpointVariants, SageMakerModel
from wattwarden.detection import FEATURES
from wattwarden.ports.models import (
    DatasetStore,
    ExperimentLog,
    History,
    HistoryColumns,
    LiveRecord,
    ModelRegistry,
    ModelVersion,
    Variants,
)
from wattwarden.ports.scoring import Effects, Model

VERIFIES = [FakeModels, FakeVariants, FakeHistory, FakeDatasets, FakeLog, SilentModel]
NOON = at("2026-07-01T12:00")


@pytest.fixture
def models(kind: str, request: pytest.FixtureRequest) -> ModelRegistry:
    return FakeModels() if kind == "fake" else PostgresModels(request.getfixturevalue("engine"))


def test_a_new_champion_retires_the_one_before(models: ModelRegistry) -> None:
    assert (models.champion(), models.on_trial(), models.latest(9)) == (None, None, [])
    models.record("first", "challenger", "s3://models/first", {"event_f1": 0.7})
    models.record("first", "champion", reason="better")
    assert models.begin_trial("second", "s3://models/second", {"event_f1": 0.8}, "0.8")

    champion, trial = models.champion(), models.on_trial()
    assert champion is not None
    assert replace(champion, trained_at=None) == ModelVersion(
        "first", "champion", {"event_f1": 0.7}, "s3://models/first", reason="better"
    )
    assert champion.trained_at is not None
    assert trial is not None
    assert (trial.name, trial.artifact_uri, trial.reason) == ("second", "s3://models/second", "0.8")
    for _ in range(2):
        models.record("second", "champion")
    assert models.on_trial() is None
    assert [(m.name, m.state) for m in models.latest(9)] == [("second", "champion"), ("first", "retired")]
    assert [m.name for m in models.latest(1)] == ["second"]


def test_only_one_model_is_on_trial_at_a_time(models: ModelRegistry) -> None:
    assert models.begin_trial("one", "s3://models/one", {"event_f1": 0.5}, "")
    assert not models.begin_trial("two", "s3://models/two", {}, "")
    assert models.begin_trial("one", "s3://models/one", {"event_f1": 0.5}, "")
    models.record("two", "refused", "s3://models/two", {}, "another model is on trial")
    models.record("one", "refused")
    assert models.begin_trial("three", "s3://models/three", {}, "")
    assert [(m.name, m.state) for m in models.latest(9)] == [
        ("three", "challenger"), ("two", "refused"), ("one", "refused"),
    ]  # fmt: skip


def test_what_is_not_given_stays_and_what_is_given_as_empty_does_not(models: ModelRegistry) -> None:
    models.record("one", "challenger", "s3://models/one", {"event_f1": 0.5}, "good")
    models.record("one", "refused")
    [kept] = models.latest(1)
    assert (kept.state, kept.artifact_uri, kept.metrics, kept.reason) == (
        "refused", "s3://models/one", {"event_f1": 0.5}, "good",
    )  # fmt: skip
    models.record("one", "refused", metrics={}, reason="")
    [emptied] = models.latest(1)
    assert (emptied.artifact_uri, emptied.metrics, emptied.reason) == ("s3://models/one", {}, "")


def test_a_model_that_judged_nothing_has_an_empty_record(models: ModelRegistry) -> None:
    assert models.live_record("nobody", NOON) == LiveRecord()


class Answering(Endpoint):
    """Every variant but the dead one answers."""

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        if request.get("TargetVariant") == "dead":
            raise ClientError({"Error": {"Code": "ModelError", "Message": "no"}}, "InvokeEndpoint")
        return super().invoke_endpoint(**request) | {"InvokedProductionVariant": request.get("TargetVariant", "one")}


@pytest.fixture
def variants(kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Variants:
    if kind == "fake":
        return FakeVariants(dead={"dead"})
    request.getfixturevalue("aws")
    variants = EndpointVariants("endpoint")
    monkeypatch.setattr(variants._model, "_client", Answering(Clock()))
    return variants


def test_a_variant_that_is_dead_does_not_answer(variants: Variants) -> None:
    assert variants.answers("alive")
    assert not variants.answers("dead")


@pytest.fixture
def silent(kind: str, request: pytest.FixtureRequest) -> Model:
    if kind == "fake":
        return SilentModel()
    request.getfixturevalue("aws")
    return SageMakerModel("nowhere")


def test_an_endpoint_that_does_not_answer_predicts_nothing_by_nobody(silent: Model) -> None:
    assert silent.predict(np.zeros((3, len(FEATURES)), np.float32)) is None
    assert silent.version is None


@pytest.fixture
def history(kind: str, request: pytest.FixtureRequest) -> History:
    """Of three readings since noon."""
    if kind == "fake":
        return FakeHistory(rows=3)
    hostel: Hostel = request.getfixturevalue("hostel")
    rows = [(hostel.meters[0], NOON.timestamp() + 3600 * n, 0.5) for n in range(-1, 3)]
    PostgresTelemetry(request.getfixturevalue("engine")).commit(Effects(readings(rows)))
    return PostgresHistory(request.getfixturevalue("engine"))


def test_history_comes_in_chunks_of_the_datasets_columns(history: History) -> None:
    chunks = list(history.chunks(NOON))
    assert sum(len(chunk["ts"]) for chunk in chunks) == 3
    for chunk in chunks:
        assert set(chunk) >= set(SCHEMA.names)
        assert {len(values) for values in chunk.values()} == {len(chunk["ts"])}


@pytest.fixture
def datasets(kind: str, request: pytest.FixtureRequest) -> DatasetStore:
    if kind == "fake":
        return FakeDatasets(bucket="bucket")
    request.getfixturevalue("aws")
    return S3Datasets("bucket")


def test_a_dataset_is_told_with_where_it_lies_and_how_many_rows_it_has(datasets: DatasetStore) -> None:
    def chunks(number: int) -> Iterator[HistoryColumns]:
        one = {name: [None] for name in SCHEMA.names} | {"ts": [1.0], "meter": ["A"], "hostel": ["h"]}
        return iter([one] * number)

    assert datasets.write("ml/datasets/run/", chunks(2)) == ("s3://bucket/ml/datasets/run/", 2)
    assert datasets.write("ml/datasets/none/", chunks(0))[1] == 0


def test_the_source_is_kept_at_its_key(datasets: DatasetStore) -> None:
    if isinstance(datasets, S3Datasets):
        boto3.client("s3").put_object(Bucket="bucket", Key="assets/code.tar.gz", Body=b"code")
    kept = datasets.keep_source("s3://bucket/assets/code.tar.gz", "ml/source/run/code.tar.gz")
    assert kept == "s3://bucket/ml/source/run/code.tar.gz"


@pytest.fixture
def log(kind: str, request: pytest.FixtureRequest) -> Callable[[], ExperimentLog]:
    if kind == "fake":
        fake = FakeLog()
        return lambda: fake
    server = request.getfixturevalue("server")
    engine: Engine = request.getfixturevalue("engine")
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA mlflow CASCADE; CREATE SCHEMA mlflow"))
    # MLflow remembers by address that its tables are there
    return lambda: MlflowLog(tracking_uri(server.as_secret()) + "&application_name=ports")


@pytest.mark.filterwarnings("default")  # MLflow's own
def test_a_model_is_new_to_the_log_once_and_only_with_an_artifact(log: Callable[[], ExperimentLog]) -> None:
    one, two = (ModelVersion(n, "retired", {}, f"s3://models/{n}", NOON, "") for n in ("one", "two"))
    bare = ModelVersion("bare", "refused", {}, None, NOON, "")
    assert log().tell([one, bare]) == 1
    assert log().tell([replace(two, state="champion"), one, bare]) == 1
    assert log().tell([two, one]) == 0
