"""What raising, reading and answering alerts needs from storage and from the live channel."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wattwarden.contracts.api.alerts import AlertOut
from wattwarden.contracts.events import IncidentsOpened, Message, RaisedAlerts
from wattwarden.domain.alerts import AlertDraft, OpenAlert, Recipient
from wattwarden.domain.anomalies import Incident
from wattwarden.domain.floors import Floor
from wattwarden.domain.suppressions import SuppressionRule


class HostelAlerts(Protocol):
    """A hostel's alerts while one decision is made about them: everything read and written is of one transaction."""

    def incidents(self, incident_ids: Sequence[UUID]) -> list[Incident]:
        """Those incidents that belong to no alert yet."""

    def near(self, starts: Sequence[datetime]) -> list[Incident]:
        """Incidents without an alert that start within `waves.SOON` of any of these instants."""

    def open_alerts(self, room_ids: Sequence[int], start: datetime, end: datetime) -> list[OpenAlert]:
        """Alerts of the rooms, of waves, and of any room in which one began in [start, end]; none long over by then.

        Not those that are resolved, but for imported history's, which end there and then.
        """

    def holding(self, incident_ids: Sequence[UUID]) -> list[OpenAlert]:
        """The alerts that hold any of these incidents, but those that are resolved."""

    def suppressions(self) -> Sequence[SuppressionRule]:
        """What the hostel's people need not hear of, as it counts now."""

    def floor(self) -> Floor:
        """What is less than this waits for the digest."""

    def unheard(self, until: datetime) -> list[OpenAlert]:
        """Alerts raised before this instant, not resolved, that people heard nothing of as severe as they are."""

    def suppress(self, hidden: Mapping[UUID, int | None]) -> None:
        """Note which suppression rule keeps each of these incidents from people; None: none does."""

    def metered_rooms(self) -> Mapping[str, int]:
        """Number of rooms with a meter, by block."""

    def recipients(self) -> list[Recipient]:
        """Everyone who may act in the hostel (admins included)."""

    def save(
        self,
        event_id: UUID,
        drafts: Sequence[AlertDraft],
        messages: Sequence[tuple[UUID | None, Message]],
        now: datetime,
    ) -> None:
        """Write alerts, attach incidents, queue the messages (alert id, message) in their order.

        Idempotent by ids. An alert that exists becomes as the draft has it; severities only grow. A fold that a person
        has taken charge of meanwhile stays as it is. Alerts that turn out to be imported history are resolved.
        """


@dataclass(frozen=True, slots=True)
class Untold:
    """An alert that is worse than what people heard of, and what may keep it from them."""

    hostel_id: int
    timezone: str
    alert: OpenAlert
    raised_at: datetime
    floor: Floor
    suppressions: Sequence[SuppressionRule]


class UntoldAlerts(Protocol):
    def untold(self, since: datetime) -> list[Untold]:
        """Those of every hostel that were raised after `since` and are not resolved."""

    def tell(self, events: Sequence[IncidentsOpened]) -> None:
        """Put the events into the outbox; those that are there already stay as they are."""


class AlertStore(Protocol):
    def deciding(self, hostel_id: int) -> AbstractContextManager[HostelAlerts]:
        """The hostel's alerts, for one decision at a time: a second one waits until the first is stored."""

    def raised(self, event: IncidentsOpened) -> RaisedAlerts:
        """The alerts of the event's incidents, and the people to whom messages of its hostel wait to be sent.

        Read back rather than remembered, so that a retried task does what its first try did not.
        """

    def alerts(self, alert_ids: Sequence[UUID]) -> list[AlertOut]: ...

    def connections(self, hostel_id: int) -> list[str]:
        """Ids of the live connections of people who may see the hostel."""

    def forget_connection(self, connection_id: str) -> None: ...


class LivePush(Protocol):
    def send(self, connection_id: str, data: str) -> bool:
        """Push to one browser; False when the connection is gone."""
