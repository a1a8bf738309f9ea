"""Gateways keep delivering while the database is away, whichever way it is."""

from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine

from local.postgres import Database
from tests.integration.hostel import Hostel, rows_of
from wattwarden.adapters.postgres.base import caching
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.base.engine import engine_of
from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry
from wattwarden.domain.errors import UnavailableError
from wattwarden.domain.people import Gateway


@pytest.mark.parametrize("hangs", [False, True])
def test_what_is_known_stands_and_what_is_not_is_unavailable(
    server: Database, hostel: Hostel, monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    monkeypatch.setattr(caching, "STALE_DEADLINE_S", 0.3)
    monkeypatch.setattr(caching, "FIRST_DEADLINE_S", 0.3)
    ports = [server.as_secret()["port"]]
    over = Event()

    def secret(**_: bool) -> dict[str, Any]:
        if not ports:
            over.wait(10)
            raise UnavailableError("no answer")
        return server.as_secret() | {"port": ports[0]}

    engine = engine_of(secret, "door")
    registry = PostgresAssetRegistry(engine)
    with engine.begin() as connection:
        connection.execute(t.gateways.insert().values(hostel_id=hostel.hostel_id, name="roof", api_key_id="key-1"))
    [row] = rows_of(engine, "SELECT id FROM gateways")
    known = Gateway(row["id"], hostel.hostel_id, "roof")
    assert registry.gateway_of_key("key-1") == known
    assert registry.meter_serials(hostel.hostel_id) == {"M1", "M2", "M3", "M4"}

    engine.dispose()
    ports[:] = [] if hangs else [1]
    for recent in (registry._gateways, registry._serials):
        recent._seconds = 0  # half a minute later
    assert registry.gateway_of_key("key-1") == known
    assert registry.meter_serials(hostel.hostel_id) == {"M1", "M2", "M3", "M4"}
    with pytest.raises(UnavailableError):
        registry.gateway_of_key("key-2")
    with pytest.raises(UnavailableError):
        registry.room_names(hostel.hostel_id)
    over.set()


def test_the_copy_holds_what_is_in_service(engine: Engine, hostel: Hostel) -> None:
    with engine.begin() as connection:
        for key, revoked in (("key-1", None), ("key-2", datetime(2026, 1, 1, tzinfo=UTC))):
            values = {"hostel_id": hostel.hostel_id, "name": key, "api_key_id": key, "revoked_at": revoked}
            connection.execute(t.gateways.insert().values(**values))
        connection.execute(t.meters.update().where(t.meters.c.serial == "M4").values(removed_at=datetime.now(UTC)))
    now = datetime(2026, 3, 1, tzinfo=UTC)
    copy = PostgresAssetRegistry(engine).copy(now)
    assert (copy.taken_at, set(copy.gateways)) == (now, {"key-1"})
    assert copy.gateways["key-1"].hostel_id == hostel.hostel_id
    [known] = copy.hostels.values()
    assert known.meters == {"M1", "M2", "M3"}
    assert known.rooms == PostgresAssetRegistry(engine).room_names(hostel.hostel_id)
