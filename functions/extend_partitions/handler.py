"""Every day: partitions for the readings of the months to come, none for those that are no longer kept."""

from datetime import UTC, datetime
from typing import Any

from wattwarden.adapters.postgres.migrations.migrate import drop_partitions, ensure_partitions
from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring

wiring.prepare("database")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    now, kept = datetime.now(UTC), wiring.settings.readings_kept_months
    made = ensure_partitions(wiring.database, now)
    dropped = drop_partitions(wiring.database, now, kept) if kept else 0
    logger.info("partitions extended", extra={"made": made, "dropped": dropped})
    return {"made": made, "dropped": dropped}
