"""Task of retrain_model: MLflow hears which models there are and what became of them."""

from functools import cache
from typing import Any

from wattwarden.adapters.mlflow import MlflowLog, tracking_uri
from wattwarden.adapters.postgres.models.model_versions import PostgresModels
from wattwarden.adapters.secrets import database_secret
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.models.retrain import register


class RegisterEnv(Env):
    database_secret: str
    tracking_server: str | None = None
    """ARN of a SageMaker tracking server; without one MLflow's tables are in our own database."""


@cache
def _models() -> PostgresModels:
    return PostgresModels(database(load(RegisterEnv).database_secret))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    env = load(RegisterEnv)
    # Read at each call: the password may have been changed since the last one.
    log = MlflowLog(env.tracking_server or tracking_uri(database_secret(env.database_secret)(refresh=True)))
    new = register(_models(), log)
    logger.info("models registered", extra={"model": event["name"], "new": new})
    return {"name": event["name"], "new": new}
