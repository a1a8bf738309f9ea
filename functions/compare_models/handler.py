"""Task of retrain_model, at the end of a trial: is the challenger promoted?"""

from datetime import datetime
from functools import cache
from typing import Any

from wattwarden.adapters.postgres.models.model_versions import PostgresModels
from wattwarden.adapters.sagemaker import EndpointVariants
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.models.retrain import compare


class CompareEnv(Env):
    database_secret: str
    endpoint_name: str
    challenger_share: float


@cache
def _models() -> PostgresModels:
    return PostgresModels(database(load(CompareEnv).database_secret))


@cache
def _variants() -> EndpointVariants:
    return EndpointVariants(load(CompareEnv).endpoint_name)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    since = datetime.fromisoformat(event["since"])
    share = load(CompareEnv).challenger_share
    decided = compare(event["challenger"], event["champion"], share, since, _models(), _variants())
    about = {"model": event["challenger"], "outcome": decided.outcome, "reason": decided.reason}
    logger.info("models compared", extra=about | {"seen": decided.details})
    return {"outcome": decided.outcome, "reason": decided.reason, "seen": decided.details}
