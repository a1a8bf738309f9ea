"""Every minute: a copy of what the doors need of the registry, for when the database is away."""

from datetime import UTC, datetime
from typing import Any

from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.hostels.asset_registry_copy import copy_asset_registry

wiring.prepare("asset_registry", "asset_registry_copies")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:
    saved = copy_asset_registry(wiring.asset_registry, wiring.asset_registry_copies, datetime.now(UTC))
    logger.info("registry copied", extra={"saved": saved})
    return {"saved": saved}
