"""POST /v1/readings: a gateway's readings onto the stream."""

from typing import Any

from wattwarden.contracts.readings import IngestResponse, ReadingsRequest
from wattwarden.domain.people import Gateway
from wattwarden.runtime import gateway_http as door
from wattwarden.runtime.observe import logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.ingest import ingest_readings

wiring.prepare("door_registry", "stream")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return door.answer(event, _take)


def _take(gateway: Gateway, body: object) -> IngestResponse:
    request = ReadingsRequest.model_validate(body)
    return ingest_readings(
        door.submission(gateway, request.readings, request.sent_at), wiring.door_registry, wiring.stream
    )
