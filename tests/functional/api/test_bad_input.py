"""Whatever is sent, the answer is a clear 4xx that names the field."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.api import HOME, HOME_ALERT, HOME_ROOM, Api, event, world
from tests.functional.api.test_acting import SETUP

ADMIN_CLAIMS: dict[str, object] = {"email": "admin@example.com", "email_verified": "true"}


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/v1/rooms/abc", {}, "path.room_id"),
        ("/v1/rooms/0", {}, "path.room_id"),
        ("/v1/rooms/9223372036854775808", {}, "path.room_id"),
        ("/v1/alerts/not-a-uuid", {}, "path.alert_id"),
        ("/v1/alerts", {"limit": 201}, "query.limit"),
        ("/v1/alerts", {"limit": 0}, "query.limit"),
        ("/v1/alerts", {"before": "yesterday"}, "query.before"),
        ("/v1/alerts", {"before": "2026-01-01T00:00:00"}, "query.before"),
        ("/v1/alerts", {"before": "9999-12-31T23:59:59-14:00"}, "query.before"),
        ("/v1/alerts", {"before": "0001-01-01T00:00:00+14:00"}, "query.before"),
        ("/v1/alerts", {"state": "shut"}, "query.state"),
        ("/v1/alerts", {"severity": "bad"}, "query.severity"),
        (f"/v1/hostels/{HOME}/rooms", {"block": "A\x00"}, "query.block"),
        (f"/v1/hostels/{HOME}/rooms", {"floor": "first"}, "query.floor"),
        (f"/v1/rooms/{HOME_ROOM}/series", {"from": "x"}, "query.from"),
    ],
)
def test_a_malformed_parameter_is_named(api: Api, path: str, query: dict[str, object], field: str) -> None:
    answer = api.ask("GET", path, query=query)

    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.fields == [field]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    ],
)
def test_a_period_that_makes_no_sense_is_refused(api: Api, query: dict[str, object]) -> None:
    answer = api.ask("GET", f"/v1/rooms/{HOME_ROOM}/series", query=query)

    assert answer.status == 422
    assert "from" in answer.json["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "rupees"}, "body.currency"),
        ({"latitude": 91}, "body.latitude"),
        ({"users": [{"email": "nobody", "name": "N", "role": "warden"}]}, "body.users.0.email"),
        ({"users": [{"email": "a@example.com", "name": "N", "role": "king"}]}, "body.users.0.role"),
        ({"rooms": [{"name": "A", "block": "A", "floor": 1, "beds": -1}]}, "body.rooms.0.beds"),
        ({"surprise": 1}, "body.surprise"),
    ],
)
def test_a_malformed_body_names_the_field(api: Api, change: dict[str, object], field: str) -> None:
    answer = api.ask("PUT", "/v1/hostels/riverside", body=SETUP | change)

    assert answer.status == 422
    assert answer.fields == [field]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"count"',
        '{"count": NaN}',
        '{"count": 1e999}',
        '{"count": ' + "9" * 5_000 + "}",
        "[" * 100_000,
        '{"count": "\\ud800"}',
        '{"count": 1, "\\u0000": 1}',
        None,
    ],
)
def test_a_body_that_is_no_head_count_is_refused(api: Api, text: str | None) -> None:
    answer = api.ask("PUT", f"/v1/rooms/{HOME_ROOM}/occupancy", body=text)

    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not api.stream.batches


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json; charset=utf-8", 202),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 415),
    ],
)
def test_only_json_is_read(api: Api, kind: str, status: int) -> None:
    request = event("PUT", f"/v1/rooms/{HOME_ROOM}/occupancy", ADMIN_CLAIMS, '{"count": 1}')

    assert api.respond(request | {"headers": {"content-type": kind}})["statusCode"] == status


@pytest.mark.parametrize(("text", "status"), [("eyJjb3VudCI6IDF9", 202), ("/w==", 422), ("?", 422)])
def test_a_body_in_base64_is_read_or_refused(api: Api, text: str, status: int) -> None:
    request = event("PUT", f"/v1/rooms/{HOME_ROOM}/occupancy", ADMIN_CLAIMS, text) | {"isBase64Encoded": True}

    assert api.respond(request)["statusCode"] == status


def test_nul_never_reaches_the_database(api: Api) -> None:
    answer = api.ask("POST", f"/v1/alerts/{HOME_ALERT}/acknowledge", body='{"note": "a\\u0000b"}')

    assert answer.status == 422
    assert "NUL" in answer.json["detail"]


def test_an_address_that_does_not_exist_is_a_problem_too(api: Api) -> None:
    for method, path in (("GET", "/v1/nothing"), ("DELETE", f"/v1/rooms/{HOME_ROOM}"), ("GET", "/")):
        answer = api.ask(method, path)
        assert answer.status == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_paths = st.sampled_from(
    [
        "/v1/rooms/{}",
        "/v1/rooms/{}/series",
        "/v1/rooms/{}/occupancy",
        "/v1/alerts/{}",
        "/v1/alerts/{}/acknowledge",
        "/v1/alerts/{}/feedback",
        "/v1/hostels/{}",
        "/v1/hostels/{}/rooms",
        "/v1/hostels/{}/suppressions",
        "/v1/hostels/{}/suppressions/preview",
        "/v1/imports/{}",
        "/v1/meters/{}/changes",
        "/v1/meters/{}/removal",
        "/v1/rooms/{}/readings/versions",
        "/v1/quarantine/{}/redrive",
        "/v1/{}",
    ]
)
_names = st.sampled_from(
    ["before", "limit", "from", "to", "at", "meter", "hostel_id", "room_id", "state", "block", "floor"]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    path=_paths,
    part=st.one_of(st.text(max_size=12), st.integers().map(str), st.just(str(HOME_ALERT))),
    query=st.dictionaries(_names, st.one_of(st.text(max_size=30), st.datetimes().map(str), st.integers()), max_size=3),
    body=st.one_of(_json.map(json.dumps), st.text(max_size=40)),
)
def test_nothing_that_is_sent_makes_a_5xx(
    method: str, path: str, part: str, query: dict[str, object], body: str
) -> None:
    assert world().ask(method, path.format(part), body=body, query=query).status < 500
