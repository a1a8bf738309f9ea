"""Task of retrain_model: what became of a model."""

from typing import Any

from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring

wiring.prepare("models")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    name, state, reason = event["name"], event["state"], event["reason"]
    wiring.models.record(name, state, reason=reason)
    logger.info("model recorded", extra={"model": name, "state": state, "reason": reason})
    return {"name": name, "state": state, "reason": reason, "ending": event["ending"]}
