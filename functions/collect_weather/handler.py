"""Every hour: the weather of each hostel onto the stream."""

from datetime import UTC, datetime
from typing import Any

from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.collect_weather import collect_weather

wiring.prepare("asset_registry", "stream", "weather")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, list[int]]:
    failed = collect_weather(wiring.asset_registry, wiring.weather, wiring.stream, datetime.now(UTC))
    count("WeatherFailed", len(failed))
    logger.info("weather collected", extra={"failed_hostels": failed})
    return {"failed_hostels": failed}
