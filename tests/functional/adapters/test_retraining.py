"""What retraining and the look at drift ask AWS for."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.functional.adapters.test_model import Clock, Endpoint
from wattwarden.adapters.datasets import S3Datasets
from wattwarden.adapters.feature_days import ROWS_A_DAY, S3FeatureDays
from wattwarden.adapters.lake import S3Lake
from wattwarden.adapters.sagemaker import MAX_ROWS, EndpointVariants, PatientModel, SageMakerModel
from wattwarden.adapters.stepfunctions import RetrainMachine
from wattwarden.contracts.lake import TABLES, folder
from wattwarden.detection import FEATURES
from wattwarden.domain.errors import UnavailableError

DAY = date(2026, 3, 1)
TABLE = "processed/features"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield


def write_day(day: date, group: int, rows: int, value: float) -> None:
    columns: dict[str, Any] = {name: np.full(rows, value, np.float32) for name in TABLES[TABLE]}
    columns |= {"meter_id": group + np.arange(rows) % 5, "ts": np.arange(rows, dtype=np.float64)}
    S3Lake("bucket").write(f"{folder(TABLE, day)}meters-{group:09}.parquet", TABLE, columns)


def test_features_of_days_come_from_every_file_and_missing_days_are_left_out() -> None:
    write_day(DAY, 0, 30, 1.0)
    write_day(DAY, 100, 20, 2.0)
    write_day(DAY + timedelta(days=1), 0, 10, 3.0)
    days = S3FeatureDays("bucket")
    sample = days.sample([DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)])
    assert (sample.rows, sample.meters) == (60, 10)
    assert set(sample.columns) == set(FEATURES)
    assert sorted(set(sample.columns["value"].tolist())) == [1.0, 2.0, 3.0]
    assert days.sample([DAY - timedelta(days=9)]) == ({}, 0, 0)


def test_of_a_day_with_very_many_readings_a_part_is_taken() -> None:
    write_day(DAY, 0, ROWS_A_DAY + 100, 1.0)
    assert 0 < S3FeatureDays("bucket").sample([DAY]).rows <= ROWS_A_DAY


def test_a_lake_that_refuses_is_told_of() -> None:
    with pytest.raises(UnavailableError):
        S3FeatureDays("nowhere").sample([DAY])


def test_the_source_is_kept_beside_the_models_data() -> None:
    client = boto3.client("s3")
    client.put_object(Bucket="bucket", Key="assets/code.tar.gz", Body=b"code")
    uri = S3Datasets("bucket").keep_source("s3://bucket/assets/code.tar.gz", "ml/source/run/serving.tar.gz")
    assert uri == "s3://bucket/ml/source/run/serving.tar.gz"
    assert client.get_object(Bucket="bucket", Key="ml/source/run/serving.tar.gz")["Body"].read() == b"code"


def test_a_folder_holds_something_once_a_file_lies_in_it() -> None:
    datasets = S3Datasets("bucket")
    client = boto3.client("s3")
    client.put_object(Bucket="bucket", Key="ml/corpus-of-old/corpus.parquet", Body=b"rows")
    client.put_object(Bucket="bucket", Key="ml/corpus/", Body=b"")  # what a console makes of a folder
    assert not datasets.holds("s3://bucket/ml/corpus/")
    client.put_object(Bucket="bucket", Key="ml/corpus/corpus.parquet", Body=b"rows")
    assert datasets.holds("s3://bucket/ml/corpus/")


def test_drift_of_a_day_starts_one_retraining() -> None:
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    role = "arn:aws:iam::123456789012:role/retrain"
    client = boto3.client("stepfunctions")
    arn = client.create_state_machine(name="retrain", definition=definition, roleArn=role)["stateMachineArn"]
    machine = RetrainMachine(arn)
    machine.start(DAY)
    machine.start(DAY)
    [execution] = client.list_executions(stateMachineArn=arn)["executions"]
    assert execution["name"] == "drift-20260301"
    order = client.describe_execution(executionArn=execution["executionArn"])["input"]
    assert json.loads(order) == {"reason": "drift"}
    with pytest.raises(UnavailableError):
        RetrainMachine(arn.replace("retrain", "nothing")).start(DAY)


class Variants(Endpoint):
    """Answers as whichever variant is wanted, or as each in turn."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.wanted: list[str | None] = []

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        variant = request.get("TargetVariant")
        self.wanted.append(variant)
        if variant == "dead":
            raise ClientError({"Error": {"Code": "ModelError", "Message": "no"}}, "InvokeEndpoint")
        answer = super().invoke_endpoint(**request)
        return answer | {"InvokedProductionVariant": variant or f"model-{len(self.wanted)}"}


@pytest.mark.parametrize("kind", [SageMakerModel, PatientModel])
def test_all_of_a_batch_is_judged_by_the_variant_that_answered_first(
    monkeypatch: pytest.MonkeyPatch, kind: type[SageMakerModel]
) -> None:
    endpoint, model = Variants(), kind("wattwarden-test")
    monkeypatch.setattr(model, "_client", endpoint)
    for first in ("model-1", "model-4"):
        assert model.predict(np.zeros((2 * MAX_ROWS + 1, len(FEATURES)), np.float32)) is not None
        assert model.version == first
    assert endpoint.wanted == [None, "model-1", "model-1", None, "model-4", "model-4"]


def test_one_variant_is_asked_whether_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, variants = Variants(), EndpointVariants("wattwarden-test")
    monkeypatch.setattr(variants._model, "_client", endpoint)
    assert variants.answers("alive")
    assert not variants.answers("dead")
    endpoint.reply = np.full((100, 5), np.nan)
    assert not variants.answers("alive")
    assert endpoint.wanted == ["alive", "dead", "alive"]
