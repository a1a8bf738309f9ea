"""Task of retrain_model: MLflow hears which models there are and what became of them."""

from typing import Any

from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.models.retrain import register

wiring.prepare("models", "experiments")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    new = register(wiring.models, wiring.experiments())
    logger.info("models registered", extra={"model": event["name"], "new": new})
    return {"name": event["name"], "new": new}
