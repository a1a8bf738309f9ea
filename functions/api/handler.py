"""The app API (`ANY /api/{proxy+}`, signed in with Cognito)."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from routes import respond  # type: ignore[import-not-found]  # in AWS this folder is the root, and routes a package in it

from wattwarden.runtime.observe import logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer: dict[str, Any] = respond(event, context)
    return answer
