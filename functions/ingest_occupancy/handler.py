"""POST /v1/occupancy: head counts onto the stream."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.kinesis import KinesisStream
from wattwarden.adapters.postgres.registry import PostgresRegistry
from wattwarden.adapters.registry_copies import S3RegistryCopies
from wattwarden.contracts.readings import IngestResponse, OccupancyRequest
from wattwarden.domain.people import Gateway
from wattwarden.runtime import gateway_http
from wattwarden.runtime.database import database
from wattwarden.runtime.env import DoorEnv, load
from wattwarden.runtime.observe import logger, metrics
from wattwarden.usecases.ingest import Delivery, ingest_occupancy
from wattwarden.usecases.registry_copy import SteadyRegistry


@cache
def _registry() -> SteadyRegistry:
    env = load(DoorEnv)
    return SteadyRegistry(PostgresRegistry(database(env.database_secret)), S3RegistryCopies(env.upload_bucket))


@cache
def _stream() -> KinesisStream:
    return KinesisStream(load(DoorEnv).telemetry_stream, load(DoorEnv).backfill_stream)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return gateway_http.answer(event, _registry(), _take)


def _take(gateway: Gateway, body: object) -> IngestResponse:
    request = OccupancyRequest.model_validate(body)
    source, now, kept = f"gateway:{gateway.gateway_id}", datetime.now(UTC), load(DoorEnv).readings_kept_months
    delivery = Delivery(gateway, request.occupancy, source, now, request.sent_at, kept)
    return ingest_occupancy(delivery, _registry(), _stream())
