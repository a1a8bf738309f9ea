"""Task of retrain_model: may the challenger replace the champion?"""

from functools import cache
from typing import Any

from wattwarden.adapters.postgres.models import PostgresModels
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.retrain import gate


class GateEnv(Env):
    database_secret: str


@cache
def _models() -> PostgresModels:
    return PostgresModels(database(load(GateEnv).database_secret))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    outcome, reason = gate(event["name"], event["artifact_uri"], event["metrics"], _models())
    logger.info("model gated", extra={"model": event["name"], "outcome": outcome, "reason": reason})
    return {"outcome": outcome, "reason": reason}
