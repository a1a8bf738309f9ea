"""Set-up of hostels (`ports.setup.HostelAdmin`): each call one transaction, with its line in the audit log."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from wattwarden.adapters.postgres.base.auditing import audit
from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.adapters.postgres.base.tables import gateways, hostels, tariffs
from wattwarden.contracts.api.hostels import HostelSetup
from wattwarden.domain.errors import ConflictError, InvalidError, NotFoundError
from wattwarden.domain.people import Principal
from wattwarden.ports.setup import HostelAdmin

_SAVE_ROOMS = text("""
INSERT INTO rooms AS kept (hostel_id, block, floor, name, beds, has_ac)
SELECT :hostel_id, block, floor, name, beds, has_ac
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (block text, floor integer, name text, beds integer, has_ac boolean)
ORDER BY name
ON CONFLICT (hostel_id, name) DO UPDATE SET
    block = excluded.block, floor = excluded.floor, beds = excluded.beds, has_ac = excluded.has_ac
WHERE (kept.block, kept.floor, kept.beds, kept.has_ac)
    IS DISTINCT FROM (excluded.block, excluded.floor, excluded.beds, excluded.has_ac)
""")

_SAVE_METERS = text("""
INSERT INTO meters AS kept (
    hostel_id, room_id, serial, measures, interval_minutes, register_digits, nominal_voltage, max_kw
)
SELECT r.hostel_id, r.id, m.serial, m.measures, m.interval_minutes, m.register_digits, m.nominal_voltage, m.max_kw
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS m (
    room text, serial text, measures text, interval_minutes float8, register_digits integer, nominal_voltage float8,
    max_kw float8
)
JOIN rooms r ON r.hostel_id = :hostel_id AND r.name = m.room
ORDER BY m.serial
ON CONFLICT (hostel_id, serial) DO UPDATE SET
    room_id = excluded.room_id, measures = excluded.measures, interval_minutes = excluded.interval_minutes,
    register_digits = excluded.register_digits, nominal_voltage = excluded.nominal_voltage, max_kw = excluded.max_kw,
    removed_at = NULL
WHERE (kept.room_id, kept.measures, kept.interval_minutes, kept.register_digits, kept.nominal_voltage, kept.max_kw,
       kept.removed_at)
    IS DISTINCT FROM (excluded.room_id, excluded.measures, excluded.interval_minutes, excluded.register_digits,
                      excluded.nominal_voltage, excluded.max_kw, NULL)
""")

_SAVE_USERS = text("""
WITH incoming AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS u (email text, name text, phone text, role text)
), saved AS (
    INSERT INTO users (email, name, phone, role)
    SELECT email, name, phone, role FROM incoming ORDER BY email
    ON CONFLICT (email) DO UPDATE SET name = excluded.name, phone = excluded.phone, role = excluded.role
    RETURNING id
)
INSERT INTO user_hostels (user_id, hostel_id) SELECT id, :hostel_id FROM saved ON CONFLICT DO NOTHING
""")


_PLACE = {"name", "timezone", "currency", "country", "latitude", "longitude", "told_from_kwh", "told_from_cost"}

# Consumers that remember these meters find out with their next readings.
_MOVE_METERS_ON = text("""
UPDATE meter_state s SET version = s.version + 1 FROM (
    SELECT s.meter_id FROM meter_state s JOIN meters m ON m.id = s.meter_id WHERE m.hostel_id = :hostel_id
    ORDER BY s.meter_id FOR UPDATE OF s
) of_hostel WHERE s.meter_id = of_hostel.meter_id
""")


class PostgresHostelAdmin(HostelAdmin):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save_hostel(self, code: str, setup: HostelSetup, by: Principal) -> int:
        _check(setup)
        with transaction(self._engine) as connection:
            hostel_id = _save_place(connection, code, setup)
            rooms = [room.model_dump(exclude={"meters"}) for room in setup.rooms]
            meters = [{"room": room.name, **meter.model_dump()} for room in setup.rooms for meter in room.meters]
            users = [{**user.model_dump(mode="json"), "email": user.email.lower()} for user in setup.users]
            changed = {
                "rooms": _save(connection, _SAVE_ROOMS, hostel_id, rooms),
                "meters": _save(connection, _SAVE_METERS, hostel_id, meters),
                "users": _save(connection, _SAVE_USERS, hostel_id, users),
            }
            connection.execute(_MOVE_METERS_ON, {"hostel_id": hostel_id})
            detail = {**changed, "price_per_kwh": str(setup.price_per_kwh), "tariff_from": f"{setup.tariff_from}"}
            audit(connection, by, hostel_id, "save_hostel", f"hostel:{code}", detail)
            return hostel_id

    def save_gateway(self, hostel_id: int, name: str, api_key_id: str, by: Principal) -> int:
        row = {"hostel_id": hostel_id, "name": name, "api_key_id": api_key_id}
        new = upsert(gateways).values(row).on_conflict_do_nothing(index_elements=["api_key_id"])
        with transaction(self._engine) as connection:
            if connection.scalar(select(hostels.c.id).where(hostels.c.id == hostel_id)) is None:
                raise NotFoundError(f"there is no hostel {hostel_id}")
            gateway_id = connection.scalar(new.returning(gateways.c.id))
            if gateway_id is None:
                raise ConflictError("this key belongs to a gateway already")
            audit(connection, by, hostel_id, "save_gateway", f"gateway:{gateway_id}", {"name": name})
            return int(gateway_id)


def _check(setup: HostelSetup) -> None:
    try:
        ZoneInfo(setup.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(f"{setup.timezone!r} is not the name of a time zone") from error
    _check_once("room", (room.name for room in setup.rooms))
    _check_once("meter", (meter.serial for room in setup.rooms for meter in room.meters))
    _check_once("user", (user.email.lower() for user in setup.users))


def _check_once(what: str, names: Iterable[str]) -> None:
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise InvalidError(f"{what} {repeated[0]!r} appears more than once")


def _save_place(connection: Connection, code: str, setup: HostelSetup) -> int:
    """The hostel's own row, which stays locked until the end, and its tariff; returns the hostel's id."""
    known = connection.scalar(
        text("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :name)"), {"name": setup.timezone}
    )
    if not known:
        raise InvalidError(f"{setup.timezone!r} is not the name of a time zone")
    place = setup.model_dump(include=_PLACE)
    saved = upsert(hostels).values(code=code, **place).on_conflict_do_update(index_elements=["code"], set_=place)
    hostel_id = int(connection.execute(saved.returning(hostels.c.id)).scalar_one())
    price = {"price_per_kwh": setup.price_per_kwh, "currency": setup.currency}
    connection.execute(
        upsert(tariffs)
        .values(hostel_id=hostel_id, valid_from=setup.tariff_from, **price)
        .on_conflict_do_update(index_elements=["hostel_id", "valid_from"], set_=price)
    )
    return hostel_id


def _save(connection: Connection, statement: Any, hostel_id: int, rows: list[dict[str, Any]]) -> int:  # noqa: ANN401 (SQL text)
    """Upsert the rows; returns how many are new or different."""
    return connection.execute(statement, {"hostel_id": hostel_id, "rows": json_rows(rows)}).rowcount
