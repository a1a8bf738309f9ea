"""Every day: partitions for the readings of the months to come, none for those that are no longer kept."""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from pydantic import Field

from wattwarden.adapters.postgres.base.engine import Engine
from wattwarden.adapters.postgres.migrations.migrate import drop_partitions, ensure_partitions
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger


class PartitionsEnv(Env):
    database_secret: str
    readings_kept_months: Annotated[int, Field(ge=1)] | None = None
    """None: readings are kept for ever."""


@cache
def _database() -> Engine:
    return database(load(PartitionsEnv).database_secret)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    now, kept = datetime.now(UTC), load(PartitionsEnv).readings_kept_months
    made = ensure_partitions(_database(), now)
    dropped = drop_partitions(_database(), now, kept) if kept else 0
    logger.info("partitions extended", extra={"made": made, "dropped": dropped})
    return {"made": made, "dropped": dropped}
