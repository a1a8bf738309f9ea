"""Incidents as decisions need them."""

from typing import Any

from sqlalchemy import RowMapping, Select, select

from wattwarden.adapters.postgres.base.tables import incidents, meters, rooms
from wattwarden.domain.anomalies import Incident, Kind, Severity, Tier

_SAME_IN_INCIDENT = (
    "hostel_id room_id kind severity tier started_at began_at last_at peak_kw expected_kw excess_kwh cost currency "
    "confidence reasons"
)


def incident_select() -> Select[Any]:
    return (
        select(
            incidents.c.id.label("incident_id"),
            *(incidents.c[name] for name in _SAME_IN_INCIDENT.split()),
            rooms.c.name.label("room_name"),
            rooms.c.block,
            meters.c.serial.label("meter_serial"),
        )
        .join(rooms, rooms.c.id == incidents.c.room_id)
        .join(meters, meters.c.id == incidents.c.meter_id)
        .where(incidents.c.withdrawn_at.is_(None))
        .order_by(incidents.c.started_at, incidents.c.id)
    )


def incident_of(row: RowMapping) -> Incident:
    typed = {
        "kind": Kind(row["kind"]),
        "severity": Severity(row["severity"]),
        "tier": Tier(row["tier"]),
        "excess_kwh": None if row["excess_kwh"] is None else float(row["excess_kwh"]),
    }
    return Incident(**({name: row[name] for name in Incident.__dataclass_fields__} | typed))
