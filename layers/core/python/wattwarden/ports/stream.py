"""What use cases need from the telemetry streams and the event bus."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import Batch


class Lane(StrEnum):
    """Which stream: history must not keep the present waiting."""

    LIVE = "live"
    BACKFILL = "backfill"


class TelemetryStream(Protocol):
    def put(self, batches: Sequence[tuple[str, Batch]], lane: Lane = Lane.LIVE) -> None:
        """Write each (partition key, batch), retrying what the stream refused.

        Raises:
            BusyError: the stream takes no more for now; none may be reported as accepted.
            UnavailableError: some batch could not be written; likewise.
        """


class EventBus(Protocol):
    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        """Send each event; the answer says for each whether the bus took it."""
