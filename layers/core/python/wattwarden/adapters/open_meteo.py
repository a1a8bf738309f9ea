"""Weather from Open-Meteo, or from anything that answers in its format."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import urllib3

from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.weather import WeatherSource

PAST_DAYS = 7
FORECAST_DAYS = 2
"""Today and tomorrow, by UTC."""


class OpenMeteo(WeatherSource):
    """`url` is the forecast endpoint, such as https://api.open-meteo.com/v1/forecast."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=10), retries=urllib3.Retry(2))

    def hourly(self, latitude: float, longitude: float) -> list[tuple[float, float | None, float | None]]:
        query = urlencode(
            {
                "latitude": latitude,
                "longitude": longitude,
                "hourly": "temperature_2m,relative_humidity_2m",
                "past_days": PAST_DAYS,
                "forecast_days": FORECAST_DAYS,
                "timezone": "UTC",
            }
        )
        try:
            answer = self._http.request("GET", f"{self._url}?{query}")
            hourly = answer.json()["hourly"]
            return [
                (datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp(), temperature, humidity)
                for at, temperature, humidity in zip(
                    hourly["time"], hourly["temperature_2m"], hourly["relative_humidity_2m"], strict=True
                )
            ]
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(f"the weather service gave no usable answer: {error}") from error
