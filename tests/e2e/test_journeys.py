"""Readings in, alerts out, on the running system: few journeys, each through every part."""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from local.demo.http import Connection
from tests.e2e.journey import (
    Hostel,
    eventually,
    found_hostel,
    hourly,
    live_messages,
    outbox,
    query,
    whole_hour,
)
from tools.cloud import Cloud, State

pytestmark = pytest.mark.e2e

DAYS = 16


@pytest.fixture(scope="module")
def hostel(cloud: Cloud, state: State) -> Hostel:
    """Three rooms with sixteen quiet days behind them."""
    made = found_hostel(cloud, state, "journey", rooms=3)
    until = whole_hour() - timedelta(hours=1)
    history = [list(hourly(room, DAYS * 24, until)) for room in made.rooms]
    for hour in range(0, DAYS * 24, 300):
        made.push(*[reading for room in history for reading in room[hour : hour + 300]])
    eventually(made.stored, lambda count: count >= 3 * DAYS * 24, 60)
    return made


def test_a_heater_in_an_empty_room_reaches_the_warden_within_seconds(hostel: Hostel) -> None:
    empty = {"room": "R01", "timestamp": (whole_hour() - timedelta(hours=6)).isoformat(), "count": 0}
    hostel.gateway.push("occupancy", json.dumps({"occupancy": [empty]}).encode())
    heater = {"meter": "R01", "timestamp": whole_hour().isoformat(), "kwh": 3.1, "voltage": 229.0}
    seconds = live_messages(
        hostel.admin,
        hostel.cloud,
        lambda: hostel.push(heater),
        lambda message: message["type"] == "alert" and message["alert"]["room"] == "R01",
    )
    assert seconds < 15
    [alert] = [a for a in hostel.alerts() if a["room"] == "R01"]
    assert (alert["type"], alert["state"]) == ("high_consumption", "open")
    assert alert["peak_kw"] == pytest.approx(3.1, rel=0.02)
    assert alert["expected_kw"] < 1
    assert float(alert["cost"]) > 0
    letters = eventually(
        lambda: [m for m in outbox(hostel.cloud) if "R01" in json.dumps(m) and hostel.code in json.dumps(m)], bool
    )
    assert letters[0]["address"] == f"warden@{hostel.code}.example.com"
    detail = eventually(
        lambda: hostel.admin.get(f"/alerts/{alert['alert_id']}"),
        lambda found: bool(found["deliveries"]) and all(d["state"] == "sent" for d in found["deliveries"]),
    )
    assert detail["anomalies"][0]["actual_kwh"] == pytest.approx(3.1)
    answer = hostel.admin.call("POST", f"/alerts/{alert['alert_id']}/acknowledge", {"note": "seen"})
    assert answer["state"] == "acknowledged"


def test_sending_everything_again_changes_nothing(hostel: Hostel) -> None:
    def kept() -> Any:
        return query(
            hostel.cloud,
            "SELECT count(*), sum(h.kwh), sum(h.readings) FROM readings_hourly h"
            " JOIN meters m ON m.id = h.meter_id WHERE m.hostel_id = %s",
            hostel.hostel_id,
        ), query(hostel.cloud, "SELECT count(*) FROM alerts WHERE hostel_id = %s", hostel.hostel_id)

    before, stored = kept(), hostel.stored()
    until = whole_hour() - timedelta(hours=1)
    for room in hostel.rooms:
        hostel.push(*hourly(room, DAYS * 24, until))
    marker = {"meter": "R03", "timestamp": whole_hour().isoformat(), "kwh": 0.0123, "voltage": 231.0}
    hostel.push(marker)  # it follows the others through the stream: once it is stored, they have been dealt with
    eventually(hostel.stored, lambda count: count > stored)
    assert hostel.stored() == stored + 1
    after = kept()
    assert after[1] == before[1]
    assert float(after[0][0][1]) == pytest.approx(float(before[0][0][1]) + 0.0123)


