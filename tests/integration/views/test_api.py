"""The API on the real database: from an administrator's set-up to what a warden sees of it."""

import pytest
from sqlalchemy import Engine, insert

from tests.fakes.api import Api
from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.views import FakeViews
from tests.functional.api.test_acting import SETUP
from tests.integration.hostel import rows_of
from wattwarden.adapters.postgres.alerts.responses import PostgresResponses
from wattwarden.adapters.postgres.alerts.sessions import PostgresSessions
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry
from wattwarden.adapters.postgres.hostels.hostel_admin import PostgresHostelAdmin
from wattwarden.adapters.postgres.views.views import PostgresViews


@pytest.fixture
def api(engine: Engine) -> Api:
    with engine.begin() as connection:
        connection.execute(insert(t.users).values(email="admin@example.com", name="Admin", role="admin"))
    api = Api(FakeViews(), FakeAssetRegistry())
    api.parts |= {
        "asset_registry": PostgresAssetRegistry(engine),
        "views": PostgresViews(engine),
        "responses": PostgresResponses(engine),
        "sessions": PostgresSessions(engine),
        "hostel_admin": PostgresHostelAdmin(engine),
    }
    return api


def test_a_hostel_that_was_set_up_is_what_its_warden_sees(api: Api, engine: Engine) -> None:
    made = api.ask("PUT", "/v1/hostels/riverside", body=SETUP)
    assert made.status == 200
    hostel_id = made.json["hostel_id"]

    me = api.ask("GET", "/v1/me", "asha@example.com").json
    (room,) = api.ask("GET", f"/v1/hostels/{hostel_id}/rooms", "asha@example.com").json["rooms"]

    assert me["hostel_ids"] == [hostel_id]
    assert (room["name"], room["meter"], room["health"]) == ("A-1", "M-1", "never_seen")
    assert (me["user_id"], "sms", "+919800000000") in api.subscriptions.made
    assert api.ask("PUT", f"/v1/rooms/{room['room_id']}/occupancy", "asha@example.com", body={"count": 2}).status == 202
    assert api.ask("GET", f"/v1/rooms/{room['room_id']}/series", "asha@example.com").json["resolution"] == "day"
    gateway = api.ask("POST", f"/v1/hostels/{hostel_id}/gateways", body={"name": "roof"})
    assert gateway.status == 201
    assert rows_of(engine, "SELECT api_key_id FROM gateways") == [{"api_key_id": "key-1"}]
    assert api.ask("POST", "/v1/live/tickets", "asha@example.com").status == 201


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../etc/passwd"},
        {"rooms": SETUP["rooms"] * 2},
        {"users": SETUP["users"] * 2},
        {"name": "\ud800"},
        {"price_per_kwh": "123456789.5"},
        {"price_per_kwh": "NaN"},
    ],
)
def test_a_set_up_that_makes_no_sense_changes_nothing(api: Api, engine: Engine, change: dict[str, object]) -> None:
    answer = api.ask("PUT", "/v1/hostels/riverside", body=SETUP | change)

    assert answer.status == 422
    assert not rows_of(engine, "SELECT id FROM hostels")
    assert not api.identity.users


@pytest.mark.parametrize("path", ["rooms/{0}", "rooms/{0}/readings", "rooms/{0}/series", "hostels/{0}/rooms"])
def test_the_largest_id_is_only_unknown(api: Api, path: str) -> None:
    assert api.ask("GET", "/v1/" + path.format(2**53 - 1)).status == 404
    assert api.ask("GET", "/v1/" + path.format(2**53)).status == 422
