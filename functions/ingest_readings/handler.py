"""POST /v1/readings: a gateway's readings onto the stream."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.kinesis import KinesisStream
from wattwarden.adapters.postgres.registry import PostgresRegistry
from wattwarden.contracts.readings import ReadingsRequest
from wattwarden.runtime import gateway_http
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger, metrics
from wattwarden.usecases.ingest import ingest_readings


class IngestEnv(Env):
    database_secret: str
    telemetry_stream: str


@cache
def _registry() -> PostgresRegistry:
    return PostgresRegistry(database(load(IngestEnv).database_secret))


@cache
def _stream() -> KinesisStream:
    return KinesisStream(load(IngestEnv).telemetry_stream)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return gateway_http.answer(
        event,
        _registry(),
        lambda gateway, body: ingest_readings(
            gateway,
            gateway_http.parse(ReadingsRequest, body).readings,
            _registry(),
            _stream(),
            datetime.now(UTC),
            f"gateway:{gateway.gateway_id}",
        ),
    )
