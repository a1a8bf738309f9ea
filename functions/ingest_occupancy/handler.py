"""POST /v1/occupancy: head counts onto the stream."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.kinesis import KinesisStream
from wattwarden.adapters.postgres.registry import PostgresRegistry
from wattwarden.contracts.readings import IngestResponse, OccupancyRequest
from wattwarden.domain.people import Gateway
from wattwarden.runtime import gateway_http
from wattwarden.runtime.database import database
from wattwarden.runtime.env import StreamEnv, load
from wattwarden.runtime.observe import logger, metrics
from wattwarden.usecases.ingest import Delivery, ingest_occupancy


@cache
def _registry() -> PostgresRegistry:
    return PostgresRegistry(database(load(StreamEnv).database_secret))


@cache
def _stream() -> KinesisStream:
    return KinesisStream(load(StreamEnv).telemetry_stream, load(StreamEnv).backfill_stream)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return gateway_http.answer(event, _registry(), _take)


def _take(gateway: Gateway, body: object) -> IngestResponse:
    request = OccupancyRequest.model_validate(body)
    source, now, kept = f"gateway:{gateway.gateway_id}", datetime.now(UTC), load(StreamEnv).readings_kept_months
    delivery = Delivery(gateway, request.occupancy, source, now, request.sent_at, kept)
    return ingest_occupancy(delivery, _registry(), _stream())
