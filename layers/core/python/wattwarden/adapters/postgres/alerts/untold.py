"""Alerts with their incidents, as decisions need them, and those that people have not been told of as they are."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, select

from wattwarden.adapters.postgres.alerts.incident_rows import incident_of, incident_select
from wattwarden.adapters.postgres.alerts.suppression_rows import suppressions_of
from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.tables import alerts, hostels, incidents
from wattwarden.adapters.postgres.telemetry.outbox import save_events
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.alerts import AlertState, OpenAlert
from wattwarden.domain.anomalies import Kind, Severity
from wattwarden.domain.floors import Floor
from wattwarden.ports.alerts import Untold, UntoldAlerts

_OF_ALERT = ("id", "room_id", "kind", "severity", "told_severity", "state", "started_at", "created_at")


class PostgresUntold(UntoldAlerts):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def untold(self, since: datetime) -> list[Untold]:
        with transaction(self._engine) as connection:
            found = open_alerts(connection, untold_select().where(alerts.c.created_at >= since))
            ids = sorted({alert.incidents[0].hostel_id for alert, _ in found})
            zones = select(hostels.c.id, hostels.c.timezone).where(hostels.c.id.in_(ids))
            zone_of = {row.id: row.timezone for row in connection.execute(zones)}
            floors = {hostel_id: floor_of(connection, hostel_id) for hostel_id in ids}
            rules = {hostel_id: suppressions_of(connection, hostel_id) for hostel_id in ids}
        return [
            Untold(hostel_id, zone_of[hostel_id], alert, raised_at, floors[hostel_id], rules[hostel_id])
            for alert, raised_at in found
            for hostel_id in [alert.incidents[0].hostel_id]
        ]

    def tell(self, events: Sequence[IncidentsOpened]) -> None:
        with transaction(self._engine) as connection:
            save_events(connection, list(events))


def untold_select() -> Select[Any]:
    """Ids of the alerts; one that was told of as worse than it is does not come about."""
    differs = alerts.c.told_severity.is_distinct_from(alerts.c.severity)
    return select(alerts.c.id).where(differs, alerts.c.state != AlertState.RESOLVED)


def floor_of(connection: Connection, hostel_id: int) -> Floor:
    query = select(hostels.c.told_from_kwh, hostels.c.told_from_cost).where(hostels.c.id == hostel_id)
    return Floor(*connection.execute(query).one())


def open_alerts(connection: Connection, chosen: Select[Any]) -> list[tuple[OpenAlert, datetime]]:
    """The alerts of these ids that hold anything, in the order of their starts, and when each was raised."""
    query = (
        incident_select()
        .add_columns(incidents.c.closed_at, *(alerts.c[name].label(f"alert_{name}") for name in _OF_ALERT))
        .join(alerts, alerts.c.id == incidents.c.alert_id)
        .where(alerts.c.id.in_(chosen))
        .order_by(None)
        .order_by(alerts.c.started_at, alerts.c.id, incidents.c.started_at, incidents.c.id)
    )
    rows = connection.execute(query).mappings().all()
    found = [list(of_alert) for _, of_alert in groupby(rows, key=lambda row: row["alert_id"])]
    return [(_open_alert(members), members[0]["alert_created_at"]) for members in found]


def _open_alert(rows: Sequence[RowMapping]) -> OpenAlert:
    first = rows[0]
    return OpenAlert(
        alert_id=first["alert_id"],
        room_id=first["alert_room_id"],
        kind=Kind(first["alert_kind"]),
        severity=Severity(first["alert_severity"]),
        state=first["alert_state"],
        started_at=first["alert_started_at"],
        incidents=tuple(incident_of(row) for row in rows),
        told=first["alert_told_severity"] and Severity(first["alert_told_severity"]),
        lasts=2 * sum(row["closed_at"] is None for row in rows) >= len(rows),
    )
