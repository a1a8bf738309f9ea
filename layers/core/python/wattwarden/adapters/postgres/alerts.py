"""What raising alerts reads and writes (`ports.alerts.AlertStore`)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from wattwarden.adapters.postgres.alert_rows import alert_out, alert_select
from wattwarden.adapters.postgres.engine import transaction
from wattwarden.adapters.postgres.tables import (
    alerts,
    incidents,
    live_connections,
    meters,
    notifications,
    rooms,
    user_hostels,
    users,
)
from wattwarden.contracts.api import AlertOut
from wattwarden.contracts.events import Delivery, IncidentsOpened, RaisedAlerts
from wattwarden.domain.anomalies import Incident, Kind, Severity, Tier
from wattwarden.domain.people import Role
from wattwarden.ports.alerts import AlertDraft, AlertStore, OpenAlert, Recipient

_may_see = or_(users.c.role == Role.ADMIN, user_hostels.c.user_id.is_not(None))
_SAME_IN_INCIDENT = (
    "hostel_id room_id kind severity tier started_at last_at peak_kw expected_kw excess_kwh cost currency confidence "
    "reasons"
)


class PostgresAlerts(AlertStore):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def incidents(self, incident_ids: Sequence[UUID]) -> list[Incident]:
        query = (
            select(
                incidents.c.id.label("incident_id"),
                *(incidents.c[name] for name in _SAME_IN_INCIDENT.split()),
                rooms.c.name.label("room_name"),
                rooms.c.block,
                meters.c.serial.label("meter_serial"),
            )
            .join(rooms, rooms.c.id == incidents.c.room_id)
            .join(meters, meters.c.id == incidents.c.meter_id)
            .where(incidents.c.id.in_(incident_ids), incidents.c.alert_id.is_(None))
            .order_by(incidents.c.started_at, incidents.c.id)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return [_incident(row) for row in rows]

    def open_alerts(self, hostel_id: int, room_ids: Sequence[int]) -> list[OpenAlert]:
        query = (
            select(
                alerts.c.id,
                alerts.c.room_id,
                alerts.c.kind,
                alerts.c.severity,
                alerts.c.started_at,
                func.coalesce(func.max(incidents.c.last_at), alerts.c.started_at).label("last_at"),
            )
            .outerjoin(incidents, incidents.c.alert_id == alerts.c.id)
            .where(alerts.c.hostel_id == hostel_id, alerts.c.room_id.in_(room_ids), alerts.c.state != "resolved")
            .group_by(alerts.c.id)
            .order_by(alerts.c.started_at)
        )
        with transaction(self._engine) as connection:
            return [
                OpenAlert(row.id, row.room_id, Kind(row.kind), Severity(row.severity), row.started_at, row.last_at)
                for row in connection.execute(query)
            ]

    def recipients(self, hostel_id: int) -> list[Recipient]:
        query = (
            select(users.c.id, users.c.email, users.c.phone, users.c.role)
            .outerjoin(user_hostels, (user_hostels.c.user_id == users.c.id) & (user_hostels.c.hostel_id == hostel_id))
            .where(_may_see, users.c.role != Role.VIEWER)
            .order_by(users.c.id)
        )
        with transaction(self._engine) as connection:
            return [Recipient(row.id, row.email, row.phone, row.role) for row in connection.execute(query)]

    def save(
        self, event_id: UUID, drafts: Sequence[AlertDraft], deliveries: Sequence[tuple[UUID | None, Delivery]]
    ) -> None:
        with transaction(self._engine) as connection:
            for draft in sorted(drafts, key=lambda draft: draft.alert_id):
                _save_alert(connection, draft)
            if drafts and deliveries:
                _queue(connection, event_id, drafts[0].hostel_id, deliveries)  # an event is of one hostel

    def raised(self, event: IncidentsOpened) -> RaisedAlerts:
        of_event = (
            select(alerts.c.id)
            .where(alerts.c.id.in_(select(incidents.c.alert_id).where(incidents.c.id.in_(event.incident_ids))))
            .order_by(alerts.c.started_at, alerts.c.id)
        )
        unsent = (
            select(notifications)
            .where(notifications.c.event_id == event.outbox_id, notifications.c.state == "queued")
            .order_by(notifications.c.queued_at, notifications.c.id)
        )
        with transaction(self._engine) as connection:
            alert_ids = list(connection.scalars(of_event))
            rows = connection.execute(unsent).all()
        deliveries = [
            Delivery(
                notification_id=row.id,
                user_id=str(row.user_id),
                channel=row.channel,
                severity=row.severity,
                subject=row.subject,
                message=row.message,
            )
            for row in rows
        ]
        return RaisedAlerts(hostel_id=event.hostel_id, alert_ids=alert_ids, deliveries=deliveries)

    def alerts(self, alert_ids: Sequence[UUID]) -> list[AlertOut]:
        query = alert_select().where(alerts.c.id.in_(alert_ids)).order_by(alerts.c.started_at, alerts.c.id)
        with transaction(self._engine) as connection:
            return [alert_out(row) for row in connection.execute(query).mappings()]

    def record_delivery(self, notification_id: UUID, state: str, provider_id: str | None, error: str | None) -> None:
        """Note what became of a message; one that was sent stays sent."""
        sent_at = func.now() if state == "sent" else None
        with transaction(self._engine) as connection:
            connection.execute(
                update(notifications)
                .where(notifications.c.id == notification_id, notifications.c.state != "sent")
                .values(state=state, provider_id=provider_id, error=error, sent_at=sent_at)
            )

    def connections(self, hostel_id: int) -> list[str]:
        query = (
            select(live_connections.c.connection_id)
            .join(users, users.c.id == live_connections.c.user_id)
            .outerjoin(user_hostels, (user_hostels.c.user_id == users.c.id) & (user_hostels.c.hostel_id == hostel_id))
            .where(_may_see)
            .order_by(live_connections.c.connected_at)
        )
        with transaction(self._engine) as connection:
            return list(connection.scalars(query))

    def forget_connection(self, connection_id: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(delete(live_connections).where(live_connections.c.connection_id == connection_id))


def _incident(row: RowMapping) -> Incident:
    typed = {
        "kind": Kind(row["kind"]),
        "severity": Severity(row["severity"]),
        "tier": Tier(row["tier"]),
        "excess_kwh": float(row["excess_kwh"]),
    }
    return Incident(**(dict(row) | typed))


def _save_alert(connection: Connection, draft: AlertDraft) -> None:
    """Write a new alert, or raise the one that exists to a worse draft's severity and words; attach the incidents."""
    new = insert(alerts).values(
        id=draft.alert_id,
        hostel_id=draft.hostel_id,
        room_id=draft.room_id,
        block=draft.block,
        kind=draft.kind,
        severity=draft.severity,
        title=draft.title,
        why=draft.why,
        started_at=draft.started_at,
    )
    raised = {name: new.excluded[name] for name in ("kind", "severity", "title", "why")}
    rank = {severity.value: severity.rank for severity in Severity}
    worse = case(rank, value=new.excluded.severity) > case(rank, value=alerts.c.severity)
    connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=raised, where=worse))
    connection.execute(
        update(incidents)
        .where(incidents.c.id.in_(draft.incident_ids), incidents.c.alert_id.is_(None))
        .values(alert_id=draft.alert_id)
    )


def _queue(
    connection: Connection, event_id: UUID, hostel_id: int, deliveries: Sequence[tuple[UUID | None, Delivery]]
) -> None:
    """Write the messages that are new."""
    rows = [
        {
            "id": delivery.notification_id,
            "event_id": event_id,
            "alert_id": alert_id,
            "hostel_id": hostel_id,
            "user_id": int(delivery.user_id),
            "channel": delivery.channel,
            "severity": delivery.severity,
            "subject": delivery.subject,
            "message": delivery.message,
        }
        for alert_id, delivery in sorted(deliveries, key=lambda pair: pair[1].notification_id)
    ]
    connection.execute(insert(notifications).values(rows).on_conflict_do_nothing(index_elements=["id"]))
