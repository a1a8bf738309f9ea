"""Every day: partitions for the readings of the months to come."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine

from wattwarden.adapters.postgres.migrate import ensure_partitions
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger


class PartitionsEnv(Env):
    database_secret: str


@cache
def _database() -> Engine:
    return database(load(PartitionsEnv).database_secret)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    made = ensure_partitions(_database(), datetime.now(UTC))
    logger.info("partitions extended", extra={"made": made})
    return {"made": made}
