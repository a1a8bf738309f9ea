from datetime import timedelta

import pytest

from tests.fakes.api import (
    FOREIGN,
    FOREIGN_ALERT,
    FOREIGN_ROOM,
    HOME,
    HOME_ALERT,
    HOME_ROOM,
    NOBODY,
    NOW,
    Api,
    alert,
    anomaly,
)
from wattwarden.contracts.api.alerts import AlertDetail
from wattwarden.domain.errors import UnavailableError
from wattwarden.domain.people import Role


def test_me_is_the_person_whose_address_the_token_carries(api: Api) -> None:
    answer = api.ask("GET", "/v1/me", Role.WARDEN)

    assert answer.status == 200
    assert answer.json == {
        "user_id": 3,
        "email": "warden@example.com",
        "name": "Warden",
        "role": "warden",
        "hostel_ids": [HOME],
        "may": ["acknowledge", "enter_occupancy"],
    }


def test_an_account_without_a_role_may_do_nothing(api: Api) -> None:
    answer = api.ask("GET", "/v1/me", NOBODY)

    assert answer.status == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "administrator" in answer.json["detail"]


@pytest.mark.parametrize("claims", [{"email_verified": "false"}, {"email_verified": None}, {"email": ""}])
def test_an_unverified_address_names_nobody(api: Api, claims: dict[str, object]) -> None:
    assert api.ask("GET", "/v1/me", Role.ADMIN, **claims).status == 403


def test_the_address_is_compared_without_case(api: Api) -> None:
    assert api.ask("GET", "/v1/me", "Admin@Example.com").status == 200


def test_answers_are_never_cached(api: Api) -> None:
    assert api.ask("GET", "/v1/me").headers["Cache-Control"] == "no-store"
    assert api.ask("GET", "/v1/rooms/999").headers["Cache-Control"] == "no-store"


def test_everybody_sees_their_own_hostels_and_an_admin_every_one(api: Api) -> None:
    assert [h["hostel_id"] for h in api.ask("GET", "/v1/hostels", Role.MANAGER).json] == [HOME]
    assert [h["hostel_id"] for h in api.ask("GET", "/v1/hostels", Role.ADMIN).json] == [HOME, FOREIGN]


def test_rooms_are_filtered_by_block_and_floor(api: Api) -> None:
    path = f"/v1/hostels/{HOME}/rooms"

    assert [r["room_id"] for r in api.ask("GET", path, Role.VIEWER).json["rooms"]] == [HOME_ROOM]
    assert api.ask("GET", path, Role.VIEWER, query={"block": "A", "floor": 1}).json["rooms"]
    assert not api.ask("GET", path, Role.VIEWER, query={"block": "B"}).json["rooms"]


@pytest.mark.parametrize("path", [f"/v1/rooms/{FOREIGN_ROOM}", "/v1/rooms/999", f"/v1/alerts/{FOREIGN_ALERT}"])
def test_a_foreign_thing_and_one_that_does_not_exist_look_the_same(api: Api, path: str) -> None:
    assert api.ask("GET", path, Role.WARDEN).status == 404


def test_raw_readings_come_in_pages(api: Api) -> None:
    path = f"/v1/rooms/{HOME_ROOM}/readings"
    first = api.ask("GET", path, Role.MANAGER, query={"limit": 20}).json
    second = api.ask("GET", path, Role.MANAGER, query={"limit": 20, "before": first["next_before"]}).json

    assert len(first["readings"]) == 20
    assert len(second["readings"]) == 10
    assert second["next_before"] is None
    assert first["readings"][0]["ts"] == "2026-11-20T12:00:00Z"


@pytest.mark.parametrize("role", [Role.WARDEN, Role.VIEWER])
def test_wardens_and_viewers_see_events_not_the_raw_curve(api: Api, role: Role) -> None:
    assert api.ask("GET", f"/v1/rooms/{HOME_ROOM}/readings", role).status == 403
    assert api.ask("GET", f"/v1/rooms/{HOME_ROOM}/series", role).json["resolution"] == "day"
    assert api.ask("GET", f"/v1/alerts/{HOME_ALERT}", role).json["anomalies"]


def test_a_manager_sees_hours_up_to_two_weeks_and_days_beyond(api: Api) -> None:
    for days in (7, 14, 15):
        query = {"from": (NOW - timedelta(days=days)).isoformat(), "to": NOW.isoformat()}
        assert api.ask("GET", f"/v1/rooms/{HOME_ROOM}/series", Role.MANAGER, query=query).status == 200

    assert api.views.resolutions == ["hour", "hour", "day"]


def test_money_is_a_string_and_times_are_utc(api: Api) -> None:
    shown = api.ask("GET", f"/v1/alerts/{HOME_ALERT}", Role.WARDEN).json["alert"]

    assert shown["cost"] == "25.50"
    assert shown["last_at"] == "2026-11-20T12:00:00Z"


def test_unknown_energy_and_money_are_null_and_never_zero(api: Api) -> None:
    unknown = anomaly(HOME_ROOM, actual_kwh=None, excess_kwh=None)
    untold = alert(HOME_ALERT, HOME, HOME_ROOM, peak_kw=None, excess_kwh=None, cost=None)
    api.views.found[:] = [unknown]
    api.views.details[HOME_ALERT] = AlertDetail(
        alert=untold, anomalies=[unknown], witness=None, deliveries=[], feedback=[]
    )

    detail = api.ask("GET", f"/v1/alerts/{HOME_ALERT}", Role.WARDEN).json
    [listed] = api.ask("GET", "/v1/alerts", Role.WARDEN).json["alerts"]
    [found] = api.ask("GET", "/v1/anomalies", Role.WARDEN).json["anomalies"]

    for shown in (detail["alert"], listed):
        assert [shown[name] for name in ("peak_kw", "excess_kwh", "cost")] == [None, None, None]
        assert shown["expected_kw"] == 0.5
    for shown in (detail["anomalies"][0], found):
        assert (shown["actual_kwh"], shown["excess_kwh"], shown["expected_kwh"]) == (None, None, 0.5)


def test_quarantine_shows_the_own_hostels_items(api: Api) -> None:
    items = api.ask("GET", "/v1/quarantine", Role.MANAGER).json["items"]

    assert [item["quarantine_id"] for item in items] == [HOME]


def test_health_is_for_everybody_signed_in(api: Api) -> None:
    assert api.ask("GET", "/v1/health", Role.VIEWER).json["meters"] == 1
    assert api.ask("GET", "/v1/health", Role.ADMIN).json["meters"] == 2


def test_a_database_that_is_away_is_503_with_a_time_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> None:
        raise UnavailableError("the database does not answer")

    monkeypatch.setattr(api.registry, "principal", away)
    answer = api.ask("GET", "/v1/me")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"


def test_a_fault_of_ours_is_written_down_and_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(api.views, "hostels", broken)
    answer = api.ask("GET", "/v1/hostels")

    assert answer.status == 500
    assert "secret" not in answer.text
