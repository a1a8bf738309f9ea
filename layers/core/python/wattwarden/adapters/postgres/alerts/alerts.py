"""What raising alerts reads and writes (`ports.alerts`)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    and_,
    case,
    column,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
    values,
)
from sqlalchemy import DateTime as Instant
from sqlalchemy.dialects.postgresql import insert

from wattwarden.adapters.postgres.alerts.alert_rows import alert_out, alert_select
from wattwarden.adapters.postgres.alerts.incident_rows import incident_of, incident_select
from wattwarden.adapters.postgres.alerts.suppression_rows import suppressions_of
from wattwarden.adapters.postgres.alerts.untold import floor_of, open_alerts, untold_select
from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.tables import (
    alerts,
    incidents,
    live_connections,
    meters,
    notifications,
    rooms,
    user_hostels,
    users,
)
from wattwarden.contracts.api.alerts import AlertOut
from wattwarden.contracts.events import IncidentsOpened, Message, RaisedAlerts
from wattwarden.domain.alerts import HISTORY, AlertDraft, AlertState, MessageState, OpenAlert, Recipient, Resolution
from wattwarden.domain.anomalies import Incident, Severity
from wattwarden.domain.floors import Floor
from wattwarden.domain.people import Role
from wattwarden.domain.suppressions import SuppressionRule
from wattwarden.domain.waves import LASTS, SOON
from wattwarden.ports.alerts import AlertStore, HostelAlerts

SETTLED_AFTER = timedelta(hours=1)
"""An old incident that has not grown this long after its alert will not: its meter's history ends with it."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('alerts of hostel ' || CAST(:hostel_id AS text), 0))")

_may_see = or_(users.c.role == Role.ADMIN, user_hostels.c.user_id.is_not(None))


class PostgresAlerts(AlertStore):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def deciding(self, hostel_id: int) -> Iterator[HostelAlerts]:
        with transaction(self._engine) as connection:
            # What is read after the lock has been granted shows what its last holder stored.
            connection.execute(_LOCK, {"hostel_id": hostel_id})
            yield _HostelAlerts(connection, hostel_id)

    def raised(self, event: IncidentsOpened) -> RaisedAlerts:
        of_event = (
            select(alerts.c.id)
            .where(alerts.c.id.in_(select(incidents.c.alert_id).where(incidents.c.id.in_(event.incident_ids))))
            .order_by(alerts.c.started_at, alerts.c.id)
        )
        waiting = (
            select(notifications.c.user_id)
            .where(notifications.c.hostel_id == event.hostel_id, notifications.c.state == MessageState.QUEUED)
            .distinct()
            .order_by(notifications.c.user_id)
        )
        with transaction(self._engine) as connection:
            return RaisedAlerts(
                hostel_id=event.hostel_id,
                alert_ids=list(connection.scalars(of_event)),
                user_ids=list(connection.scalars(waiting)),
            )

    def alerts(self, alert_ids: Sequence[UUID]) -> list[AlertOut]:
        query = alert_select().where(alerts.c.id.in_(alert_ids)).order_by(alerts.c.started_at, alerts.c.id)
        with transaction(self._engine) as connection:
            return [alert_out(row) for row in connection.execute(query).mappings()]

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


class _HostelAlerts(HostelAlerts):
    """One hostel's alerts, within the transaction that holds its lock."""

    def __init__(self, connection: Connection, hostel_id: int) -> None:
        self._connection = connection
        self._hostel_id = hostel_id

    def incidents(self, incident_ids: Sequence[UUID]) -> list[Incident]:
        unattached = incident_select().where(incidents.c.id.in_(incident_ids), incidents.c.alert_id.is_(None))
        return self._read(unattached)

    def near(self, starts: Sequence[datetime]) -> list[Incident]:
        around = values(column("at", Instant(timezone=True)), name="around").data([(start,) for start in starts])
        together = incidents.c.started_at.between(around.c.at - SOON, around.c.at + SOON)
        return self._read(
            incident_select().where(
                incidents.c.hostel_id == self._hostel_id,
                incidents.c.alert_id.is_(None),
                exists(select(around.c.at).where(together)),
            )
        )

    def open_alerts(self, room_ids: Sequence[int], start: datetime, end: datetime) -> list[OpenAlert]:
        in_question = or_(
            alerts.c.room_id.in_(room_ids),
            alerts.c.room_id.is_(None),
            and_(alerts.c.state == AlertState.OPEN, alerts.c.started_at.between(start, end)),
        )
        chosen = (
            select(alerts.c.id)
            .join(incidents, incidents.c.alert_id == alerts.c.id)
            .where(
                alerts.c.hostel_id == self._hostel_id,
                or_(alerts.c.state != AlertState.RESOLVED, alerts.c.resolution == Resolution.HISTORY),
                in_question,
                alerts.c.started_at <= end + LASTS,
                incidents.c.last_at >= start,
            )
        )
        return self._open_alerts(chosen)

    def holding(self, incident_ids: Sequence[UUID]) -> list[OpenAlert]:
        return self._open_alerts(
            select(alerts.c.id)
            .join(incidents, incidents.c.alert_id == alerts.c.id)
            .where(
                alerts.c.hostel_id == self._hostel_id,
                alerts.c.state != AlertState.RESOLVED,
                incidents.c.id.in_(incident_ids),
            )
        )

    def _open_alerts(self, chosen: Select[Any]) -> list[OpenAlert]:
        return [alert for alert, _ in open_alerts(self._connection, chosen)]

    def floor(self) -> Floor:
        return floor_of(self._connection, self._hostel_id)

    def unheard(self, until: datetime) -> list[OpenAlert]:
        of_hostel = (alerts.c.hostel_id == self._hostel_id) & (alerts.c.created_at < until)
        return self._open_alerts(untold_select().where(of_hostel))

    def suppressions(self) -> Sequence[SuppressionRule]:
        return suppressions_of(self._connection, self._hostel_id)

    def suppress(self, hidden: Mapping[UUID, int | None]) -> None:
        by_rule: dict[int | None, list[UUID]] = {}
        for incident_id, suppression_id in hidden.items():
            by_rule.setdefault(suppression_id, []).append(incident_id)
        for suppression_id, ids in by_rule.items():
            changed = incidents.c.suppressed_by.is_distinct_from(suppression_id)
            self._connection.execute(
                update(incidents).where(incidents.c.id.in_(ids), changed).values(suppressed_by=suppression_id)
            )

    def metered_rooms(self) -> Mapping[str, int]:
        query = (
            select(rooms.c.block, func.count(meters.c.room_id.distinct()))
            .join(meters, meters.c.room_id == rooms.c.id)
            .where(rooms.c.hostel_id == self._hostel_id)
            .group_by(rooms.c.block)
        )
        return {block: int(number) for block, number in self._connection.execute(query)}

    def recipients(self) -> list[Recipient]:
        of_hostel = (user_hostels.c.user_id == users.c.id) & (user_hostels.c.hostel_id == self._hostel_id)
        query = (
            select(users.c.id, users.c.email, users.c.phone, users.c.role)
            .outerjoin(user_hostels, of_hostel)
            .where(_may_see, users.c.role != Role.VIEWER)
            .order_by(users.c.id)
        )
        return [Recipient(row.id, row.email, row.phone, row.role) for row in self._connection.execute(query)]

    def save(
        self,
        event_id: UUID,
        drafts: Sequence[AlertDraft],
        messages: Sequence[tuple[UUID | None, Message]],
        now: datetime,
    ) -> None:
        for draft in sorted(drafts, key=lambda draft: draft.alert_id):
            _save_alert(self._connection, draft, now)
        _resolve_history(self._connection, self._hostel_id, now)
        if messages:
            _queue(self._connection, event_id, self._hostel_id, messages)

    def _read(self, query: Select[Any]) -> list[Incident]:
        return [incident_of(row) for row in self._connection.execute(query).mappings()]


