"""Anomalies and alerts as people read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, RowMapping, Select, func, select

from wattwarden.adapters.postgres.alerts.alert_rows import alert_out, alert_select, feedback_select
from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.scoped import next_before, page, require_hostel, require_room, within
from wattwarden.adapters.postgres.base.tables import (
    alerts,
    anomalies,
    feedback,
    incidents,
    meters,
    notifications,
    rooms,
    users,
)
from wattwarden.contracts.api.alerts import AlertDetail, AlertPage, AnomalyOut, AnomalyPage, DeliveryOut, FeedbackOut
from wattwarden.domain.alerts import AlertState
from wattwarden.domain.anomalies import Severity
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.policy import Scope

EVIDENCE = 500
"""Anomalies shown with an alert, the youngest ones."""


class PostgresAlertViews:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def anomalies(
        self, scope: Scope, hostel_id: int | None, room_id: int | None, before: datetime | None, limit: int
    ) -> AnomalyPage:
        chosen = select(anomalies.c.id).where(within(scope, anomalies.c.hostel_id))
        if hostel_id is not None:
            chosen = chosen.where(anomalies.c.hostel_id == hostel_id)
        if room_id is not None:
            chosen = chosen.where(anomalies.c.room_id == room_id)
        # The page is chosen before anything is joined to it.
        chosen = page(chosen, anomalies.c.ts, before, limit)
        query = _anomalies().where(anomalies.c.id.in_(chosen)).order_by(anomalies.c.ts.desc())
        with transaction(self._engine) as connection:
            if hostel_id is not None:
                require_hostel(connection, scope, hostel_id)
            if room_id is not None:
                require_room(connection, scope, room_id)
            rows = connection.execute(query).mappings().all()
        return AnomalyPage(
            anomalies=[AnomalyOut(**row) for row in rows], next_before=next_before([row["ts"] for row in rows], limit)
        )

    def alerts(
        self,
        scope: Scope,
        hostel_id: int | None,
        state: AlertState | None,
        severity: Severity | None,
        before: datetime | None,
        limit: int,
    ) -> AlertPage:
        chosen = select(alerts.c.id).where(within(scope, alerts.c.hostel_id))
        if hostel_id is not None:
            chosen = chosen.where(alerts.c.hostel_id == hostel_id)
        if state is not None:
            chosen = chosen.where(alerts.c.state == state)
        if severity is not None:
            chosen = chosen.where(alerts.c.severity == severity)
        chosen = page(chosen, alerts.c.created_at, before, limit)
        query = alert_select().where(alerts.c.id.in_(chosen)).order_by(alerts.c.created_at.desc())
        with transaction(self._engine) as connection:
            if hostel_id is not None:
                require_hostel(connection, scope, hostel_id)
            rows = connection.execute(query).mappings().all()
        return AlertPage(
            alerts=[alert_out(row) for row in rows], next_before=next_before([row["created_at"] for row in rows], limit)
        )

    def alert(self, scope: Scope, alert_id: UUID) -> AlertDetail:
        evidence = (
            _anomalies()
            .join(incidents, incidents.c.id == anomalies.c.incident_id)
            .where(incidents.c.alert_id == alert_id)
            .order_by(anomalies.c.ts.desc())
            .limit(EVIDENCE)
        )
        furthest = (
            _anomalies()
            .join(incidents, (incidents.c.id == anomalies.c.incident_id) & (incidents.c.reasons == anomalies.c.reasons))
            .where(incidents.c.alert_id == alert_id, incidents.c.withdrawn_at.is_(None))
            .order_by(func.coalesce(incidents.c.far, incidents.c.peak_kw).desc().nulls_last(), anomalies.c.ts)
            .limit(1)
        )
        deliveries = (
            select(
                notifications.c.channel,
                users.c.name.label("recipient"),
                notifications.c.state,
                notifications.c.queued_at,
                notifications.c.sent_at,
                notifications.c.error,
            )
            .join(users, users.c.id == notifications.c.user_id)
            .where(notifications.c.alert_id == alert_id)
            .order_by(notifications.c.queued_at, users.c.name, notifications.c.channel)
        )
        said = feedback_select().where(feedback.c.alert_id == alert_id)
        with transaction(self._engine) as connection:
            query = alert_select().where(alerts.c.id == alert_id, within(scope, alerts.c.hostel_id))
            found = connection.execute(query).mappings().one_or_none()
            if found is None:
                raise NotFoundError(f"there is no alert {alert_id}")
            return AlertDetail(
                alert=alert_out(found),
                anomalies=[AnomalyOut(**row) for row in reversed(connection.execute(evidence).mappings().all())],
                witness=_first(connection.execute(furthest).mappings().all()),
                deliveries=[DeliveryOut(**row) for row in connection.execute(deliveries).mappings()],
                feedback=[FeedbackOut(**row) for row in connection.execute(said).mappings()],
            )


def _first(rows: Sequence[RowMapping]) -> AnomalyOut | None:
    return AnomalyOut(**rows[0]) if rows else None


def _anomalies() -> Select[Any]:
    same_name = (
        "incident_id room_id ts kind severity tier score confidence actual_kwh expected_low_kwh expected_kwh "
        "expected_high_kwh excess_kwh reasons"
    )
    return (
        select(
            anomalies.c.id.label("anomaly_id"),
            rooms.c.name.label("room"),
            meters.c.serial.label("meter"),
            anomalies.c.anomaly_type.label("type"),
            *(anomalies.c[name] for name in same_name.split()),
        )
        .select_from(anomalies)
        .join(rooms, rooms.c.id == anomalies.c.room_id)
        .join(meters, meters.c.id == anomalies.c.meter_id)
    )
