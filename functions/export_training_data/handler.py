"""Task of retrain_model: the period's history to S3, as Parquet in the detector's dataset schema."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.datasets import S3Datasets
from wattwarden.adapters.postgres.history import PostgresHistory
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.retrain import export


class ExportEnv(Env):
    database_secret: str
    model_bucket: str


@cache
def _history() -> PostgresHistory:
    return PostgresHistory(database(load(ExportEnv).database_secret))


@cache
def _datasets() -> S3Datasets:
    return S3Datasets(load(ExportEnv).model_bucket)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    exported = export(event["execution_id"], datetime.now(UTC), _history(), _datasets())
    logger.info("history exported", extra={"run": exported.name, "rows": exported.rows, "outcome": exported.outcome})
    return asdict(exported)