def _save_alert(connection: Connection, draft: AlertDraft, now: datetime) -> None:
    """Write a new alert, or the one that exists as the draft has it; attach the incidents.

    A consumer may have made it more severe since it was read: that severity stays, and will be told.
    """
    new = insert(alerts).values(
        id=draft.alert_id,
        hostel_id=draft.hostel_id,
        room_id=draft.room_id,
        block=draft.block,
        kind=draft.kind,
        severity=draft.severity,
        told_severity=draft.told,
        started_at=draft.started_at,
        created_at=now,
    )
    rank = {severity.value: severity.rank for severity in Severity}
    worse = {
        name: case(
            (case(rank, value=new.excluded[name]) > case(rank, value=alerts.c[name], else_=-1), new.excluded[name])
        )
        for name in ("severity", "told_severity")
    }
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["id"],
            set_={name: new.excluded[name] for name in ("kind", "block", "started_at")}
            | {name: func.coalesce(found, alerts.c[name]) for name, found in worse.items()},
        )
    )
    folded = list(
        connection.scalars(
            update(alerts)
            .where(alerts.c.id.in_(draft.folds), alerts.c.state == AlertState.OPEN)
            .values(state=AlertState.RESOLVED, resolved_at=now, resolution=Resolution.FOLDED)
            .returning(alerts.c.id)
        )
    )
    connection.execute(
        update(incidents)
        .where(
            incidents.c.id.in_(draft.incident_ids),
            or_(incidents.c.alert_id.is_(None), incidents.c.alert_id.in_(folded)),
        )
        .values(alert_id=draft.alert_id)
    )


def _resolve_history(connection: Connection, hostel_id: int, now: datetime) -> None:
    """The inbox shows the present: what was long over when it was raised is for the record."""
    over = (
        select(incidents.c.alert_id)
        .where(incidents.c.alert_id == alerts.c.id, incidents.c.withdrawn_at.is_(None))
        .group_by(incidents.c.alert_id)
        .having(
            func.max(incidents.c.last_at) < alerts.c.created_at - HISTORY,
            or_(func.bool_and(incidents.c.closed_at.is_not(None)), alerts.c.created_at < now - SETTLED_AFTER),
        )
    )
    connection.execute(
        update(alerts)
        .where(
            alerts.c.hostel_id == hostel_id,
            alerts.c.state == AlertState.OPEN,
            alerts.c.started_at < alerts.c.created_at - HISTORY,
            exists(over),
        )
        .values(state=AlertState.RESOLVED, resolved_at=now, resolution=Resolution.HISTORY)
    )


def _queue(
    connection: Connection, event_id: UUID, hostel_id: int, messages: Sequence[tuple[UUID | None, Message]]
) -> None:
    """Write the messages that are new, each queued a microsecond after the one before it: so they are sent."""
    rows = [
        {
            "id": message.notification_id,
            "event_id": event_id,
            "alert_id": alert_id,
            "hostel_id": hostel_id,
            "user_id": message.user_id,
            "channel": message.channel,
            "severity": message.severity,
            "subject": message.subject,
            "message": message.body,
            "queued_at": func.clock_timestamp() + timedelta(microseconds=place),
        }
        for place, (alert_id, message) in enumerate(messages)
    ]
    connection.execute(insert(notifications).values(rows).on_conflict_do_nothing(index_elements=["id"]))
