"""What raising, reading and answering alerts needs from storage and from the live channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wattwarden.contracts.api import AlertOut
from wattwarden.contracts.events import Delivery, IncidentsOpened, RaisedAlerts
from wattwarden.domain.anomalies import Incident, Kind, Severity


@dataclass(frozen=True, slots=True)
class Recipient:
    user_id: int
    email: str
    phone: str | None
    role: str


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that may still take a new incident of the same room and type."""

    alert_id: UUID
    room_id: int
    kind: Kind
    severity: Severity
    started_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """A new alert, or (when `alert_id` exists) its incidents and severity raised."""

    alert_id: UUID
    hostel_id: int
    room_id: int | None
    block: str
    kind: Kind
    severity: Severity
    title: str
    why: str
    started_at: datetime
    incident_ids: tuple[UUID, ...]


class AlertStore(Protocol):
    def incidents(self, incident_ids: Sequence[UUID]) -> list[Incident]:
        """Those incidents that belong to no alert yet."""

    def open_alerts(self, hostel_id: int, room_ids: Sequence[int]) -> list[OpenAlert]: ...

    def recipients(self, hostel_id: int) -> list[Recipient]:
        """Everyone who may act in the hostel (admins included)."""

    def save(
        self, event_id: UUID, drafts: Sequence[AlertDraft], deliveries: Sequence[tuple[UUID | None, Delivery]]
    ) -> None:
        """Write alerts, attach incidents, queue the deliveries (alert id, message) under the event's id.

        One transaction, idempotent by ids: what exists is left as it is, but a raised severity is taken over.
        """

    def raised(self, event: IncidentsOpened) -> RaisedAlerts:
        """The alerts of the event's incidents, and those of the event's deliveries that are not sent yet.

        Read back rather than remembered, so that a retried task sends what its first try did not.
        """

    def alerts(self, alert_ids: Sequence[UUID]) -> list[AlertOut]: ...

    def record_delivery(
        self, notification_id: UUID, state: str, provider_id: str | None, error: str | None
    ) -> None: ...

    def connections(self, hostel_id: int) -> list[str]:
        """Ids of the live connections of people who may see the hostel."""

    def forget_connection(self, connection_id: str) -> None: ...


class LivePush(Protocol):
    def send(self, connection_id: str, data: str) -> bool:
        """Push to one browser; False when the connection is gone."""
