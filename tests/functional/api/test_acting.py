import json
from typing import Any

import pytest

from tests.fakes.api import FOREIGN, HOME, HOME_ALERT, HOME_ROOM, PEOPLE, Api
from wattwarden.contracts.api.imports import ImportOut
from wattwarden.contracts.telemetry import OccupancyBatch
from wattwarden.domain.people import Gateway, Role

SETUP: dict[str, Any] = {
    "name": "Riverside",
    "timezone": "Asia/Kolkata",
    "currency": "INR",
    "price_per_kwh": "8.50",
    "latitude": 18.5,
    "longitude": 73.9,
    "rooms": [{"name": "A-1", "block": "A", "floor": 1, "beds": 4, "meters": [{"serial": "M-1"}]}],
    "users": [
        {"email": "asha@example.com", "name": "Asha", "role": "warden", "phone": "+919800000000"},
        {"email": "ravi@example.com", "name": "Ravi", "role": "manager"},
    ],
}


def test_setting_up_a_hostel_gives_its_people_a_sign_in_and_their_alerts(api: Api) -> None:
    answer = api.ask("PUT", "/v1/hostels/riverside", body=SETUP)

    assert answer.status == 200
    assert answer.json["code"] == "riverside"
    assert api.identity.users == {"asha@example.com": "Asha", "ravi@example.com": "Ravi"}
    admin, asha, ravi = (api.registry.people[f"{name}@example.com"].user_id for name in ("admin", "asha", "ravi"))
    assert api.subscriptions.made == {
        (admin, "email", "admin@example.com"),  # who hears of it while a hostel has no warden
        (asha, "email", "asha@example.com"),
        (asha, "sms", "+919800000000"),
        (ravi, "email", "ravi@example.com"),
    }


def test_setting_up_a_hostel_again_changes_it(api: Api) -> None:
    first = api.ask("PUT", "/v1/hostels/riverside", body=SETUP).json
    again = api.ask("PUT", "/v1/hostels/riverside", body=SETUP | {"name": "Hillside"}).json

    assert again["hostel_id"] == first["hostel_id"]
    assert again["name"] == "Hillside"


def test_a_set_up_whose_identity_provider_is_away_can_be_sent_again(api: Api) -> None:
    api.identity.broken = True
    assert api.ask("PUT", "/v1/hostels/riverside", body=SETUP).status == 503

    api.identity.broken = False
    assert api.ask("PUT", "/v1/hostels/riverside", body=SETUP).status == 200


@pytest.mark.parametrize("role", [Role.MANAGER, Role.WARDEN, Role.VIEWER])
def test_only_an_administrator_sets_up(api: Api, role: Role) -> None:
    assert api.ask("PUT", "/v1/hostels/hostel-1", role, body=SETUP).status == 403
    assert api.ask("POST", f"/v1/hostels/{HOME}/gateways", role, body={"name": "roof"}).status == 403
    assert not api.identity.users
    assert not api.keys.made


def test_a_gateway_gets_a_key_that_is_shown_once(api: Api) -> None:
    answer = api.ask("POST", f"/v1/hostels/{HOME}/gateways", body={"name": "roof"})

    assert answer.status == 201
    assert answer.json == {"gateway_id": 1, "hostel_id": HOME, "name": "roof", "key": "secret-1"}
    assert api.registry.gateways == {"key-1": Gateway(1, HOME, "roof")}
    assert api.keys.made == ["hostel-1/roof"]


def test_no_key_is_made_for_a_hostel_that_does_not_exist(api: Api) -> None:
    assert api.ask("POST", "/v1/hostels/99/gateways", body={"name": "roof"}).status == 404
    assert not api.keys.made


def test_a_wardens_head_count_takes_the_way_of_a_gateways(api: Api) -> None:
    answer = api.ask("PUT", f"/v1/rooms/{HOME_ROOM}/occupancy", Role.WARDEN, body={"count": 2})

    assert answer.status == 202
    ((key, batch),) = api.stream.batches
    assert isinstance(batch, OccupancyBatch)
    assert key.startswith(f"{HOME}:")
    assert (batch.hostel_id, batch.room, batch.count) == (HOME, ["A-10"], [2])
    assert batch.source == f"user:{PEOPLE[Role.WARDEN].user_id}"


def test_a_busy_stream_is_503(api: Api) -> None:
    api.stream.broken = True

    assert api.ask("PUT", f"/v1/rooms/{HOME_ROOM}/occupancy", Role.WARDEN, body={"count": 2}).status == 503


def test_acknowledging_takes_charge_and_doing_so_again_changes_nothing(api: Api) -> None:
    path = f"/v1/alerts/{HOME_ALERT}/acknowledge"
    answer = api.ask("POST", path, Role.WARDEN, body={"note": "heater found"})

    assert answer.status == 200
    assert answer.json["state"] == "acknowledged"
    assert answer.json["acknowledged_by"] == "Warden"
    assert answer.json["note"] == "heater found"
    assert api.ask("POST", path, Role.WARDEN, body={"note": "heater found"}).status == 200


