"""Meters as people look after them: what they are, what was done to them, what is wrong with them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, and_, func, or_, select, text

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.scoped import require_hostel, require_meter, require_room, within
from wattwarden.adapters.postgres.base.tables import (
    hostels,
    meter_changes,
    meter_faults,
    meter_state,
    meters,
    replay_failures,
    rooms,
)
from wattwarden.contracts.api.meters import MeterChangeList, MeterChangeOut, MeterOut
from wattwarden.domain.data_health import SILENT_AFTER_INTERVALS, FaultKind, MeterFault
from wattwarden.domain.policy import Scope
from wattwarden.domain.registers import in_force

FAULT_LASTS = timedelta(hours=24)
"""How long something that was noticed once counts as a fault of today."""

ERROR_SHOWN = 120
"""Characters of an error, for people on call; the log has the rest."""


def never_seen() -> ColumnElement[bool]:
    """In a query of `meters` outer-joined to `meter_state`: the meter has said nothing yet."""
    return meter_state.c.last_ts.is_(None)


def overdue(now: datetime) -> ColumnElement[bool]:
    """Likewise: the meter said something once, and then nothing for too long."""
    grace = (meters.c.interval_minutes * SILENT_AFTER_INTERVALS + 1) * text("interval '1 minute'")
    return meter_state.c.last_ts + grace < now


def silent(now: datetime) -> ColumnElement[bool]:
    return or_(never_seen(), overdue(now))


def stuck(now: datetime) -> ColumnElement[bool]:
    """Likewise: the meter repeats one value. One that is silent repeats nothing."""
    return and_(meter_state.c.stuck_since.is_not(None), ~silent(now))


def noticed(now: datetime) -> ColumnElement[bool]:
    """In a query of `meter_faults`: it is a fault of today."""
    return meter_faults.c.last_at > now - FAULT_LASTS


class PostgresMeterViews:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def meters(self, scope: Scope, room_id: int) -> list[MeterOut]:
        with transaction(self._engine) as connection:
            require_room(connection, scope, room_id)
            query = meter_select().where(meters.c.room_id == room_id).order_by(meters.c.serial)
            return [MeterOut(**row) for row in connection.execute(query).mappings()]

    def changes(self, scope: Scope, meter_id: int) -> MeterChangeList:
        names = ("at", "kind", "register_before", "register_after", "multiplier")
        query = select(*(meter_changes.c[name] for name in names)).where(meter_changes.c.meter_id == meter_id)
        with transaction(self._engine) as connection:
            require_meter(connection, scope, meter_id)
            rows = connection.execute(query.order_by(meter_changes.c.at)).mappings().all()
        multipliers = in_force(row["multiplier"] for row in rows)
        changes = [MeterChangeOut(**{**row, "multiplier": m}) for row, m in zip(rows, multipliers, strict=True)]
        return MeterChangeList(meter_id=meter_id, changes=changes)

    def faults(
        self, scope: Scope, hostel_id: int | None, now: datetime
    ) -> tuple[list[MeterFault], Mapping[tuple[int, str], int]]:
        of_hostel = within(scope, meters.c.hostel_id) & meters.c.removed_at.is_(None)
        if hostel_id is not None:
            of_hostel &= meters.c.hostel_id == hostel_id
        is_silent = silent(now)
        lasting = _placed(
            is_silent.label("silent"), meter_state.c.last_ts, meter_state.c.stuck_since, meters.c.installed_at
        ).outerjoin(meter_state, meter_state.c.meter_id == meters.c.id)
        noted = _placed(
            meter_faults.c.kind,
            meter_faults.c.first_at.label("since"),
            meter_faults.c.last_at,
            meter_faults.c.n,
            meter_faults.c.detail,
        ).join(meter_faults, meter_faults.c.meter_id == meters.c.id)
        failing = _placed(
            hostels.c.timezone,
            *(replay_failures.c[name] for name in ("attempts", "error", "first_at", "last_at", "next_at")),
        ).join(replay_failures, replay_failures.c.meter_id == meters.c.id)
        counted = (
            select(meters.c.hostel_id, rooms.c.block, func.count().label("n"))
            .join(rooms, rooms.c.id == meters.c.room_id)
            .where(of_hostel)
            .group_by(meters.c.hostel_id, rooms.c.block)
        )
        with transaction(self._engine) as connection:
            if hostel_id is not None:
                require_hostel(connection, scope, hostel_id)
            lasts = connection.execute(lasting.where(of_hostel, or_(is_silent, stuck(now)))).mappings()
            found = [_lasting(row, now) for row in lasts]
            noted_rows = connection.execute(noted.where(of_hostel, noticed(now))).mappings()
            found += [MeterFault(**_place(row)) for row in noted_rows]
            found += [_failing(row) for row in connection.execute(failing.where(of_hostel)).mappings()]
            metered = {(row.hostel_id, row.block): row.n for row in connection.execute(counted)}
        return found, metered


def meter_select() -> Select[Any]:
    names = ("room_id", "serial", "measures", "interval_minutes", "register_digits", "removed_at")
    return select(meters.c.id.label("meter_id"), *(meters.c[name] for name in names))


def _placed(*columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Meters with where they are, and more."""
    return (
        select(
            meters.c.hostel_id,
            hostels.c.name.label("hostel"),
            rooms.c.block,
            rooms.c.id.label("room_id"),
            rooms.c.name.label("room"),
            meters.c.id.label("meter_id"),
            meters.c.serial.label("meter"),
            meters.c.interval_minutes,
            *columns,
        )
        .select_from(meters)
        .join(rooms, rooms.c.id == meters.c.room_id)
        .join(hostels, hostels.c.id == meters.c.hostel_id)
    )


def _place(row: RowMapping) -> dict[str, Any]:
    values = dict(row)
    return values | {"interval": timedelta(minutes=values.pop("interval_minutes"))}


def _lasting(row: RowMapping, now: datetime) -> MeterFault:
    values = _place(row)
    is_silent, last_ts = values.pop("silent"), values.pop("last_ts")
    stuck_since, installed_at = values.pop("stuck_since"), values.pop("installed_at")
    if not is_silent:
        return MeterFault(
            **values, kind=FaultKind.STUCK, since=stuck_since, last_at=now, n=1, detail="It repeats one value."
        )
    every = f"{values['interval'] / timedelta(minutes=1):g} min"
    detail = f"No reading, though it reports every {every}." if last_ts else "It has never sent a reading."
    return MeterFault(**values, kind=FaultKind.SILENT, since=last_ts or installed_at, last_at=now, n=1, detail=detail)


def _failing(row: RowMapping) -> MeterFault:
    values = _place(row)
    attempts, error, first_at = values.pop("attempts"), values.pop("error"), values.pop("first_at")
    next_try = values.pop("next_at").astimezone(ZoneInfo(values.pop("timezone")))
    detail = (
        "What follows from this meter's corrected readings could not be worked out; "
        f"it is tried again at {next_try:%H:%M}. {error[:ERROR_SHOWN]}"
    )
    return MeterFault(**values, kind=FaultKind.REPLAY_FAILING, since=first_at, n=attempts, detail=detail)
