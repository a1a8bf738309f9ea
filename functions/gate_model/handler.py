"""Task of retrain_model: may the model serve, and beside whom?"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from wattwarden.adapters.postgres.models.model_versions import PostgresModels
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.models.retrain import gate


class GateEnv(Env):
    database_secret: str
    trial_seconds: int


@cache
def _models() -> PostgresModels:
    return PostgresModels(database(load(GateEnv).database_secret))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    trial = timedelta(seconds=load(GateEnv).trial_seconds)
    decided = gate(event["name"], event["artifact_uri"], event["metrics"], trial, _models(), datetime.now(UTC))
    about = {"model": event["name"], "outcome": decided.outcome, "reason": decided.reason}
    logger.info("model gated", extra=about)
    state = "refused" if decided.outcome == "refused" else "challenger"
    return {"name": event["name"], "outcome": decided.outcome, "state": state, "reason": decided.reason}
