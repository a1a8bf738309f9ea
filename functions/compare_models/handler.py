"""Task of retrain_model, at the end of a trial: is the challenger promoted?"""

from datetime import datetime
from typing import Any

from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.models.retrain import compare

wiring.prepare("models", "variants")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    since = datetime.fromisoformat(event["since"])
    share = wiring.settings.challenger_share
    decided = compare(event["challenger"], event["champion"], share, since, wiring.models, wiring.variants)
    about = {"model": event["challenger"], "outcome": decided.outcome, "reason": decided.reason}
    logger.info("models compared", extra=about | {"seen": decided.details})
    return {"outcome": decided.outcome, "reason": decided.reason, "seen": decided.details}
