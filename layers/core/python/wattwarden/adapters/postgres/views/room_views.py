"""Hostels and rooms as people look at them. "Latest" comes from the meters' states, "today" from the roll-up."""

from datetime import datetime
from typing import Any

from sqlalchemy import Date, Engine, Integer, RowMapping, Select, case, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.scoped import require_hostel, within
from wattwarden.adapters.postgres.base.tables import (
    alerts,
    hostels,
    meter_state,
    meters,
    occupancy,
    readings_daily,
    rooms,
)
from wattwarden.adapters.postgres.views.meter_views import never_seen, overdue
from wattwarden.contracts.api.hostels import HostelOut
from wattwarden.contracts.api.rooms import MeterHealth, RoomOut
from wattwarden.domain.alerts import AlertState
from wattwarden.domain.anomalies import Severity
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.policy import Scope

_RANK = case({severity.value: severity.rank for severity in Severity}, value=alerts.c.severity)


class PostgresRoomViews:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hostels(self, scope: Scope) -> list[HostelOut]:
        with transaction(self._engine) as connection:
            query = _hostels().where(within(scope, hostels.c.id)).order_by(hostels.c.name)
            return [HostelOut(**row) for row in connection.execute(query).mappings()]

    def hostel(self, scope: Scope, hostel_id: int) -> HostelOut:
        with transaction(self._engine) as connection:
            query = _hostels().where(hostels.c.id == hostel_id, within(scope, hostels.c.id))
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFoundError(f"there is no hostel {hostel_id}")
        return HostelOut(**row)

    def rooms(self, scope: Scope, hostel_id: int, block: str | None, floor: int | None, now: datetime) -> list[RoomOut]:
        query = _rooms(now).where(rooms.c.hostel_id == hostel_id, within(scope, rooms.c.hostel_id))
        if block is not None:
            query = query.where(rooms.c.block == block)
        if floor is not None:
            query = query.where(rooms.c.floor == floor)
        with transaction(self._engine) as connection:
            require_hostel(connection, scope, hostel_id)
            ordered = query.order_by(rooms.c.block, rooms.c.floor, rooms.c.name)
            return [_room(row) for row in connection.execute(ordered).mappings()]

    def room(self, scope: Scope, room_id: int, now: datetime) -> RoomOut:
        with transaction(self._engine) as connection:
            query = _rooms(now).where(rooms.c.id == room_id, within(scope, rooms.c.hostel_id))
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFoundError(f"there is no room {room_id}")
        return _room(row)


def _hostels() -> Select[Any]:
    its_rooms = select(func.count()).where(rooms.c.hostel_id == hostels.c.id).scalar_subquery()
    open_alerts = select(func.count()).where(alerts.c.hostel_id == hostels.c.id, alerts.c.state == AlertState.OPEN)
    return select(
        hostels.c.id.label("hostel_id"),
        hostels.c.code,
        hostels.c.name,
        hostels.c.timezone,
        hostels.c.currency,
        hostels.c.country,
        its_rooms.label("rooms"),
        open_alerts.scalar_subquery().label("open_alerts"),
    )


def _rooms(now: datetime) -> Select[Any]:
    """One row per room. Several meters of a room add up; it is as healthy as its worst meter."""
    today = cast(func.timezone(hostels.c.timezone, literal(now)), Date)
    in_service = (
        select(
            func.string_agg(meters.c.serial, aggregate_order_by(literal(", "), meters.c.serial)).label("meter"),
            func.bool_or(never_seen()).label("some_never_seen"),
            func.bool_or(overdue(now)).label("some_silent"),
            func.max(meter_state.c.last_ts).label("last_seen"),
            func.sum(meter_state.c.last_kw).label("power_kw"),
            func.sum(meter_state.c.expected_kw).label("expected_kw"),
            func.sum(meter_state.c.expected_low_kw).label("expected_low_kw"),
            func.sum(meter_state.c.expected_high_kw).label("expected_high_kw"),
            func.sum(readings_daily.c.kwh).label("today_kwh"),
        )
        .select_from(meters)
        .outerjoin(meter_state, meter_state.c.meter_id == meters.c.id)
        .outerjoin(readings_daily, (readings_daily.c.meter_id == meters.c.id) & (readings_daily.c.day == today))
        .where(meters.c.room_id == rooms.c.id, meters.c.removed_at.is_(None))
        .lateral("in_service")
    )
    headcount = (
        select(occupancy.c.headcount)
        .where(occupancy.c.room_id == rooms.c.id, occupancy.c.ts <= now)
        .order_by(occupancy.c.ts.desc())
        .limit(1)
        .scalar_subquery()
    )
    waiting = (
        select(func.count().label("open_alerts"), func.max(cast(_RANK, Integer)).label("worst_rank"))
        .where(alerts.c.room_id == rooms.c.id, alerts.c.state == AlertState.OPEN)
        .lateral("waiting")
    )
    return (
        select(
            rooms.c.id.label("room_id"),
            rooms.c.hostel_id,
            rooms.c.block,
            rooms.c.floor,
            rooms.c.name,
            rooms.c.beds,
            rooms.c.has_ac,
            headcount.label("occupancy"),
            *in_service.c,
            *waiting.c,
        )
        .join(hostels, hostels.c.id == rooms.c.hostel_id)
        .join(in_service, true())
        .join(waiting, true())
    )


def _room(row: RowMapping) -> RoomOut:
    values = dict(row)
    worst_rank = values.pop("worst_rank")
    some_never_seen, some_silent = values.pop("some_never_seen"), values.pop("some_silent")
    health: MeterHealth = "silent" if some_silent else "ok"
    if values["meter"] is None or some_never_seen:
        health = "never_seen"
    worst = None if worst_rank is None else list(Severity)[worst_rank]
    return RoomOut(**values, health=health, worst_severity=worst)
