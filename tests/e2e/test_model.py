"""History to model to endpoint: the first model, then challengers that are broken, better and worse."""

import io
import json
import subprocess
import sys
import tarfile
import time
from datetime import timedelta
from typing import Any

import pytest

from local import aws
from local.processes import serving_containers
from tests.e2e.journey import Hostel, eventually, found_hostel, hourly, query, whole_hour
from tools.cloud import Cloud, State, local_environment

pytestmark = pytest.mark.e2e

DAYS = 16
TRAINING_SECONDS = 600
WEAK = {"alarm_rows": "2000", "alarm_iterations": "80", "band_iterations": "4", "search_seconds": "0"}
"""Has learnt too little: just worth alerting on, and well below the good one whatever the history of the day adds."""
GOOD = {"alarm_rows": "60000", "alarm_iterations": "80", "search_seconds": "1"}
CORPUS = ("--hostels", "24", "--campuses", "8")
"""A quarter of what ships: fewer hostels teach nothing beyond the rules."""
BREAKER_SECONDS = 31.0
"""The breaker, open while there is no endpoint, pauses half a minute at most."""
BROKEN = b"raise SystemExit('this code cannot serve')\n"


class Retraining:
    """Runs of the state machine, and what they leave behind."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._machines, self._sagemaker, self._s3 = (
            aws.client(name, cloud.aws_endpoint_url) for name in ("stepfunctions", "sagemaker", "s3")
        )

    def start(self, hyperparameters: dict[str, str]) -> str:
        order = json.dumps({"reason": "manual", "hyperparameters": hyperparameters})
        arn = self.cloud.outputs["RetrainArn"]
        return str(self._machines.start_execution(stateMachineArn=arn, input=order)["executionArn"])

    def end(self, run: str) -> dict[str, Any]:
        def look() -> Any:
            return self._machines.describe_execution(executionArn=run)

        return dict(eventually(look, lambda execution: execution["status"] != "RUNNING", TRAINING_SECONDS))

    def run(self, hyperparameters: dict[str, str]) -> dict[str, Any]:
        ended = self.end(self.start(hyperparameters))
        assert ended["status"] == "SUCCEEDED", ended
        return dict(json.loads(ended["output"]))

    def endpoint(self) -> dict[str, Any]:
        return dict(self._sagemaker.describe_endpoint(EndpointName=self.cloud.outputs["EndpointName"]))

    def state_of(self, name: str) -> str:
        return str(query(self.cloud, "SELECT state FROM model_versions WHERE name = %s", name)[0][0])

    def aliases(self) -> dict[str, str]:
        """Model by alias, as MLflow has it."""
        sql = """
            SELECT a.alias, t.value FROM mlflow.registered_model_aliases a
            JOIN mlflow.model_version_tags t ON t.name = a.name AND t.version = a.version AND t.key = 'wattwarden.model'
        """
        return dict(query(self.cloud, sql))  # type: ignore[arg-type]

    def break_the_code_of_the_model_in_training(self) -> str:
        """Once the training job has its code, put code in its place that cannot serve; returns the job's name."""

        def training() -> list[str]:
            listed = self._sagemaker.list_training_jobs()["TrainingJobSummaries"]
            names = [job["TrainingJobName"] for job in listed if job["TrainingJobStatus"] == "InProgress"]
            described = [self._sagemaker.describe_training_job(TrainingJobName=name) for name in names]
            return [job["TrainingJobName"] for job in described if job["SecondaryStatus"] == "Training"]

        (name,) = eventually(training, bool, 60)
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as packed:
            entry = tarfile.TarInfo("serve.py")
            entry.size = len(BROKEN)
            packed.addfile(entry, io.BytesIO(BROKEN))
        bucket = self.cloud.outputs["ModelBucket"]
        self._s3.put_object(Bucket=bucket, Key=f"ml/source/{name}/serving.tar.gz", Body=archive.getvalue())
        return str(name)


@pytest.fixture(scope="module")
def hostel(cloud: Cloud, state: State) -> Hostel:
    made = found_hostel(cloud, state, "learning", rooms=4)
    until = whole_hour() - timedelta(hours=4)
    for room in made.rooms:
        made.push(*hourly(room, DAYS * 24, until))
    eventually(made.stored, lambda count: count >= 4 * DAYS * 24, 60)
    command = [sys.executable, "-m", "local.demo", "corpus", "--upload", "--out", str(state.folder / "corpus"), *CORPUS]
    subprocess.run(command, check=True, env=local_environment(state), capture_output=True)
    return made