def test_the_second_person_to_acknowledge_learns_who_was_first(api: Api) -> None:
    path = f"/v1/alerts/{HOME_ALERT}/acknowledge"
    api.ask("POST", path, Role.WARDEN, body={})
    answer = api.ask("POST", path, Role.MANAGER, body={})

    assert answer.status == 409
    assert "Warden" in answer.json["detail"]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.WARDEN])
def test_a_person_says_what_an_alert_was_and_may_say_otherwise(api: Api, role: Role) -> None:
    path = f"/v1/alerts/{HOME_ALERT}/feedback"
    answer = api.ask("POST", path, role, body={"verdict": "real", "note": " a heater "})
    assert answer.status == 200
    assert answer.json["state"] == "open"
    said = answer.json["feedback"]
    assert (said["verdict"], said["note"], said["by"]) == ("real", "a heater", PEOPLE[role].name)

    assert api.ask("POST", path, role, body={"verdict": "expected"}).json["feedback"]["note"] is None
    everyone = api.ask("GET", f"/v1/alerts/{HOME_ALERT}", role).json["feedback"]
    assert [one["verdict"] for one in everyone] == ["expected"]


def test_a_verdict_is_one_of_three(api: Api) -> None:
    answer = api.ask("POST", f"/v1/alerts/{HOME_ALERT}/feedback", body={"verdict": "perhaps"})
    assert answer.status == 422
    assert answer.fields == ["body.verdict"]


def test_suppressions_are_tried_then_set(api: Api) -> None:
    path = f"/v1/hostels/{HOME}/suppressions"
    wanted = {"suppressions": [{"room_id": HOME_ROOM, "kind": "excess", "minimum_excess_kw": 0.5}]}
    tried = api.ask("POST", f"{path}/preview", Role.MANAGER, body=wanted)
    assert (tried.status, tried.json["hidden"], tried.json["days"]) == (200, 0, 30)
    assert api.ask("GET", path, Role.VIEWER).json == {"suppressions": []}
    assert api.ask("PUT", path, Role.MANAGER, body=wanted).json["suppressions"][0]["room"] == "A-10"
    assert len(api.ask("GET", path, Role.VIEWER).json["suppressions"]) == 1
    assert api.ask("PUT", path, Role.WARDEN, body=wanted).status == 403


@pytest.mark.parametrize(
    "suppressions",
    [[{}], [{"room_id": 99, "muted": True}], [{"muted": True}, {"muted": True}], [{"minimum_confidence": 1.5}]],
)
def test_suppressions_that_make_no_sense_are_refused(api: Api, suppressions: list[dict[str, Any]]) -> None:
    answer = api.ask("PUT", f"/v1/hostels/{HOME}/suppressions", body={"suppressions": suppressions})
    assert answer.status == 422


def test_a_viewer_only_looks(api: Api) -> None:
    assert api.ask("POST", f"/v1/alerts/{HOME_ALERT}/acknowledge", Role.VIEWER, body={}).status == 403
    assert api.ask("POST", f"/v1/alerts/{HOME_ALERT}/feedback", Role.VIEWER, body={"verdict": "real"}).status == 403
    assert api.ask("PUT", f"/v1/rooms/{HOME_ROOM}/occupancy", Role.VIEWER, body={"count": 2}).status == 403


def test_a_live_ticket_is_stored_as_its_hash(api: Api) -> None:
    answer = api.ask("POST", "/v1/live/tickets", Role.VIEWER)

    assert answer.status == 201
    assert len(answer.json["ticket"]) >= 32
    assert answer.json["ticket"] not in json.dumps(list(api.sessions.tickets))


def test_an_import_waits_until_the_file_was_read(api: Api) -> None:
    request = {"hostel_id": HOME, "file_name": "january readings.csv"}
    ticket = api.ask("POST", "/v1/imports", Role.MANAGER, body=request)
    assert ticket.status == 201
    import_id = ticket.json["import_id"]
    assert f"/uploads/{HOME}/{import_id}/" in ticket.json["upload_url"]

    assert api.ask("GET", f"/v1/imports/{import_id}", Role.MANAGER).json["state"] == "waiting"
    api.uploads.results[import_id] = ImportOut(import_id=import_id, state="done", accepted=7, refused=[])
    assert api.ask("GET", f"/v1/imports/{import_id}", Role.MANAGER).json["accepted"] == 7


def test_imports_of_a_foreign_hostel_do_not_exist(api: Api) -> None:
    request = {"hostel_id": FOREIGN, "file_name": "a.csv"}
    assert api.ask("POST", "/v1/imports", Role.MANAGER, body=request).status == 404
    foreign = api.ask("POST", "/v1/imports", Role.ADMIN, body=request).json["import_id"]

    assert api.ask("GET", f"/v1/imports/{foreign}", Role.MANAGER).status == 404
    assert api.ask("GET", "/v1/imports/nonsense", Role.MANAGER).status == 404
