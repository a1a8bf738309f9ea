"""Alerts and live connections in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from wattwarden.contracts.api import AlertOut
from wattwarden.contracts.events import Delivery, IncidentsOpened, RaisedAlerts
from wattwarden.domain.anomalies import Incident
from wattwarden.ports.alerts import AlertDraft, AlertStore, LivePush, OpenAlert, Recipient


@dataclass
class FakeAlerts(AlertStore):
    known: dict[UUID, Incident] = field(default_factory=dict)
    people: list[Recipient] = field(default_factory=list)
    drafts: dict[UUID, AlertDraft] = field(default_factory=dict)
    alert_of: dict[UUID, UUID] = field(default_factory=dict)
    notifications: dict[UUID, tuple[UUID, Delivery, str]] = field(default_factory=dict)
    out: dict[UUID, AlertOut] = field(default_factory=dict)
    sockets: list[str] = field(default_factory=list)

    def incidents(self, incident_ids: Sequence[UUID]) -> list[Incident]:
        return [self.known[i] for i in incident_ids if i not in self.alert_of]

    def open_alerts(self, hostel_id: int, room_ids: Sequence[int]) -> list[OpenAlert]:
        found = []
        for draft in self.drafts.values():
            if draft.hostel_id == hostel_id and draft.room_id in room_ids:
                last = max(self.known[i].last_at for i, a in self.alert_of.items() if a == draft.alert_id)
                found.append(
                    OpenAlert(draft.alert_id, draft.room_id or 0, draft.kind, draft.severity, draft.started_at, last)
                )
        return found

    def recipients(self, hostel_id: int) -> list[Recipient]:
        assert hostel_id
        return self.people

    def save(
        self, event_id: UUID, drafts: Sequence[AlertDraft], deliveries: Sequence[tuple[UUID | None, Delivery]]
    ) -> None:
        for draft in drafts:
            self.drafts[draft.alert_id] = draft
            self.alert_of |= dict.fromkeys(draft.incident_ids, draft.alert_id)
        for _, delivery in deliveries:
            self.notifications.setdefault(delivery.notification_id, (event_id, delivery, "queued"))

    def raised(self, event: IncidentsOpened) -> RaisedAlerts:
        unsent = [d for event_id, d, s in self.notifications.values() if event_id == event.outbox_id and s == "queued"]
        alert_ids = list(dict.fromkeys(self.alert_of[i] for i in event.incident_ids if i in self.alert_of))
        return RaisedAlerts(hostel_id=event.hostel_id, alert_ids=alert_ids, deliveries=unsent)

    def alerts(self, alert_ids: Sequence[UUID]) -> list[AlertOut]:
        return [self.out[i] for i in alert_ids]

    def record_delivery(self, notification_id: UUID, state: str, provider_id: str | None, error: str | None) -> None:
        assert state == "failed" or (provider_id and not error)
        event_id, delivery, _ = self.notifications[notification_id]
        self.notifications[notification_id] = (event_id, delivery, state)

    def connections(self, hostel_id: int) -> list[str]:
        assert hostel_id
        return list(self.sockets)

    def forget_connection(self, connection_id: str) -> None:
        self.sockets.remove(connection_id)


@dataclass
class FakeLive(LivePush):
    """Browsers by connection id; those not in `open` are gone."""

    open: dict[str, list[str]] = field(default_factory=dict)

    def send(self, connection_id: str, data: str) -> bool:
        if connection_id not in self.open:
            return False
        self.open[connection_id].append(data)
        return True
