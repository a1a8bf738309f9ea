"""The deploy step that brings the database to the schema this code needs.

Invoked by a deployer, by a CDK trigger, or by a custom resource's provider framework: doing it again does no harm.
Deleting the stack leaves the database as it is.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.postgres.base.engine import Engine, engine_of
from wattwarden.adapters.postgres.migrations.migrate import ensure_administrator, ensure_partitions, head, upgrade
from wattwarden.adapters.secrets import database_secret
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger

LONGEST_STATEMENT_S = 800
"""Rewriting a table takes its time; a Lambda lives for 900 s."""


class MigrateEnv(Env):
    database_secret: str
    admin_email: str


@cache
def _database() -> Engine:
    secret = database_secret(load(MigrateEnv).database_secret)
    return engine_of(secret, "migrate_database", statement_timeout_s=LONGEST_STATEMENT_S)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event.get("RequestType") == "Delete":
        revision = head()
    else:
        revision = upgrade(_database())
        ensure_partitions(_database(), datetime.now(UTC))
        ensure_administrator(_database(), load(MigrateEnv).admin_email)
        logger.info("database migrated", extra={"revision": revision})
    return {"PhysicalResourceId": "database-schema", "Data": {"revision": revision}, "revision": revision}
