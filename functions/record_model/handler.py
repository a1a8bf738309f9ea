"""Task of retrain_model: what became of a model after its deployment."""

from functools import cache
from typing import Any

from wattwarden.adapters.postgres.models import PostgresModels
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger


class RecordEnv(Env):
    database_secret: str


@cache
def _models() -> PostgresModels:
    return PostgresModels(database(load(RecordEnv).database_secret))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    _models().record(event["name"], event["state"], None, {})
    logger.info("model recorded", extra={"model": event["name"], "state": event["state"]})
    return {"name": event["name"], "state": event["state"]}
