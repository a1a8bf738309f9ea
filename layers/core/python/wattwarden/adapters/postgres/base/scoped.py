"""Limits of what a reader sees, shared by the views: hostels in scope, and pages that never cut an instant in two."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, select, true

from wattwarden.adapters.postgres.base.tables import hostels, meters, quarantine, rooms
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.policy import Scope


def within(scope: Scope, hostel_id: ColumnElement[int]) -> ColumnElement[bool]:
    return true() if scope is None else hostel_id.in_(scope)


def require_hostel(connection: Connection, scope: Scope, hostel_id: int) -> None:
    """Raises NotFoundError unless the hostel exists in the scope."""
    found = select(hostels.c.id).where(hostels.c.id == hostel_id, within(scope, hostels.c.id))
    if connection.scalar(found) is None:
        raise NotFoundError(f"there is no hostel {hostel_id}")


def require_room(connection: Connection, scope: Scope, room_id: int) -> None:
    """Raises NotFoundError unless the room exists in the scope."""
    found = select(rooms.c.id).where(rooms.c.id == room_id, within(scope, rooms.c.hostel_id))
    if connection.scalar(found) is None:
        raise NotFoundError(f"there is no room {room_id}")


def require_meter(connection: Connection, scope: Scope, meter_id: int) -> None:
    """Raises NotFoundError unless the meter exists in the scope."""
    found = select(meters.c.id).where(meters.c.id == meter_id, within(scope, meters.c.hostel_id))
    if connection.scalar(found) is None:
        raise NotFoundError(f"there is no meter {meter_id}")


def page[*T](query: Select[*T], instant: ColumnElement[datetime], before: datetime | None, limit: int) -> Select[*T]:
    """The `limit` youngest rows, and those that share the last one's instant: a page may be longer, never leaky."""
    if before is not None:
        query = query.where(instant < before)
    return query.order_by(instant.desc()).fetch(limit, with_ties=True)


def next_before(instants: Sequence[datetime], limit: int) -> datetime | None:
    """Where the next page starts; None when this one was not full."""
    return instants[-1] if len(instants) >= limit else None


def quarantined(scope: Scope) -> ColumnElement[bool]:
    """Quarantined items not redriven yet, that name a hostel in the scope."""
    named = true() if scope is None else quarantine.c.payload["hostel_id"].astext.in_([str(id_) for id_ in scope])
    return quarantine.c.redriven_at.is_(None) & named
