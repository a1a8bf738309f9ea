"""Hourly weather of every hostel onto the stream, ahead of its hour; the past days too, in case an outage left a hole.

What was received before its hour began is final: every reading of the hour is judged by the same weather, whenever it
comes. So the coming hours are sent, and hours that are known already change nothing.
"""

from datetime import datetime, timedelta

from wattwarden.contracts.telemetry import WeatherBatch
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.asset_registry import AssetRegistry
from wattwarden.ports.stream import TelemetryStream
from wattwarden.ports.weather import WeatherSource

AHEAD = timedelta(hours=6)
"""As many runs may fail in a row before an hour begins without weather."""


def collect_weather(
    registry: AssetRegistry, source: WeatherSource, stream: TelemetryStream, now: datetime
) -> list[int]:
    """Fetch and put each hostel's weather; one that fails does not hold up the others. Returns the failed hostels."""
    failed: list[int] = []
    for hostel_id, latitude, longitude in registry.hostel_locations():
        try:
            hours = [hour for hour in source.hourly(latitude, longitude) if hour[0] <= (now + AHEAD).timestamp()]
        except UnavailableError:
            failed.append(hostel_id)
            continue
        batch = WeatherBatch(
            hostel_id=hostel_id,
            source="open-meteo",
            received_at=now.timestamp(),
            ts=[ts for ts, _, _ in hours],
            temperature_c=[temperature for _, temperature, _ in hours],
            humidity=[humidity for _, _, humidity in hours],
        )
        stream.put([(f"{hostel_id}:weather", batch)])
    return failed
