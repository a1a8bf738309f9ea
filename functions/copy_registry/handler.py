"""Every minute: a copy of what the doors need of the registry, for when the database is away."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.postgres.hostels.registry import PostgresRegistry
from wattwarden.adapters.registry_copies import S3RegistryCopies
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.hostels.registry_copy import copy_registry


class CopyEnv(Env):
    database_secret: str
    upload_bucket: str


@cache
def _registry() -> PostgresRegistry:
    return PostgresRegistry(database(load(CopyEnv).database_secret))


@cache
def _copies() -> S3RegistryCopies:
    return S3RegistryCopies(load(CopyEnv).upload_bucket)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:
    saved = copy_registry(_registry(), _copies(), datetime.now(UTC))
    logger.info("registry copied", extra={"saved": saved})
    return {"saved": saved}
