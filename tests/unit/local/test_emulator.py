"""What the laptop cloud adds to MiniStack's functions and takes away from its services on demand."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local import aws
from local.emulator.lambda_workers import NICENESS, may_wait
from local.emulator.outages import PATH
from tools.cloud import State

HANDLER = """
import os
def handler(event, context):
    if event.get("fails"):
        raise ValueError("as told")
    return {"pid": os.getpid(), "nice": os.nice(0)}
"""
ONCE = {"retries": {"total_max_attempts": 1}}


def of_stream(name: str) -> dict[str, Any]:
    return {"Records": [{"eventSourceARN": f"arn:aws:kinesis:us-east-1:000000000000:stream/{name}"}]}


@pytest.mark.parametrize(
    ("function", "event", "waits"),
    [
        ("score_readings", of_stream("WattWarden-local-Ingest-TelemetryAB12"), False),
        ("score_readings", of_stream("WattWarden-local-Ingest-BackfillAB12"), True),
        ("archive_telemetry", of_stream("WattWarden-local-Ingest-TelemetryAB12"), True),
        ("replay_meters", {"source": "aws.events"}, True),
        ("api", {"httpMethod": "GET"}, False),
        ("api", [], False),
        ("import_file", {"Records": []}, True),
    ],
)
def test_history_waits_for_the_present(function: str, event: object, *, waits: bool) -> None:
    assert may_wait(function, event) is waits


class Function:
    def __init__(self, state: State) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("handler.py", HANDLER)
        role = aws.client("iam", state.aws_endpoint_url).create_role(RoleName="told", AssumeRolePolicyDocument="{}")
        self._client = aws.client("lambda", state.aws_endpoint_url)
        self._client.create_function(
            FunctionName="told",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="handler.handler",
            Code={"ZipFile": packed.getvalue()},
        )

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.invoke(FunctionName="told", Payload=json.dumps(event))
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        return body | ({"failed": True} if "FunctionError" in answer else {})


@pytest.fixture(scope="module")
def function(emulator: State) -> Function:
    return Function(emulator)


@pytest.mark.integration
def test_an_exception_costs_no_cold_start(function: Function) -> None:
    before = function.call({})
    failed = function.call({"fails": True})
    assert failed["failed"]
    assert "as told" in failed["errorMessage"]
    assert function.call({}) == before


@pytest.mark.integration
def test_what_may_wait_runs_in_a_worker_that_gives_way(function: Function) -> None:
    live, backfill = function.call(of_stream("Telemetry")), function.call(of_stream("Backfill"))
    assert live["pid"] != backfill["pid"]
    assert backfill["nice"] == min(19, live["nice"] + NICENESS)
    assert live["nice"] == os.nice(0)
    assert function.call(of_stream("Telemetry")) == live


@pytest.fixture
def outages(emulator: State) -> Iterator[str]:
    url = f"{emulator.aws_endpoint_url}{PATH}"
    yield url
    httpx.put(url, json={"sns": False, "endpoint": False, "endpoint_delay_s": 0}).raise_for_status()


@pytest.mark.integration
def test_sns_is_away_until_it_is_back(emulator: State, outages: str) -> None:
    sns = aws.client("sns", emulator.aws_endpoint_url, **ONCE)
    topic = sns.create_topic(Name="told")["TopicArn"]
    assert httpx.put(outages, json={"sns": True}).json()["sns"] is True
    with pytest.raises(ClientError) as refused:
        sns.publish(TopicArn=topic, Message="x")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    httpx.put(outages, json={"sns": False})
    assert sns.publish(TopicArn=topic, Message="x")["MessageId"]


@pytest.mark.integration
def test_an_endpoint_is_away_until_it_is_back(emulator: State, outages: str) -> None:
    runtime = aws.client("sagemaker-runtime", emulator.aws_endpoint_url, **ONCE)

    def status() -> int:
        with pytest.raises(ClientError) as refused:
            runtime.invoke_endpoint(EndpointName="nobody", Body=b"[]")
        return int(refused.value.response["ResponseMetadata"]["HTTPStatusCode"])

    httpx.put(outages, json={"endpoint": True})
    assert status() == 503
    httpx.put(outages, json={"endpoint": False})
    assert status() == 400


@pytest.mark.integration
@pytest.mark.parametrize("body", ['{"sms": true}', '{"endpoint_delay_s": -1}', "[]", "nonsense"])
def test_an_outage_that_nobody_knows_is_refused(outages: str, body: str) -> None:
    before = httpx.get(outages).json()
    assert httpx.put(outages, content=body).status_code == 400
    assert httpx.get(outages).json() == before
