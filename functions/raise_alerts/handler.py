"""First task of alert_fanout: incidents become alerts, and a list of messages to deliver."""

from datetime import UTC, datetime
from typing import Any

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.alerts.raise_alerts import raise_alerts

wiring.prepare("alerts", "asset_registry")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    opened = IncidentsOpened.model_validate(event)
    raised = raise_alerts(opened, wiring.asset_registry.timezone(opened.hostel_id), wiring.alerts, datetime.now(UTC))
    logger.info("alerts raised", extra={"alerts": len(raised.alert_ids), "people_to_tell": len(raised.user_ids)})
    count("AlertsRaised", len(raised.alert_ids))
    return raised.model_dump(mode="json")
