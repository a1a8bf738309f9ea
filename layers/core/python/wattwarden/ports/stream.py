"""What use cases need from the telemetry stream and the event bus."""

from collections.abc import Sequence
from typing import Protocol

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, WeatherBatch


class TelemetryStream(Protocol):
    def put(self, batches: Sequence[tuple[str, ReadingsBatch | OccupancyBatch | WeatherBatch]]) -> None:
        """Write each (partition key, batch), retrying what the stream refused.

        Raises:
            UnavailableError: some batch could still not be written; none may be reported as accepted.
        """


class EventBus(Protocol):
    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        """Send each event; the answer says for each whether the bus took it."""