def test_a_file_put_into_the_bucket_becomes_readings(hostel: Hostel) -> None:
    at = whole_hour() - timedelta(days=DAYS + 2)
    rows = [f"R02,{(at + timedelta(hours=n)).isoformat()},0.25" for n in range(5)]
    table = "\n".join(["meter,timestamp,kwh", *rows, "R99,2026-01-01T00:00:00Z,1"])
    before = hostel.stored()
    asked = {"hostel_id": hostel.hostel_id, "file_name": "history.csv"}
    ticket = hostel.admin.call("POST", "/imports", asked)
    assert httpx.put(ticket["upload_url"], content=table).status_code == HTTPStatus.OK
    result = eventually(
        lambda: hostel.admin.get(f"/imports/{ticket['import_id']}"), lambda found: found["state"] != "waiting"
    )
    assert (result["state"], result["accepted"]) == ("done", 5)
    assert [(r["row"], r["reason"]) for r in result["refused"]] == [(7, "unknown_meter")]
    eventually(hostel.stored, lambda count: count == before + 5)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"meter": "R01", "timestamp": "2026-01-01T00:00:00", "kwh": 1}, "timestamp"),
        ({"meter": "R01", "timestamp": "2099-01-01T00:00:00Z", "kwh": 1}, "timestamp"),
        ({"meter": "R01", "timestamp": "2026-01-01T00:00:00Z", "kwh": -1}, "kwh"),
        ({"meter": "R01", "timestamp": "2026-01-01T00:00:00Z", "kwh": "1"}, "kwh"),
        ({"meter": "of-another-hostel", "timestamp": "2026-01-01T00:00:00Z", "kwh": 1}, "of-another-hostel"),
        ({"meter": "R01", "timestamp": "2026-01-01T00:00:00Z"}, "kwh"),
        ({"meter": "R01", "timestamp": "2026-01-01T00:00:00Z", "kwh": 1, "voltage": 99999}, "voltage"),
        ("nonsense", "item"),
    ],
)
def test_bad_readings_get_a_clear_422_that_names_the_item(hostel: Hostel, body: Any, named: str) -> None:
    answer = Connection(hostel.cloud.url).once(
        "POST", "/v1/readings", json.dumps({"readings": [body]}).encode(), {"x-api-key": hostel.key}
    )
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
    problem = answer.json()
    assert problem["refused"][0]["index"] == 0
    assert named in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/readings", {}, 403),
        ("POST", "/v1/readings", {"x-api-key": "nobody"}, 403),
        ("GET", "/api/v1/hostels", {}, 401),
        ("GET", "/api/v1/hostels", {"Authorization": "e30.e30.e30"}, 401),
        ("GET", "/api/v1/no-such-thing", {}, 401),
    ],
)
def test_closed_doors(cloud: Cloud, method: str, path: str, headers: dict[str, str], status: int) -> None:
    body = b'{"readings":[]}' if method == "POST" else None
    assert Connection(cloud.url).once(method, path, body, headers).status == status


@pytest.mark.usefixtures("hostel")
def test_a_hostels_key_does_not_write_for_another_hostel(cloud: Cloud, state: State) -> None:
    other = found_hostel(cloud, state, "neighbour", rooms=1)
    answer = Connection(cloud.url).once(
        "POST",
        "/v1/readings",
        json.dumps({"readings": list(hourly("R02", 1, whole_hour()))}).encode(),
        {"x-api-key": other.key},
    )
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["refused"][0]["reason"] == "unknown_meter"


def test_an_unknown_page_is_the_app_but_an_unknown_asset_is_404(cloud: Cloud) -> None:
    site = Connection(cloud.url)
    assert b"<div id=" in site.once("GET", "/rooms/424242").body
    assert site.once("GET", "/assets/missing.js").status == HTTPStatus.NOT_FOUND
