"""The deploy step that brings the database to the schema this code needs.

Invoked by a deployer, by a CDK trigger, or by a custom resource's provider framework: doing it again does no harm.
Deleting the stack leaves the database as it is.
"""

from datetime import UTC, datetime
from typing import Any

from wattwarden.adapters.postgres.migrations.migrate import ensure_administrator, ensure_partitions, head, upgrade
from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring

wiring.prepare("migrated_database")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event.get("RequestType") == "Delete":
        revision = head()
    else:
        revision = upgrade(wiring.migrated_database)
        ensure_partitions(wiring.migrated_database, datetime.now(UTC))
        ensure_administrator(wiring.migrated_database, wiring.settings.admin_email)
        logger.info("database migrated", extra={"revision": revision})
    return {"PhysicalResourceId": "database-schema", "Data": {"revision": revision}, "revision": revision}
