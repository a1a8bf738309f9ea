"""MLflow in a schema of our own database hears what the list of models says."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from local.postgres import Database
from wattwarden.adapters.mlflow import NAME, STATE, MlflowLog, tracking_uri
from wattwarden.adapters.postgres.models.model_versions import PostgresModels
from wattwarden.ports.models import ModelVersion
from wattwarden.usecases.models.retrain import register

pytestmark = pytest.mark.filterwarnings("default")  # MLflow's own


@pytest.fixture
def uri(server: Database, engine: Engine) -> str:
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA mlflow CASCADE; CREATE SCHEMA mlflow"))
    return tracking_uri(server.as_secret())


def test_aliases_follow_the_champion_and_what_was_missed_is_told_the_next_time(uri: str, engine: Engine) -> None:
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - seconds of imports

    models, log = PostgresModels(engine), MlflowLog(uri)
    models.record("first", "champion", "s3://models/ml/models/first/output/model.tar.gz", {"event_f1": 0.7}, "first")
    assert register(models, log) == 1
    models.begin_trial("second", "s3://models/ml/models/second/output/model.tar.gz", {"event_f1": 0.8}, "0.8 > 0.7")
    assert register(models, log) == 1
    client = MlflowClient(uri, uri)
    challenger = client.get_model_version_by_alias(NAME, "challenger")
    assert challenger.source == "s3://models/ml/models/second/output/model.tar.gz"
    assert client.get_run(challenger.run_id).data.metrics == {"event_f1": 0.8}
    assert client.get_model_version_by_alias(NAME, "champion").tags[STATE] == "champion"

    models.record("second", "champion", reason="people agree")
    models.record("third", "refused", "s3://models/ml/models/third/output/model.tar.gz", {"event_f1": 0.1}, "worse")
    assert register(models, log) == 1
    assert register(models, log) == 0
    assert client.get_registered_model(NAME).aliases == {"champion": challenger.version}
    states = {v.version: (v.tags[STATE], v.description) for v in client.search_model_versions(f"name='{NAME}'")}
    assert sorted(states.values()) == [("champion", "people agree"), ("refused", "worse"), ("retired", "first")]
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'mlflow'")).scalar_one()
    assert tables > 10


def test_a_password_may_hold_any_character() -> None:
    secret = {"username": "watt", "password": "p@ss/w:rd?%", "host": "db", "port": 5432, "dbname": "wattwarden"}
    assert tracking_uri(secret).startswith("postgresql+psycopg://watt:p%40ss%2Fw%3Ard%3F%25@db:5432/wattwarden?")


def test_a_tracking_server_of_sagemaker_is_named_by_its_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which library answers for such an address; whom it asks is AWS."""
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - seconds of imports

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/wattwarden-prod"
    client = MlflowClient(arn, arn)
    assert "sagemaker_mlflow" in type(client._tracking_client.store).__module__
    assert ModelVersion("x", "champion", {}, trained_at=datetime.now(UTC)).artifact_uri is None
