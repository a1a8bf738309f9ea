"""Hourly weather of every hostel onto the stream; the past day too, so that an outage leaves no hole."""

from datetime import datetime

from wattwarden.contracts.telemetry import WeatherBatch
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.registry import Registry
from wattwarden.ports.stream import TelemetryStream
from wattwarden.ports.weather import WeatherSource


def collect_weather(registry: Registry, source: WeatherSource, stream: TelemetryStream, now: datetime) -> list[int]:
    """Fetch and put each hostel's weather; one that fails does not hold up the others. Returns the failed hostels."""
    failed: list[int] = []
    for hostel_id, latitude, longitude in registry.hostel_locations():
        try:
            hours = [hour for hour in source.hourly(latitude, longitude) if hour[0] <= now.timestamp()]
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
