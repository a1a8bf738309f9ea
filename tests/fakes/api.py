"""The app API without AWS: two hostels in memory, and requests as API Gateway hands them over."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from functions.api.routes import respond
from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.people import (
    FakeAdmin,
    FakeIdentity,
    FakeKeys,
    FakeMeterAdmin,
    FakeRedrives,
    FakeResponses,
    FakeSessions,
    FakeSubscriptions,
    FakeSuppressions,
    FakeUploads,
)
from tests.fakes.telemetry import FakeStream
from tests.fakes.views import FakeViews
from wattwarden.contracts.api.alerts import AlertDetail, AlertOut, AnomalyOut, MeasuredOut
from wattwarden.contracts.api.hostels import HostelOut
from wattwarden.contracts.api.meters import MeterChangeOut, MeterOut
from wattwarden.contracts.api.operations import QuarantineOut
from wattwarden.contracts.api.rooms import ReadingOut, ReadingVersion, ReadingVersions, RoomOut
from wattwarden.contracts.quarantine import QuarantinedReading
from wattwarden.domain.anomalies import AnomalyType, Kind, Severity, Tier
from wattwarden.domain.data_health import MeterFault
from wattwarden.domain.people import Principal, Role
from wattwarden.runtime.wiring import wiring

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOME, FOREIGN = 1, 2
HOME_ROOM, FOREIGN_ROOM = 10, 20
HOME_METER, FOREIGN_METER = 100, 200
HOME_ALERT, FOREIGN_ALERT = UUID(int=1), UUID(int=2)
NOBODY = "nobody@example.com"

PEOPLE = {
    role: Principal(user_id, f"{role}@example.com", role.value.title(), role, frozenset({HOME}))
    for user_id, role in enumerate(Role, start=1)
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def fields(self) -> list[str]:
        """What a 422 complains about."""
        return [error["field"] for error in self.json["errors"]]


@dataclass
class Api:
    """The API with fakes behind it. `ask` as a role, as an address, or as nobody signed in."""

    views: FakeViews
    registry: FakeAssetRegistry
    stream: FakeStream = field(default_factory=FakeStream)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    subscriptions: FakeSubscriptions = field(default_factory=FakeSubscriptions)
    keys: FakeKeys = field(default_factory=FakeKeys)
    uploads: FakeUploads = field(default_factory=FakeUploads)

    def __post_init__(self) -> None:
        self.suppressions = FakeSuppressions(self.views)
        self.parts: dict[str, object] = {
            "asset_registry": self.registry,
            "views": self.views,
            "responses": FakeResponses(self.views),
            "sessions": self.sessions,
            "hostel_admin": FakeAdmin(self.registry, self.views),
            "meter_admin": FakeMeterAdmin(self.views),
            "redrives": FakeRedrives(self.views),
            "suppressions": self.suppressions,
            "identity": self.identity,
            "subscriptions": self.subscriptions,
            "api_keys": self.keys,
            "uploads": self.uploads,
            "stream": self.stream,
        }
        """Of the wiring, while a question is answered."""

    def respond(self, event: dict[str, Any]) -> dict[str, Any]:
        with wiring.use(**self.parts):
            return respond(event, None)

    def ask(
        self,
        method: str,
        path: str,
        who: Role | str = Role.ADMIN,
        *,
        body: object = None,
        query: dict[str, object] | None = None,
        **claims: object,
    ) -> Answer:
        email = PEOPLE[who].email if isinstance(who, Role) else who
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        signed = {"email": email, "email_verified": "true"} | claims
        answer = self.respond(event(method, path, signed, text, query))
        assert isinstance(answer["body"], str)
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], headers, answer["body"])


def event(
    method: str, path: str, claims: dict[str, object], body: str | None = None, query: dict[str, object] | None = None
) -> dict[str, Any]:
    """What API Gateway's REST API with a Cognito authorizer sends."""
    queries = {name: str(value) for name, value in (query or {}).items()}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "api.test", "Content-Type": "application/json"},
        "multiValueHeaders": {"Host": ["api.test"], "Content-Type": ["application/json"]},
        "queryStringParameters": queries or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in queries.items()} or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": f"/api{quote(path)}",
            "stage": "api",
            "requestId": "5f1b3b8e-0000-4000-8000-000000000000",
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": {"claims": claims},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def world() -> Api:
    """A home hostel, where everybody below admin belongs, and a foreign one; a room, an alert and more in each."""
    views = FakeViews()
    for hostel_id, room_id, meter_id, alert_id in (
        (HOME, HOME_ROOM, HOME_METER, HOME_ALERT),
        (FOREIGN, FOREIGN_ROOM, FOREIGN_METER, FOREIGN_ALERT),
    ):
        views.homes[hostel_id] = hostel(hostel_id)
        views.all_rooms[room_id] = room(room_id, hostel_id)
        views.raw[room_id] = [reading(NOW - timedelta(hours=hours)) for hours in range(30)]
        views.sent[room_id] = [versions(NOW - timedelta(hours=1))]
        views.all_meters[meter_id] = (hostel_id, meter(meter_id, room_id))
        views.changed[meter_id] = [change(NOW - timedelta(days=1))]
        views.faulty.append(fault(hostel_id, room_id, meter_id))
        views.found.append(anomaly(room_id))
        views.details[alert_id] = AlertDetail(
            alert=alert(alert_id, hostel_id, room_id),
            anomalies=[anomaly(room_id)],
            witness=anomaly(room_id),
            deliveries=[],
            feedback=[],
        )
        item = QuarantineOut(
            quarantine_id=hostel_id,
            source="gateway:1",
            reason="unknown_meter",
            detail="meter 'X' is not in service",
            payload=QuarantinedReading(
                hostel_id=hostel_id, source="gateway:1", received_at=NOW.timestamp(), meter="X", ts=0, kwh=0.5
            ).model_dump(),
            first_seen=NOW,
            times=1,
            last_received_at=NOW,
        )
        views.quarantined.append((hostel_id, item))
    return Api(views, FakeAssetRegistry(people={person.email: person for person in PEOPLE.values()}))


