"""The functions that keep the schema, with the secret read from Secrets Manager."""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import boto3
import pytest
from moto import mock_aws
from sqlalchemy import Engine, text

from local.postgres import Database
from tests.integration.hostel import rows_of
from wattwarden.adapters.postgres.migrations.migrate import head
from wattwarden.adapters.secrets import DatabaseSecret
from wattwarden.domain.errors import UnavailableError
from wattwarden.runtime.wiring import wiring


class Context:
    function_name = "migrate_database"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:migrate_database"
    aws_request_id = "request-1"


@pytest.fixture(autouse=True)
def secret(server: Database, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The ARN of the database's secret, in this process's environment as in a function's."""
    assert engine
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("ADMIN_EMAIL", "Admin@hostel.example")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="database", SecretString=json.dumps(server.as_secret()))["ARN"]
        monkeypatch.setenv("DATABASE_SECRET", arn)
        yield arn


def call(name: str, event: dict[str, Any]) -> dict[str, Any]:
    with wiring.use():
        answer: dict[str, Any] = import_module(f"functions.{name}.handler").handler(event, Context())
        wiring.database.dispose()
        wiring.migrated_database.dispose()
    return answer


@pytest.mark.parametrize("event", [{}, {"RequestType": "Create"}, {"RequestType": "Update"}])
def test_the_deploy_step_migrates_and_makes_the_administrator(migrated: Engine, event: dict[str, Any]) -> None:
    answer = call("migrate_database", event)
    assert (answer["revision"], answer["Data"]) == (head(), {"revision": head()})
    assert rows_of(migrated, "SELECT email, role FROM users") == [{"email": "admin@hostel.example", "role": "admin"}]


def test_going_back_to_the_release_before_leaves_the_newer_schema_as_it_is(migrated: Engine) -> None:
    """A migration only adds, so the older code works on; to refuse here would refuse the way back."""
    with migrated.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert call("migrate_database", {})["revision"] == "9999"
    assert rows_of(migrated, "SELECT version_num FROM alembic_version") == [{"version_num": "9999"}]


def test_deleting_the_stack_leaves_the_database_alone(migrated: Engine) -> None:
    assert call("migrate_database", {"RequestType": "Delete"})["revision"] == head()
    assert rows_of(migrated, "SELECT * FROM users") == []


def test_partitions_are_extended_once() -> None:
    call("extend_partitions", {})
    assert call("extend_partitions", {}) == {"made": 0, "dropped": 0, "removed": {}}


def test_a_secret_is_read_once_unless_asked_to_refresh_and_its_absence_is_told(secret: str) -> None:
    client = boto3.client("secretsmanager")
    kept = DatabaseSecret(secret)
    before = kept()["password"]
    client.put_secret_value(SecretId=secret, SecretString=json.dumps({"password": "new"}))

    assert kept()["password"] == before
    assert kept(refresh=True)["password"] == "new"
    with pytest.raises(UnavailableError):
        DatabaseSecret("arn:aws:secretsmanager:eu-west-1:000000000000:secret:none")()
