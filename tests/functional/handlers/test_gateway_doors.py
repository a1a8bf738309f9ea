"""The two doors for gateways, as API Gateway calls them."""

import base64
import json
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.telemetry import FakeStream
from wattwarden.domain.errors import UnavailableError
from wattwarden.domain.people import Gateway
from wattwarden.runtime.settings import Settings
from wattwarden.runtime.wiring import wiring

SAMPLE = json.loads(Path("events/aws/api_gateway_readings.json").read_text(encoding="utf-8"))


class Context:
    function_name = "ingest_readings"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:ingest_readings"
    aws_request_id = "request-1"


@pytest.fixture(params=["ingest_readings", "ingest_occupancy"])
def door(request: pytest.FixtureRequest) -> Iterator[types.ModuleType]:
    registry = FakeAssetRegistry(
        gateways={"key-1": Gateway(3, 1, "north")}, meters={1: {"B-204"}}, rooms={1: {"B-204"}}
    )
    with wiring.use(door_registry=registry, stream=FakeStream()):
        yield import_module(f"functions.{request.param}.handler")


def call(door: types.ModuleType, body: str | None, key: str | None = "key-1", **extra: Any) -> tuple[int, Any]:
    event = json.loads(json.dumps(SAMPLE)) | {"body": body} | extra
    event["requestContext"]["identity"]["apiKeyId"] = key
    answer = door.handler(event, Context())
    assert answer["headers"]["Content-Type"] in {"application/json", "application/problem+json"}
    return answer["statusCode"], json.loads(answer["body"])


def items(door: types.ModuleType, *hours: int) -> str:
    readings = door.__name__.endswith("ingest_readings.handler")
    rows = [
        {"meter": "B-204", "timestamp": f"2026-01-31T{hour:02}:00:00+05:30", "kwh": 0.42}
        if readings
        else {"room": "B-204", "timestamp": f"2026-01-31T{hour:02}:00:00+05:30", "count": 2}
        for hour in hours
    ]
    return json.dumps({"readings" if readings else "occupancy": rows})


def test_everything_taken_is_202(door: types.ModuleType) -> None:
    assert call(door, items(door, 1, 2)) == (202, {"accepted": 2, "refused": []})


def test_a_base64_body_is_read_alike(door: types.ModuleType) -> None:
    body = base64.b64encode(items(door, 1).encode()).decode()
    assert call(door, body, isBase64Encoded=True)[0] == 202


def test_some_taken_is_207_and_names_the_rest(door: types.ModuleType) -> None:
    status, body = call(door, items(door, 1, 1))
    assert status == 207
    assert (body["accepted"], body["refused"][0]["index"]) == (1, 1)


def test_none_taken_is_a_problem_that_names_the_first(door: types.ModuleType) -> None:
    status, body = call(door, items(door, 1).replace("B-204", "Z-9"))
    assert status == 422
    assert body["title"]
    assert "Z-9" in body["detail"]
    assert body["refused"][0]["reason"].startswith("unknown_")


@pytest.mark.parametrize("key", [None, "key-of-nobody"])
def test_a_key_of_no_gateway_is_403(door: types.ModuleType, key: str | None) -> None:
    assert call(door, items(door, 1), key=key)[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "not json",
        "[]",
        "{}",
        '{"readings": {}}',
        '{"readings": [], "occupancy": []}',
        '{"readings": [NaN]}',
        "[" * 100_000,
        '{"readings": [' + "1" * 5_000 + "]}",
    ],
)
def test_a_malformed_body_is_a_422_that_says_why(door: types.ModuleType, body: str | None) -> None:
    status, problem = call(door, body)
    assert status == 422
    assert problem["detail"]


def test_too_many_items_are_refused_at_once(door: types.ModuleType) -> None:
    name = "readings" if door.__name__.endswith("ingest_readings.handler") else "occupancy"
    assert call(door, json.dumps({name: [1] * 1_001}))[0] == 422


@pytest.mark.parametrize(("stream", "status"), [(FakeStream(busy=True), 429), (FakeStream(broken=True), 503)])
def test_a_stream_that_takes_nothing_says_when_to_come_back(
    door: types.ModuleType, stream: FakeStream, status: int
) -> None:
    with wiring.use(stream=stream):
        answer = door.handler(SAMPLE | {"body": items(door, 1)}, Context())
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (status, "5")


def test_a_key_that_nobody_can_look_up_is_503_and_not_refused(
    door: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise UnavailableError("the database does not answer")

    monkeypatch.setattr(wiring.door_registry, "gateway_of_key", away)
    answer = door.handler(SAMPLE | {"body": items(door, 1)}, Context())
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "5")


def test_a_gateway_whose_clock_is_wrong_is_told_so_item_by_item(door: types.ModuleType) -> None:
    body = json.loads(items(door, 1, 2)) | {"sent_at": "1970-01-01T00:03:00Z"}
    status, answer = call(door, json.dumps(body))
    assert status == 422
    assert [(r["index"], r["reason"], r["field"]) for r in answer["refused"]] == [
        (0, "clock_wrong", "sent_at"),
        (1, "clock_wrong", "sent_at"),
    ]


@pytest.mark.parametrize(
    ("tell", "status"),
    [(lambda: datetime.now(UTC).isoformat(), 202), (lambda: "now", 422), (lambda: 5, 422)],
    ids=["of now", "a word", "a number"],
)
def test_a_clock_is_told_as_iso_8601(door: types.ModuleType, tell: Callable[[], object], status: int) -> None:
    assert call(door, json.dumps(json.loads(items(door, 1)) | {"sent_at": tell()}))[0] == status


@pytest.mark.parametrize(
    "stamped", ["1970-01-01T03:00", "1980-01-06T00:01", "2000-01-01T01:00+01:00", "2000-07-04T12:00"]
)
def test_a_clock_that_was_never_set_is_refused_also_when_it_has_been_running(
    door: types.ModuleType, stamped: str
) -> None:
    body = json.loads(items(door, 1))
    for item in next(iter(body.values())):
        item["timestamp"] = stamped if "+" in stamped else f"{stamped}Z"
    status, answer = call(door, json.dumps(body))
    assert (status, answer["refused"][0]["reason"]) == (422, "clock_wrong")


def test_what_the_stage_does_not_keep_is_refused(door: types.ModuleType) -> None:
    with wiring.use(settings=Settings(readings_kept_months=1)):
        status, answer = call(door, items(door, 1).replace("2026", "2025"))
    assert (status, answer["refused"][0]["reason"]) == (422, "too_old")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["readings", "occupancy", "meter", "timestamp", "kwh", "room", "count"]), inner
        )
    ),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(value=json_values | st.builds(lambda v: {"readings": [v], "occupancy": [v]}, json_values))
def test_nothing_answers_5xx(door: types.ModuleType, value: Any) -> None:
    assert call(door, json.dumps(value))[0] < 500
