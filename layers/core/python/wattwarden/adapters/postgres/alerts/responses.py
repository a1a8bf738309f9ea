"""Responses to alerts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.tables import alerts, audit_log, feedback, users
from wattwarden.domain.alerts import AlertState, Verdict
from wattwarden.domain.errors import ConflictError, NotFoundError
from wattwarden.domain.people import Principal
from wattwarden.ports.responses import AlertResponses


class PostgresResponses(AlertResponses):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def acknowledge(self, alert_id: UUID, by: Principal, note: str | None, at: datetime) -> None:
        with transaction(self._engine) as connection:
            # The condition on the state makes the first of two people win, whoever reads first.
            taken = connection.execute(
                update(alerts)
                .where(alerts.c.id == alert_id, alerts.c.state == AlertState.OPEN)
                .values(state=AlertState.ACKNOWLEDGED, acknowledged_by=by.user_id, acknowledged_at=at, note=note)
                .returning(alerts.c.hostel_id)
            ).one_or_none()
            hostel_id = taken.hostel_id if taken else _noted(connection, alert_id, by, note)
            if hostel_id is not None:
                connection.execute(
                    insert(audit_log).values(
                        at=at,
                        user_id=by.user_id,
                        hostel_id=hostel_id,
                        action="acknowledge",
                        target=f"alert:{alert_id}",
                        detail={"note": note},
                    )
                )

    def say(self, alert_id: UUID, by: Principal, verdict: Verdict, note: str | None, at: datetime) -> None:
        said = {"verdict": verdict, "note": note, "changed_at": at}
        new = upsert(feedback).values(alert_id=alert_id, user_id=by.user_id, created_at=at, **said)
        differs = or_(feedback.c.verdict != new.excluded.verdict, feedback.c.note.is_distinct_from(new.excluded.note))
        with transaction(self._engine) as connection:
            hostel_id = connection.scalar(select(alerts.c.hostel_id).where(alerts.c.id == alert_id))
            if hostel_id is None:
                raise NotFoundError(f"there is no alert {alert_id}")
            changed = connection.execute(
                new.on_conflict_do_update(index_elements=["alert_id", "user_id"], set_=said, where=differs).returning(
                    feedback.c.id
                )
            )
            if changed.one_or_none() is not None:
                detail = {"verdict": verdict, "note": note}
                connection.execute(
                    insert(audit_log).values(
                        at=at,
                        user_id=by.user_id,
                        hostel_id=hostel_id,
                        action="feedback",
                        target=f"alert:{alert_id}",
                        detail=detail,
                    )
                )


def _noted(connection: Connection, alert_id: UUID, by: Principal, note: str | None) -> int | None:
    """Change the note of an alert this person took charge of; the hostel's id when there was anything to change.

    Raises:
        ConflictError: somebody else took charge, or the alert is resolved.
        NotFoundError: there is no such alert.
    """
    found = connection.execute(
        select(alerts.c.hostel_id, alerts.c.state, alerts.c.acknowledged_by, alerts.c.note, users.c.name)
        .outerjoin(users, users.c.id == alerts.c.acknowledged_by)
        .where(alerts.c.id == alert_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    if found.state == AlertState.RESOLVED:
        raise ConflictError("the alert is resolved already")
    if found.acknowledged_by != by.user_id:
        raise ConflictError(f"{found.name} took charge of the alert already")
    if note is None or note == found.note:
        return None
    connection.execute(update(alerts).where(alerts.c.id == alert_id).values(note=note))
    hostel_id: int = found.hostel_id
    return hostel_id
