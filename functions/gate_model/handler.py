"""Task of retrain_model: may the model serve, and beside whom?"""

from datetime import UTC, datetime, timedelta
from typing import Any

from wattwarden.ports.models import ModelState
from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.models.retrain import Outcome, gate

wiring.prepare("models")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    trial = timedelta(seconds=wiring.settings.trial_seconds)
    decided = gate(event["name"], event["artifact_uri"], event["metrics"], trial, wiring.models, datetime.now(UTC))
    about = {"model": event["name"], "outcome": decided.outcome, "reason": decided.reason}
    logger.info("model gated", extra=about)
    state = ModelState.REFUSED if decided.outcome is Outcome.REFUSED else ModelState.CHALLENGER
    return {"name": event["name"], "outcome": decided.outcome, "state": state, "reason": decided.reason}