@pytest.fixture(scope="module")
def retraining(cloud: Cloud) -> Retraining:
    return Retraining(cloud)


@pytest.fixture(scope="module")
def first(hostel: Hostel, retraining: Retraining) -> str:
    """The first model of all: a weak one, which serves alone."""
    assert hostel.rooms
    asked_last = time.monotonic()  # for what came after the history, nobody has asked the model
    name = str(retraining.run(WEAK)["name"])
    time.sleep(max(0.0, asked_last + BREAKER_SECONDS - time.monotonic()))
    return name


@pytest.fixture(scope="module")
def better(first: str, retraining: Retraining) -> str:
    """A challenger that beats the first, after its trial."""
    run = retraining.start(GOOD)
    trial = eventually(retraining.endpoint, lambda e: e["EndpointConfigName"].endswith("-trial"), TRAINING_SECONDS)
    weights = {v["VariantName"]: v["CurrentWeight"] for v in trial["ProductionVariants"]}
    name = trial["EndpointConfigName"].removesuffix("-trial")
    assert weights == {first: pytest.approx(0.9), name: pytest.approx(0.1)}
    assert retraining.state_of(name) == "challenger"
    assert retraining.aliases() == {"champion": first, "challenger": name}
    ended = retraining.end(run)
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["state"] == "champion"
    return str(name)


def heater(hostel: Hostel, room: str, hours_ago: int = 3) -> tuple[str, str | None]:
    """Send a heater's reading; returns the tier and the model that judged it."""
    at = whole_hour() - timedelta(hours=hours_ago)
    hostel.push({"meter": room, "timestamp": at.isoformat(), "kwh": 3.2, "voltage": 229.0})
    sql = "SELECT tier, model_version FROM anomalies WHERE room_id = %s AND ts = %s"
    tier, model = eventually(lambda: query(hostel.cloud, sql, hostel.rooms[room], at), bool)[0]
    return str(tier), model


def test_the_first_model_is_champion_at_once_and_judges(hostel: Hostel, retraining: Retraining, first: str) -> None:
    assert retraining.state_of(first) == "champion"
    assert retraining.endpoint()["EndpointConfigName"] == first
    assert heater(hostel, "R01") == ("model", first)


def test_a_challenger_that_cannot_serve_leaves_the_champion_where_it_was(
    hostel: Hostel, retraining: Retraining, first: str
) -> None:
    run = retraining.start(GOOD)
    name = retraining.break_the_code_of_the_model_in_training()
    ended = retraining.end(run)
    assert (ended["status"], ended.get("error")) == ("FAILED", "DeploymentFailed"), ended
    endpoint = retraining.endpoint()
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", first)
    assert (retraining.state_of(first), retraining.state_of(name)) == ("champion", "refused")
    assert heater(hostel, "R02") == ("model", first)


def test_a_better_challenger_is_promoted_after_its_trial(
    hostel: Hostel, retraining: Retraining, first: str, better: str
) -> None:
    assert (retraining.state_of(first), retraining.state_of(better)) == ("retired", "champion")
    endpoint = retraining.endpoint()
    assert endpoint["EndpointConfigName"] == better
    assert [v["VariantName"] for v in endpoint["ProductionVariants"]] == [better]
    assert retraining.aliases() == {"champion": better}
    assert heater(hostel, "R03") == ("model", better)


def test_a_worse_challenger_is_refused(retraining: Retraining, better: str) -> None:
    refused = retraining.run(WEAK)
    assert (refused["state"], refused["outcome"]) == ("refused", "refused")
    assert "champion" in refused["reason"]
    assert retraining.state_of(refused["name"]) == "refused"
    assert retraining.endpoint()["EndpointConfigName"] == better


@pytest.mark.usefixtures("better")
def test_rules_stand_in_for_a_model_that_is_away(hostel: Hostel, state: State) -> None:
    for process in serving_containers(state.folder):
        process.kill()
    assert heater(hostel, "R04")[0] in {"rules", "static"}
