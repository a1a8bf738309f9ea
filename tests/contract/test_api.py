"""The OpenAPI document is what the frontend's client and these tests are made from: it must be fresh and true."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.api.openapi import COMMAND, TARGET, document
from tests.fakes.api import (
    FOREIGN,
    FOREIGN_ALERT,
    FOREIGN_METER,
    FOREIGN_ROOM,
    HOME,
    HOME_ALERT,
    HOME_METER,
    HOME_ROOM,
    NOBODY,
    NOW,
    world,
)
from tests.functional.api.test_acting import SETUP
from wattwarden.domain.people import Role

OPENAPI = document()

EVERYBODY = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})
MANAGERS = ADMIN | {Role.MANAGER}
WARDENS = MANAGERS | {Role.WARDEN}

ALLOWED = {
    ("get", "/v1/me"): EVERYBODY,
    ("get", "/v1/hostels"): EVERYBODY,
    ("put", "/v1/hostels/{code}"): ADMIN,
    ("post", "/v1/hostels/{hostel_id}/gateways"): ADMIN,
    ("get", "/v1/hostels/{hostel_id}/rooms"): EVERYBODY,
    ("get", "/v1/hostels/{hostel_id}/suppressions"): EVERYBODY,
    ("put", "/v1/hostels/{hostel_id}/suppressions"): MANAGERS,
    ("post", "/v1/hostels/{hostel_id}/suppressions/preview"): MANAGERS,
    ("get", "/v1/rooms/{room_id}"): EVERYBODY,
    ("get", "/v1/rooms/{room_id}/readings"): MANAGERS,
    ("get", "/v1/rooms/{room_id}/readings/versions"): MANAGERS,
    ("get", "/v1/rooms/{room_id}/series"): EVERYBODY,
    ("get", "/v1/rooms/{room_id}/meters"): EVERYBODY,
    ("put", "/v1/rooms/{room_id}/occupancy"): WARDENS,
    ("get", "/v1/anomalies"): EVERYBODY,
    ("get", "/v1/alerts"): EVERYBODY,
    ("get", "/v1/alerts/{alert_id}"): EVERYBODY,
    ("post", "/v1/alerts/{alert_id}/acknowledge"): WARDENS,
    ("post", "/v1/alerts/{alert_id}/feedback"): WARDENS,
    ("post", "/v1/live/tickets"): EVERYBODY,
    ("post", "/v1/imports"): MANAGERS,
    ("get", "/v1/imports/{import_id}"): MANAGERS,
    ("get", "/v1/health"): EVERYBODY,
    ("get", "/v1/drift"): MANAGERS,
    ("get", "/v1/quarantine"): MANAGERS,
    ("post", "/v1/quarantine/redrive"): MANAGERS,
    ("post", "/v1/quarantine/{quarantine_id}/redrive"): MANAGERS,
    ("get", "/v1/data-health"): EVERYBODY,
    ("get", "/v1/meters/{meter_id}/changes"): EVERYBODY,
    ("post", "/v1/meters/{meter_id}/changes"): MANAGERS,
    ("delete", "/v1/meters/{meter_id}/changes"): MANAGERS,
    ("post", "/v1/meters/{meter_id}/removal"): ADMIN,
}
"""Who may do what, said a second time and apart from the code."""

IDS: dict[int, dict[str, Any]] = {
    HOME: {"hostel_id": HOME, "room_id": HOME_ROOM, "alert_id": HOME_ALERT, "code": "hostel-1"},
    FOREIGN: {"hostel_id": FOREIGN, "room_id": FOREIGN_ROOM, "alert_id": FOREIGN_ALERT, "code": "hostel-2"},
}
for _hostel_id, _ids in IDS.items():
    _ids["import_id"] = f"{_hostel_id}-{'0' * 32}"
    _ids["meter_id"] = {HOME: HOME_METER, FOREIGN: FOREIGN_METER}[_hostel_id]
    _ids["quarantine_id"] = _hostel_id

CHANGED_AT = (NOW - timedelta(days=1)).isoformat()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in OPENAPI["paths"].items():
        for verb, operation in verbs.items():
            yield verb, path, operation


def body(verb: str, path: str, hostel_id: int) -> object:
    return {
        ("put", "/v1/hostels/{code}"): SETUP,
        ("post", "/v1/hostels/{hostel_id}/gateways"): {"name": "roof"},
        ("put", "/v1/hostels/{hostel_id}/suppressions"): {"suppressions": [{"minimum_confidence": 0.5}]},
        ("post", "/v1/hostels/{hostel_id}/suppressions/preview"): {"suppressions": []},
        ("put", "/v1/rooms/{room_id}/occupancy"): {"count": 1},
        ("post", "/v1/alerts/{alert_id}/acknowledge"): {},
        ("post", "/v1/alerts/{alert_id}/feedback"): {"verdict": "real"},
        ("post", "/v1/meters/{meter_id}/changes"): {"at": CHANGED_AT, "kind": "replaced"},
        ("post", "/v1/meters/{meter_id}/removal"): {"at": CHANGED_AT},
        ("post", "/v1/quarantine/redrive"): {"reason": "unknown_meter"},
        ("post", "/v1/imports"): {"hostel_id": hostel_id, "file_name": "readings.csv"},
    }.get((verb, path))


def query(verb: str) -> dict[str, object]:
    return {"at": CHANGED_AT} if verb == "delete" else {}


OPERATIONS = [pytest.param(*operation, id=f"{operation[0]} {operation[1]}") for operation in operations()]
ROLES = pytest.mark.parametrize("role", list(Role))


def test_the_committed_document_is_fresh() -> None:
    assert json.loads(TARGET.read_text(encoding="utf-8")) == OPENAPI, f"run `{COMMAND}` and commit"


def test_the_matrix_names_every_operation() -> None:
    assert set(ALLOWED) == {(verb, path) for verb, path, _ in operations()}


@pytest.mark.parametrize(("verb", "path", "operation"), OPERATIONS)
def test_every_operation_documents_its_problems(verb: str, path: str, operation: dict[str, Any]) -> None:
    expected = {"401", "403", "422", "429", "503"}
    if "{" in path and (verb, path) != ("put", "/v1/hostels/{code}"):  # PUT makes what is not there
        expected.add("404")
    if "requestBody" in operation:
        expected.add("415")
    problems = {code: answer for code, answer in operation["responses"].items() if code >= "400"}

    assert expected <= set(problems)
    for answer in problems.values():
        schema = answer["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize(("verb", "path", "operation"), OPERATIONS)
def test_every_operation_says_what_it_answers_and_what_it_is_for(
    verb: str, path: str, operation: dict[str, Any]
) -> None:
    successes = [answer for code, answer in operation["responses"].items() if code < "300"]

    assert len(successes) == 1
    assert "$ref" in json.dumps(successes[0])
    assert operation["summary"] != f"{verb.upper()} {path}"


@ROLES
@pytest.mark.parametrize(("verb", "path", "operation"), OPERATIONS)
def test_a_role_may_do_what_the_matrix_says_in_its_own_hostel(
    verb: str, path: str, operation: dict[str, Any], role: Role
) -> None:
    answer = world().ask(verb.upper(), path.format(**IDS[HOME]), role, body=body(verb, path, HOME), query=query(verb))

    if role in ALLOWED[verb, path]:
        assert str(answer.status) in operation["responses"]
        assert answer.status < 300
    else:
        assert answer.status == 403


@pytest.mark.parametrize("role", [Role.MANAGER, Role.WARDEN, Role.VIEWER])
@pytest.mark.parametrize(("verb", "path", "operation"), OPERATIONS)
def test_a_foreign_hostel_is_out_of_reach(verb: str, path: str, operation: dict[str, Any], role: Role) -> None:
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    filters = {
        name: IDS[FOREIGN][name] for name in ("hostel_id", "room_id") if name in names and f"{{{name}}}" not in path
    }
    names_a_hostel = "{" in path or filters or path == "/v1/imports"
    api = world()
    answer = api.ask(
        verb.upper(),
        path.format(**IDS[FOREIGN]),
        role,
        body=body(verb, path, FOREIGN),
        query=filters | query(verb),
    )

    if names_a_hostel:
        assert answer.status in {403, 404}
        assert answer.status == 404 or role not in ALLOWED[verb, path]
    elif answer.status < 300:
        assert f'"hostel_id":{FOREIGN}' not in answer.text
    assert api.views.details[FOREIGN_ALERT].alert.state == "open"
    assert api.views.changed[FOREIGN_METER] == world().views.changed[FOREIGN_METER]
    assert not [batch for _, batch in api.stream.batches if batch.hostel_id == FOREIGN]


@pytest.mark.parametrize(("verb", "path", "operation"), OPERATIONS)
def test_without_a_role_there_is_nothing(verb: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["operationId"]
    answer = world().ask(verb.upper(), path.format(**IDS[HOME]), NOBODY, body=body(verb, path, HOME), query=query(verb))

    assert answer.status == 403