def hostel(hostel_id: int) -> HostelOut:
    return HostelOut(
        hostel_id=hostel_id,
        code=f"hostel-{hostel_id}",
        name=f"Hostel {hostel_id}",
        timezone="Asia/Kolkata",
        currency="INR",
        country="IN",
        rooms=1,
        open_alerts=1,
    )


def room(room_id: int, hostel_id: int) -> RoomOut:
    return RoomOut(
        room_id=room_id,
        hostel_id=hostel_id,
        block="A",
        floor=1,
        name=f"A-{room_id}",
        beds=4,
        has_ac=True,
        occupancy=3,
        meter=f"M{room_id}",
        health="ok",
        last_seen=NOW,
        power_kw=1.5,
        expected_kw=0.6,
        expected_low_kw=0.2,
        expected_high_kw=1.1,
        today_kwh=7.25,
        open_alerts=1,
        worst_severity=Severity.HIGH,
    )


def reading(ts: datetime) -> ReadingOut:
    return ReadingOut(
        meter="M1",
        ts=ts,
        interval_minutes=60,
        kwh=0.5,
        register_kwh=None,
        voltage=231,
        current=None,
        power_factor=None,
        quality="measured",
    )


def versions(ts: datetime) -> ReadingVersions:
    late = ReadingVersion(kwh=0.5, register_kwh=None, received_at=NOW)
    return ReadingVersions(
        meter="M1", ts=ts, counts=late, superseded=[late.model_copy(update={"kwh": 0.4, "received_at": ts})]
    )


def meter(meter_id: int, room_id: int) -> MeterOut:
    return MeterOut(
        meter_id=meter_id,
        room_id=room_id,
        serial=f"M{room_id}",
        measures="register",
        interval_minutes=60,
        register_digits=6,
        removed_at=None,
    )


def change(at: datetime) -> MeterChangeOut:
    return MeterChangeOut(at=at, kind="replaced", register_before=100, register_after=0, multiplier=1)


def fault(hostel_id: int, room_id: int, meter_id: int, **changes: Any) -> MeterFault:
    values: dict[str, Any] = {
        "kind": "silent",
        "hostel_id": hostel_id,
        "hostel": f"Hostel {hostel_id}",
        "block": "A",
        "room_id": room_id,
        "room": f"A-{room_id}",
        "meter_id": meter_id,
        "meter": f"M{room_id}",
        "interval": timedelta(hours=1),
        "since": NOW - timedelta(hours=3),
        "last_at": NOW,
        "n": 1,
        "detail": "No reading, though it reports every 60 min.",
    }
    return MeterFault(**(values | changes))


def anomaly(room_id: int, **changes: Any) -> AnomalyOut:
    found = AnomalyOut(
        anomaly_id=UUID(int=room_id),
        incident_id=UUID(int=room_id + 1),
        room_id=room_id,
        room=f"A-{room_id}",
        meter=f"M{room_id}",
        ts=NOW,
        type=AnomalyType.HIGH_CONSUMPTION,
        kind=Kind.EXCESS,
        severity=Severity.HIGH,
        tier=Tier.MODEL,
        score=0.99,
        confidence=0.9,
        actual_kwh=2,
        expected_low_kwh=0.2,
        expected_kwh=0.5,
        expected_high_kwh=1,
        excess_kwh=1.5,
        reasons={"rule": "band"},
    )
    return found.model_copy(update=changes)


def alert(alert_id: UUID, hostel_id: int, room_id: int, **changes: Any) -> AlertOut:
    found = AlertOut(
        alert_id=alert_id,
        hostel_id=hostel_id,
        room_id=room_id,
        room=f"A-{room_id}",
        block="A",
        kind=Kind.EXCESS,
        type=AnomalyType.HIGH_CONSUMPTION,
        severity=Severity.HIGH,
        state="open",
        title="A-10 uses more than expected",
        why="2.0 kW against 0.5 kW",
        started_at=NOW - timedelta(hours=2),
        last_at=NOW,
        ongoing=True,
        unknown_since=None,
        measured=MeasuredOut(quantity="power", value=2, expected=0.5),
        incidents=1,
        peak_kw=2,
        expected_kw=0.5,
        excess_kwh=3,
        cost=Decimal("25.50"),
        currency="INR",
        confidence=0.9,
        tier=Tier.MODEL,
        acknowledged_by=None,
        acknowledged_at=None,
        resolution=None,
        note=None,
        feedback=None,
        created_at=NOW,
    )
    return found.model_copy(update=changes)
