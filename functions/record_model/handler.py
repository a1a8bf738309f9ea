"""Task of retrain_model: what became of a model."""

from functools import cache
from typing import Any

from wattwarden.adapters.postgres.models.model_versions import PostgresModels
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
    name, state, reason = event["name"], event["state"], event["reason"]
    _models().record(name, state, reason=reason)
    logger.info("model recorded", extra={"model": name, "state": state, "reason": reason})
    return {"name": name, "state": state, "reason": reason, "ending": event["ending"]}
