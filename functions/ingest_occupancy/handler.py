"""POST /v1/occupancy: head counts onto the stream."""

from typing import Any

from wattwarden.contracts.readings import IngestResponse, OccupancyRequest
from wattwarden.domain.people import Gateway
from wattwarden.runtime import gateway_http as door
from wattwarden.runtime.observe import logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.ingest import ingest_occupancy

wiring.prepare("door_registry", "stream")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return door.answer(event, _take)


def _take(gateway: Gateway, body: object) -> IngestResponse:
    request = OccupancyRequest.model_validate(body)
    return ingest_occupancy(
        door.submission(gateway, request.occupancy, request.sent_at), wiring.door_registry, wiring.stream
    )
