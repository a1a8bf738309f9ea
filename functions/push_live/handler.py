"""Task of alert_fanout: push raised alerts to the browsers that may see them."""

from typing import Any

from wattwarden.contracts.events import RaisedAlerts
from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.alerts.deliver import push_live

wiring.prepare("alerts", "live")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    raised = RaisedAlerts.model_validate(event)
    pushed = push_live(raised.hostel_id, raised.alert_ids, wiring.alerts, wiring.live)
    logger.info("pushed", extra={"messages": pushed})
    return {"pushed": pushed}
