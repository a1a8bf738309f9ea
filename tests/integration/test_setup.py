"""Setting a hostel up, and finding again what was set up."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.integration.hostel import at, readings, rows_of, state
from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry
from wattwarden.adapters.postgres.hostels.hostel_admin import PostgresHostelAdmin
from wattwarden.adapters.postgres.migrations.migrate import ensure_administrator
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.api.hostels import HostelSetup
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.people import Principal
from wattwarden.ports.scoring import Effects

COUNTED = ("hostels", "tariffs", "rooms", "meters", "users", "user_hostels")


@pytest.fixture
def admin(engine: Engine) -> PostgresHostelAdmin:
    return PostgresHostelAdmin(engine)


@pytest.fixture
def by(engine: Engine) -> Principal:
    ensure_administrator(engine, "admin@hostel.example")
    person = PostgresAssetRegistry(engine).principal("admin@hostel.example")
    assert person is not None
    return person


def setup(**changes: Any) -> HostelSetup:
    rooms = [
        {"name": "A-1", "block": "A", "floor": 1, "beds": 2, "meters": [{"serial": "M1"}]},
        {
            "name": "A-2",
            "block": "A",
            "floor": 1,
            "beds": 4,
            "has_ac": True,
            "meters": [{"serial": "M2", "measures": "register", "register_digits": 6, "interval_minutes": 15}],
        },
    ]
    users = [{"email": "Warden@Hostel.example", "name": "Ravi", "role": "warden", "phone": "+919812345678"}]
    place = {"name": "North", "timezone": "Asia/Kolkata", "currency": "INR", "latitude": 18.5, "longitude": 73.9}
    return HostelSetup.model_validate({**place, "price_per_kwh": "8.50", "rooms": rooms, "users": users} | changes)


def test_saving_a_hostel_again_changes_what_differs_and_nothing_else(
    engine: Engine, admin: PostgresHostelAdmin, by: Principal
) -> None:
    hostel_id = admin.save_hostel("north", setup(), by)
    first = {name: rows_of(engine, f"SELECT * FROM {name} ORDER BY 1, 2") for name in COUNTED}
    again = admin.save_hostel("north", setup(), by)
    same = {name: rows_of(engine, f"SELECT * FROM {name} ORDER BY 1, 2") for name in COUNTED}
    bigger = setup().model_dump()["rooms"][1] | {"beds": 6}
    changed = setup(
        price_per_kwh="9.00",
        tariff_from="2026-06-01",
        rooms=[bigger],
        users=[],
        told_from_kwh=2.5,
        told_from_cost="20",
        country="IN",
    )
    admin.save_hostel("north", changed, by)

    assert again == hostel_id
    assert same == first
    assert rows_of(engine, "SELECT name, beds FROM rooms ORDER BY name") == [
        {"name": "A-1", "beds": 2},
        {"name": "A-2", "beds": 6},
    ]
    floors = rows_of(engine, "SELECT told_from_kwh, told_from_cost, country FROM hostels WHERE code = 'north'")
    assert floors == [{"told_from_kwh": 2.5, "told_from_cost": Decimal("20.0000"), "country": "IN"}]
    prices = rows_of(engine, "SELECT price_per_kwh FROM tariffs ORDER BY valid_from")
    assert [row["price_per_kwh"] for row in prices] == [Decimal("8.5000"), Decimal("9.0000")]
    audited = rows_of(engine, "SELECT user_id, action, target, detail FROM audit_log ORDER BY id")
    assert [(row["user_id"], row["action"], row["target"]) for row in audited] == [
        (by.user_id, "save_hostel", "hostel:north")
    ] * 3
    assert [row["detail"]["rooms"] for row in audited] == [2, 0, 1]


def test_a_revoked_key_and_a_removed_meter_are_gone(engine: Engine, admin: PostgresHostelAdmin, by: Principal) -> None:
    hostel_id = admin.save_hostel("north", setup(), by)
    admin.save_gateway(hostel_id, "roof", "key-1", by)
    with engine.begin() as connection:
        connection.execute(text("UPDATE gateways SET revoked_at = now()"))
        connection.execute(text("UPDATE meters SET removed_at = now() WHERE serial = 'M1'"))
    registry = PostgresAssetRegistry(engine)

    assert registry.gateway_of_key("key-1") is None
    assert registry.meter_serials(hostel_id) == {"M2"}
    admin.save_hostel("north", setup(), by)
    assert PostgresAssetRegistry(engine).meter_serials(hostel_id) == {"M1", "M2"}


def test_a_consumer_that_remembers_another_zone_cannot_store_readings_by_its_days(
    engine: Engine, admin: PostgresHostelAdmin, by: Principal
) -> None:
    hostel_id = admin.save_hostel("north", setup(), by)
    store, key, noon = PostgresTelemetry(engine), [(hostel_id, "M1")], at("2026-07-01T12:00").timestamp()
    meter_id = store.meters(key)[key[0]].meter_id
    store.commit(Effects(states=[state(meter_id, 0, noon)]))
    remembered = store.meters(key)[key[0]]
    admin.save_hostel("north", setup(timezone="Europe/Berlin"), by)
    next_hour = noon + 3600
    stale = Effects(readings([(meter_id, next_hour, 1.0)]), states=[state(meter_id, remembered.version, next_hour)])

    with pytest.raises(ConflictError):
        store.commit(stale)
    assert rows_of(engine, "SELECT * FROM readings") == []
    assert (remembered.timezone, store.meters(key)[key[0]].timezone) == ("Asia/Kolkata", "Europe/Berlin")
