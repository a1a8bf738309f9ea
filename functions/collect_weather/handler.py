"""Every hour: the weather of each hostel onto the stream."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.kinesis import KinesisStream
from wattwarden.adapters.open_meteo import OpenMeteo
from wattwarden.adapters.postgres.hostels.registry import PostgresRegistry
from wattwarden.runtime.database import database
from wattwarden.runtime.env import StreamEnv, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.telemetry.collect_weather import collect_weather


class WeatherEnv(StreamEnv):
    weather_url: str


@cache
def _registry() -> PostgresRegistry:
    return PostgresRegistry(database(load(WeatherEnv).database_secret))


@cache
def _stream() -> KinesisStream:
    return KinesisStream(load(WeatherEnv).telemetry_stream, load(WeatherEnv).backfill_stream)


@cache
def _source() -> OpenMeteo:
    return OpenMeteo(load(WeatherEnv).weather_url)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, list[int]]:
    failed = collect_weather(_registry(), _source(), _stream(), datetime.now(UTC))
    count("WeatherFailed", len(failed))
    logger.info("weather collected", extra={"failed_hostels": failed})
    return {"failed_hostels": failed}
