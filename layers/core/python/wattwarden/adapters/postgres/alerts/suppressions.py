"""Suppression rules, and what they kept from people (`ports.suppressions`)."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, Select, insert, select, true, update

from wattwarden.adapters.postgres.alerts.alert_rows import feedback_select
from wattwarden.adapters.postgres.alerts.incident_rows import incident_of, incident_select
from wattwarden.adapters.postgres.alerts.suppression_rows import suppressions_of
from wattwarden.adapters.postgres.base.auditing import audit
from wattwarden.adapters.postgres.base.engine import KeyExistsError, transaction
from wattwarden.adapters.postgres.base.scoped import require_hostel
from wattwarden.adapters.postgres.base.tables import alerts, feedback, incidents, rooms, suppressions, users
from wattwarden.adapters.postgres.telemetry.outbox import save_events
from wattwarden.contracts.api.suppressions import SuppressionOut
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.alerts import ToldAlert
from wattwarden.domain.anomalies import Incident, Kind
from wattwarden.domain.errors import ConflictError, InvalidError
from wattwarden.domain.people import Principal
from wattwarden.domain.policy import Scope
from wattwarden.domain.suppressions import SuppressionRule
from wattwarden.ports.suppressions import SuppressedStore, SuppressionStore


class PostgresSuppressions(SuppressionStore, SuppressedStore):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_force(self, scope: Scope, hostel_id: int) -> list[SuppressionOut]:
        columns = suppressions.c
        same = (columns.room_id, columns.kind, columns.minimum_confidence, columns.minimum_excess_kw, columns.muted)
        query = (
            select(
                columns.id.label("suppression_id"),
                *same,
                rooms.c.name.label("room"),
                users.c.name.label("set_by"),
                columns.set_at,
            )
            .join(users, users.c.id == columns.set_by)
            .outerjoin(rooms, rooms.c.id == columns.room_id)
            .where(columns.hostel_id == hostel_id, columns.ended_at.is_(None))
            .order_by(rooms.c.name.nulls_first(), columns.kind.nulls_first())
        )
        with transaction(self._engine) as connection:
            require_hostel(connection, scope, hostel_id)
            return [SuppressionOut(**row) for row in connection.execute(query).mappings()]

    def replace(self, hostel_id: int, wanted: Sequence[SuppressionRule], by: Principal, at: datetime) -> None:
        try:
            self._replace(hostel_id, wanted, by, at)
        except KeyExistsError as error:
            raise ConflictError("somebody else changed the suppression rules; look at them again") from error

    def _replace(self, hostel_id: int, wanted: Sequence[SuppressionRule], by: Principal, at: datetime) -> None:
        with transaction(self._engine) as connection:
            theirs = set(connection.scalars(select(rooms.c.id).where(rooms.c.hostel_id == hostel_id)))
            foreign = sorted({t.room_id for t in wanted if t.room_id is not None} - theirs)
            if foreign:
                raise InvalidError(f"room {foreign[0]} is not of this hostel")
            known = {replace(t, suppression_id=None): t.suppression_id for t in suppressions_of(connection, hostel_id)}
            ended = [known[t] for t in known if t not in wanted]
            new = [t for t in wanted if t not in known]
            if not ended and not new:
                return
            connection.execute(update(suppressions).where(suppressions.c.id.in_(ended)).values(ended_at=at))
            for rule in new:
                row = asdict(rule)
                del row["suppression_id"]
                row |= {"hostel_id": hostel_id, "set_by": by.user_id, "set_at": at}
                connection.execute(insert(suppressions).values(row))
            detail = {"ended": ended, "new": [asdict(rule) for rule in new]}
            audit(connection, by, hostel_id, "suppressions", f"hostel:{hostel_id}", detail)

    def told(self, hostel_id: int, since: datetime) -> list[ToldAlert]:
        said = feedback_select().where(feedback.c.alert_id == alerts.c.id).limit(1).lateral("said")
        query = (
            incident_select()
            .add_columns(
                alerts.c.id.label("alert_id"),
                alerts.c.kind.label("alert_kind"),
                alerts.c.room_id.label("alert_room_id"),
                said.c.verdict,
            )
            .join(alerts, alerts.c.id == incidents.c.alert_id)
            .outerjoin(said, true())
            .where(alerts.c.hostel_id == hostel_id, alerts.c.created_at >= since)
            .order_by(None)
            .order_by(alerts.c.created_at.desc(), alerts.c.id, incidents.c.started_at, incidents.c.id)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return [
            ToldAlert(
                alert_id,
                Kind(members[0]["alert_kind"]),
                members[0]["alert_room_id"],
                members[0]["verdict"],
                tuple(map(incident_of, members)),
            )
            for alert_id, members in ((key, list(of)) for key, of in groupby(rows, key=lambda row: row["alert_id"]))
        ]

    def untold(self, hostel_id: int, since: datetime) -> list[Incident]:
        query = _suppressed().where(incidents.c.hostel_id == hostel_id, incidents.c.started_at >= since)
        with transaction(self._engine) as connection:
            return [incident_of(row) for row in connection.execute(query).mappings()]

    def suppressed(self, since: datetime) -> list[tuple[Incident, Sequence[SuppressionRule]]]:
        with transaction(self._engine) as connection:
            rows = connection.execute(_suppressed().where(incidents.c.last_at >= since)).mappings().all()
            found = [incident_of(row) for row in rows]
            rules = {hostel: suppressions_of(connection, hostel) for hostel in {i.hostel_id for i in found}}
        return [(incident, rules[incident.hostel_id]) for incident in found]

    def release(self, events: Sequence[IncidentsOpened]) -> None:
        with transaction(self._engine) as connection:
            save_events(connection, list(events))


def _suppressed() -> Select[Any]:
    return incident_select().where(incidents.c.suppressed_by.is_not(None), incidents.c.alert_id.is_(None))
