"""From an answer to a suppression rule: a person judges an alert, a rule is tried on it, set, and honoured."""

import json
from datetime import timedelta

import pytest

from local import aws
from tests.e2e.journey import Hostel, eventually, found_hostel, hourly, query, whole_hour
from tools.cloud import Cloud, State

pytestmark = pytest.mark.e2e

DAYS = 15


@pytest.fixture(scope="module")
def hostel(cloud: Cloud, state: State) -> Hostel:
    made = found_hostel(cloud, state, "feedback", rooms=2)
    until = whole_hour() - timedelta(hours=3)
    for room in made.rooms:
        made.push(*hourly(room, DAYS * 24, until))
    eventually(made.stored, lambda count: count >= 2 * DAYS * 24, 60)
    return made


def heater(hostel: Hostel, room: str) -> None:
    hostel.push({"meter": room, "timestamp": whole_hour().isoformat(), "kwh": 2.4, "voltage": 229.0})


def test_an_answer_is_kept_and_a_suppression_rule_tried_on_it_hides_the_next_one(hostel: Hostel, cloud: Cloud) -> None:
    heater(hostel, "R01")
    alert = eventually(hostel.alerts, bool)[0]
    said = hostel.admin.call("POST", f"/alerts/{alert['alert_id']}/feedback", {"verdict": "real", "note": "a heater"})
    assert said["feedback"]["verdict"] == "real"
    assert hostel.alerts()[0]["feedback"]["note"] == "a heater"

    path = f"/hostels/{hostel.hostel_id}/suppressions"
    wanted = {"suppressions": [{"kind": alert["kind"], "muted": True}]}
    effect = hostel.admin.call("POST", f"{path}/preview", wanted)
    assert (effect["alerts"], effect["hidden"], effect["missed"]) == (1, 1, 1)
    [rule] = hostel.admin.call("PUT", path, wanted)["suppressions"]

    heater(hostel, "R02")
    sql = "SELECT suppressed_by, alert_id FROM incidents WHERE room_id = %s"
    rows = eventually(
        lambda: query(cloud, sql, hostel.rooms["R02"]), lambda rows: bool(rows) and rows[0][0] is not None
    )
    assert rows == [(rule["suppression_id"], None)]
    assert len(hostel.alerts()) == 1


def test_drift_is_looked_at_with_the_functions_own_role(hostel: Hostel, cloud: Cloud) -> None:
    functions = aws.client("lambda", cloud.aws_endpoint_url, read_timeout=120)
    answer = functions.invoke(FunctionName=cloud.outputs["WatchDriftName"], Payload=b"{}")
    body = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    [report] = hostel.admin.get("/drift")["reports"]
    assert report["day"] == body["day"]
    assert report["labelled"] >= 1
