"""History to model to endpoint: the state machine that makes the first model, and what judges when there is none."""

import json
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from local import aws
from local.processes import serving_containers
from local.state import Cloud, State
from local.up import local_environment
from tests.e2e.journey import Hostel, eventually, found_hostel, hourly, query, whole_hour

pytestmark = pytest.mark.e2e

DAYS = 16
TRAINING_SECONDS = 300


@pytest.fixture(scope="module")
def hostel(cloud: Cloud, state: State) -> Hostel:
    made = found_hostel(cloud, state, "learning", rooms=2)
    until = whole_hour() - timedelta(hours=4)
    for room in made.rooms:
        made.push(*hourly(room, DAYS * 24, until))
    eventually(made.stored, lambda count: count >= 2 * DAYS * 24, 60)
    return made


def heater(hostel: Hostel, room: str, hours_ago: int) -> str:
    """Send a heater's reading; returns the tier that judged it."""
    at = whole_hour() - timedelta(hours=hours_ago)
    hostel.push({"meter": room, "timestamp": at.isoformat(), "kwh": 3.2, "voltage": 229.0})
    sql = "SELECT tier FROM anomalies WHERE room_id = %s AND ts = %s"
    return str(eventually(lambda: query(hostel.cloud, sql, hostel.rooms[room], at), bool)[0][0])


def test_a_model_is_trained_gated_deployed_and_judges_and_rules_stand_in_for_it(
    hostel: Hostel, cloud: Cloud, state: State
) -> None:
    command = [sys.executable, "-m", "local.demo", "corpus", "--hostels", "4", "--upload"]
    subprocess.run(command, check=True, env=local_environment(state), capture_output=True)
    machines = aws.client("stepfunctions", cloud.aws_endpoint_url)
    run = machines.start_execution(stateMachineArn=cloud.outputs["RetrainArn"], input="{}")["executionArn"]
    ended = eventually(
        lambda: machines.describe_execution(executionArn=run), lambda d: d["status"] != "RUNNING", TRAINING_SECONDS
    )
    assert ended["status"] == "SUCCEEDED", ended
    name = json.loads(ended["output"])["name"]
    assert query(cloud, "SELECT state FROM model_versions WHERE name = %s", name) == [("champion",)]
    time.sleep(31)  # the breaker, open while there was no endpoint, pauses half a minute at most
    assert heater(hostel, "R01", 3) == "model"

    for process in serving_containers(state.folder):
        process.kill()
    assert heater(hostel, "R02", 3) in {"rules", "static"}
