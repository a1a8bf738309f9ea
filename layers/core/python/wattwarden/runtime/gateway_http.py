"""What the two doors for gateways share: who asks, what they sent, what they are told."""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from wattwarden.contracts.readings import IngestResponse
from wattwarden.domain.errors import ForbiddenError, InvalidError, WattWardenError
from wattwarden.domain.people import Gateway
from wattwarden.runtime.observe import count, logger
from wattwarden.runtime.problems import CONTENT_TYPE, problem, problem_response, response
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.ingest import Submission


def submission(gateway: Gateway, items: Sequence[Any], sent_at: datetime | None) -> Submission:
    """What the gateway brought, now."""
    kept = wiring.settings.readings_kept_months
    return Submission(gateway, items, f"gateway:{gateway.gateway_id}", datetime.now(UTC), sent_at, kept)


def answer(event: dict[str, Any], take: Callable[[Gateway, object], IngestResponse]) -> dict[str, Any]:
    """Answer an API Gateway proxy event: 202 all taken, 207 some, 422 none; every refusal named."""
    try:
        result = take(_gateway(event), _json(event))
    except (WattWardenError, ValidationError) as error:
        logger.info("request refused", extra={"reason": type(error).__name__})
        return problem_response(error)
    count("ItemsAccepted", result.accepted)
    count("ItemsRefused", len(result.refused))
    body = result.model_dump()
    if not result.accepted:
        first = result.refused[0]
        detail = f"no item was accepted; item {first.index}: {first.detail}"
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return response(status, problem(status, detail, **body), CONTENT_TYPE)
    return response(HTTPStatus.MULTI_STATUS if result.refused else HTTPStatus.ACCEPTED, body)


def _gateway(event: dict[str, Any]) -> Gateway:
    key_id = event.get("requestContext", {}).get("identity", {}).get("apiKeyId")
    gateway = wiring.door_registry.gateway_of_key(key_id) if key_id else None
    if gateway is None:
        raise ForbiddenError("this API key belongs to no gateway, or was revoked")
    return gateway


def _json(event: dict[str, Any]) -> object:
    body = event.get("body") or ""
    try:
        return from_json(base64.b64decode(body) if event.get("isBase64Encoded") else body, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidError(f"the body is not JSON: {error}") from error
