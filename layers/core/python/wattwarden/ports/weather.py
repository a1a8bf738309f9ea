"""Where weather comes from."""

from typing import Protocol


class WeatherSource(Protocol):
    def hourly(self, latitude: float, longitude: float) -> list[tuple[float, float | None, float | None]]:
        """(epoch seconds UTC, temperature C, relative humidity %) of the past days and at least the coming 24 hours.

        Raises:
            UnavailableError: the service did not answer in time, or not in its format.
        """
