"""Meters: their faults, what was done to them, and what they sent twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.api import FOREIGN, FOREIGN_METER, HOME, HOME_METER, HOME_ROOM, NOW, Api, fault
from wattwarden.domain.people import Role

CHANGES = f"/v1/meters/{HOME_METER}/changes"


def test_data_health_names_the_meter_its_room_and_its_fault(api: Api) -> None:
    answer = api.ask("GET", "/v1/data-health", Role.VIEWER).json
    [row] = answer["faults"]
    assert (row["scope"], row["kind"], row["meter"], row["room"], row["meters"]) == (
        "meter",
        "silent",
        "M10",
        "A-10",
        1,
    )
    assert row["since"] == "2026-11-20T09:00:00Z"
    assert row["detail"]
    assert answer["counts"] == {
        "silent": 1,
        "stuck": 0,
        "clock_wrong": 0,
        "implausible": 0,
        "contradicting": 0,
        "replay_failing": 0,
    }


def test_each_meter_whose_replay_fails_is_a_row_of_its_own_however_many_they_are(api: Api) -> None:
    for n in range(1_000, 1_040):
        failing = fault(HOME, HOME_ROOM, n, kind="replay_failing", n=3, detail="It is tried again at 14:05. ValueError")
        api.views.faulty.append(failing)

    answer = api.ask("GET", "/v1/data-health", query={"hostel_id": HOME}).json

    rows = [row for row in answer["faults"] if row["kind"] == "replay_failing"]
    assert {row["meter_id"] for row in rows} == set(range(1_000, 1_040))
    assert {(row["scope"], row["meters"], row["n"], row["detail"]) for row in rows} == {
        ("meter", 1, 3, "It is tried again at 14:05. ValueError")
    }
    assert answer["counts"]["replay_failing"] == 40


def test_rooms_that_fall_silent_together_are_one_row(api: Api) -> None:
    home = api.views.all_meters[HOME_METER][1]
    for n in range(1_000, 1_499):
        api.views.all_meters[n] = (HOME, home.model_copy(update={"meter_id": n}))
        api.views.faulty.append(fault(HOME, HOME_ROOM, n))

    answer = api.ask("GET", "/v1/data-health", query={"hostel_id": HOME}).json

    [row] = answer["faults"]
    assert (row["scope"], row["meters"], row["room"], row["meter"], row["block"]) == ("hostel", 500, None, None, None)
    assert "500 of 500" in row["detail"]
    assert answer["counts"]["silent"] == 500


def test_data_health_of_a_foreign_hostel_does_not_exist(api: Api) -> None:
    assert api.ask("GET", "/v1/data-health", Role.WARDEN, query={"hostel_id": FOREIGN}).status == 404
    assert len(api.ask("GET", "/v1/data-health", Role.ADMIN).json["faults"]) == 2


def test_a_meter_is_found_by_its_room(api: Api) -> None:
    [meter] = api.ask("GET", f"/v1/rooms/{HOME_ROOM}/meters", Role.VIEWER).json["meters"]
    assert (meter["meter_id"], meter["serial"], meter["measures"]) == (HOME_METER, "M10", "register")


def test_a_replacement_is_recorded_corrected_and_taken_back(api: Api) -> None:
    at = (NOW - timedelta(hours=2)).isoformat()
    change: dict[str, Any] = {"at": at, "kind": "replaced", "register_before": 1234.5, "register_after": 0.0}
    made = api.ask("POST", CHANGES, Role.MANAGER, body=change)
    assert made.status == 201
    assert [c["register_before"] for c in made.json["changes"]] == [100, 1234.5]

    corrected = api.ask("POST", CHANGES, Role.MANAGER, body=change | {"register_before": 1240.0})
    assert [c["register_before"] for c in corrected.json["changes"]] == [100, 1240]

    left = api.ask("DELETE", CHANGES, Role.MANAGER, query={"at": at})
    assert left.json == api.ask("GET", CHANGES, Role.VIEWER).json
    assert len(left.json["changes"]) == 1
    assert api.ask("DELETE", CHANGES, Role.MANAGER, query={"at": at}).status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "ratio"},
        {"kind": "stolen"},
        {"multiplier": 0},
        {"multiplier": "40"},
        {"register_before": -1},
        {"register_after": 1e10},
        {"at": "yesterday"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-12:00"},
        {"at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
    ],
)
def test_a_change_that_makes_no_sense_is_refused(api: Api, change: dict[str, Any]) -> None:
    body = {"at": (NOW - timedelta(hours=2)).isoformat(), "kind": "replaced"} | change
    answer = api.ask("POST", CHANGES, body=body)
    assert answer.status == 422
    assert answer.json["detail"]


def test_a_meter_of_intervals_has_no_register_to_change(api: Api) -> None:
    hostel_id, meter = api.views.all_meters[HOME_METER]
    api.views.all_meters[HOME_METER] = (hostel_id, meter.model_copy(update={"measures": "interval"}))
    answer = api.ask("POST", CHANGES, body={"at": NOW.isoformat(), "kind": "ratio", "multiplier": 40.0})
    assert answer.status == 422
    assert "interval" in answer.json["detail"]


def test_a_meter_is_taken_out_of_service(api: Api) -> None:
    answer = api.ask("POST", f"/v1/meters/{HOME_METER}/removal", body={"at": NOW.isoformat()})
    assert (answer.status, answer.json["removed_at"]) == (201, "2026-11-20T12:00:00Z")
    ahead = {"at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    assert api.ask("POST", f"/v1/meters/{HOME_METER}/removal", body=ahead).status == 422
    assert api.ask("POST", f"/v1/meters/{FOREIGN_METER + 1}/removal", body={"at": NOW.isoformat()}).status == 404


def test_superseded_values_stand_beside_the_one_that_counts(api: Api) -> None:
    query: dict[str, object] = {"from": (NOW - timedelta(days=1)).isoformat(), "to": NOW.isoformat(), "meter": "M1"}
    path = f"/v1/rooms/{HOME_ROOM}/readings/versions"
    [instant] = api.ask("GET", path, Role.MANAGER, query=query).json["instants"]
    assert instant["counts"]["kwh"] == 0.5
    assert [v["kwh"] for v in instant["superseded"]] == [0.4]
    assert not api.ask("GET", path, Role.MANAGER, query=query | {"meter": "M2"}).json["instants"]
    assert api.ask("GET", path, Role.MANAGER, query={"from": NOW.isoformat(), "to": NOW.isoformat()}).status == 422


def test_a_quarantined_item_is_sent_again(api: Api) -> None:
    answer = api.ask("POST", f"/v1/quarantine/{HOME}/redrive", Role.MANAGER)
    assert (answer.status, answer.json) == (202, {"sent": 1, "left": 0, "waiting": 0})
    assert len(api.stream.batches) == 1
    assert not api.ask("GET", "/v1/quarantine", Role.MANAGER).json["items"]
    assert api.ask("POST", f"/v1/quarantine/{HOME}/redrive", Role.MANAGER).status == 404


def test_a_stream_that_is_full_is_429_with_a_time_to_come_back(api: Api) -> None:
    api.stream.busy = True
    answer = api.ask("POST", "/v1/quarantine/redrive", body={"reason": "unknown_meter"})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
    assert len(api.ask("GET", "/v1/quarantine").json["items"]) == 2
