"""Incidents become alerts that people can bear: grouped, addressed, told once."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from tests.fakes.alerts import FakeAlerts, FakeLive
from wattwarden.contracts.api.alerts import AlertOut, MeasuredOut
from wattwarden.contracts.events import IncidentsOpened, Message
from wattwarden.domain.alerts import Recipient
from wattwarden.domain.anomalies import NAMESPACE, Incident, Kind, Severity, Tier
from wattwarden.domain.people import Role
from wattwarden.usecases.alerts.deliver import push_live
from wattwarden.usecases.alerts.raise_alerts import raise_alerts

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
WARDEN = Recipient(1, "warden@example.org", "+911234567890", Role.WARDEN)
MANAGER = Recipient(2, "manager@example.org", None, Role.MANAGER)
ADMIN = Recipient(3, "admin@example.org", None, Role.ADMIN)


def incident(
    name: str,
    hours_ago: float,
    room: int = 204,
    severity: Severity = Severity.MEDIUM,
    kind: Kind = Kind.EMPTY_ROOM_LOAD,
) -> Incident:
    at = NOW - timedelta(hours=hours_ago)
    return Incident(
        incident_id=uuid5(NAMESPACE, name),
        hostel_id=1,
        room_id=room,
        room_name=f"B-{room}",
        block="B",
        meter_serial=f"M{room}",
        kind=kind,
        severity=severity,
        tier=Tier.MODEL,
        started_at=at,
        last_at=at,
        peak_kw=1.92,
        expected_kw=0.31,
        excess_kwh=1.6,
        cost=Decimal("12.80"),
        currency="INR",
        confidence=0.97,
        reasons={},
    )


def event(name: str, *incidents: Incident) -> IncidentsOpened:
    return IncidentsOpened(
        outbox_id=uuid5(NAMESPACE, name), hostel_id=1, incident_ids=[i.incident_id for i in incidents], detected_at=NOW
    )


@dataclass
class Raised:
    """The alerts of an event, and the messages it added to the queue."""

    alert_ids: list[UUID]
    messages: list[Message]


def raised(store: FakeAlerts, name: str, *incidents: Incident) -> Raised:
    store.known |= {i.incident_id: i for i in incidents}
    before = set(store.messages)
    answer = raise_alerts(event(name, *incidents), "Asia/Kolkata", store, NOW)
    return Raised(answer.alert_ids, [d for key, d in store.messages.items() if key not in before])


def test_an_alert_says_what_where_since_when_and_what_it_costs() -> None:
    answer = raised(FakeAlerts(responsible=[WARDEN]), "e1", incident("i1", 2))
    [message] = answer.messages
    assert message.subject == "[MEDIUM] B-204: Heavy load while the room is empty"
    for fact in ("1.9 kW against 310 W expected", "31 Jan 2026 12:30", "1.6 kWh above expected", "INR 13", "Nobody"):
        assert fact in message.body


def test_incidents_of_a_room_within_three_hours_are_one_alert() -> None:
    answer = raised(FakeAlerts(), "e1", incident("a", 9), incident("b", 7), incident("c", 2), incident("d", 7, 205))
    assert len(answer.alert_ids) == 3


def test_an_incident_that_continues_an_open_alert_joins_it_silently() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    first = raised(store, "e1", incident("a", 3))
    second = raised(store, "e2", incident("b", 1))
    assert second.alert_ids == first.alert_ids
    assert second.messages == []


def test_another_type_of_trouble_in_the_room_is_an_alert_of_its_own() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    first = raised(store, "e1", incident("a", 3))
    second = raised(store, "e2", incident("b", 1, kind=Kind.UNDERVOLTAGE))
    assert second.alert_ids != first.alert_ids
    assert len(second.messages) == 1
    both = raised(store, "e3", incident("c", 3, 205), incident("d", 2, 205, kind=Kind.ZERO))
    assert len(both.alert_ids) == 2


def test_a_worse_incident_of_an_open_alert_is_told_again_and_raises_it() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    first = raised(store, "e1", incident("a", 3))
    second = raised(store, "e2", incident("b", 1, severity=Severity.CRITICAL))
    assert second.alert_ids == first.alert_ids
    assert [d.channel for d in second.messages] == ["email", "sms"]
    assert store.drafts[first.alert_ids[0]].severity is Severity.CRITICAL
    assert store.drafts[first.alert_ids[0]].started_at == NOW - timedelta(hours=3)


def test_of_incidents_alike_in_severity_one_of_known_energy_gives_the_alert_its_words() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    unknown = [
        replace(incident(name, ago), peak_kw=None, excess_kwh=None, cost=None) for name, ago in (("a", 3), ("c", 1))
    ]
    known = incident("b", 2, kind=Kind.EXCESS)
    [alert_id] = raised(store, "e1", *unknown, known).alert_ids
    assert store.drafts[alert_id].kind is Kind.EXCESS
    [alone] = raised(FakeAlerts(responsible=[WARDEN]), "e2", *unknown).messages
    assert "energy is unknown" in alone.body


@pytest.mark.parametrize(
    ("severity", "people", "expected"),
    [
        (Severity.LOW, [WARDEN, MANAGER, ADMIN], {(1, "email")}),
        (Severity.HIGH, [WARDEN, MANAGER, ADMIN], {(1, "email"), (1, "sms"), (2, "email")}),
        (Severity.LOW, [ADMIN], {(3, "email")}),  # nobody else would hear of it
    ],
)
def test_who_hears_of_it(severity: Severity, people: list[Recipient], expected: set[tuple[str, str]]) -> None:
    answer = raised(FakeAlerts(responsible=people), "e1", incident("a", 1, severity=severity))
    assert {(d.user_id, d.channel) for d in answer.messages} == expected


def test_imported_history_comes_as_one_digest_not_as_a_flood() -> None:
    old = [incident(f"o{n}", 24 * (n + 2)) for n in range(30)]
    answer = raised(FakeAlerts(responsible=[WARDEN]), "e1", *old, incident("fresh", 1, 205))
    assert len(answer.alert_ids) == 31
    assert sorted(d.subject.split(":")[0] for d in answer.messages) == ["Digest", "[MEDIUM] B-205"]
    [digest] = [d for d in answer.messages if d.subject.startswith("Digest")]
    assert "30 alerts" in digest.subject
    assert "and 10 more" in digest.body


def test_a_repeated_event_raises_and_queues_nothing_twice() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    first = raised(store, "e1", incident("a", 1, severity=Severity.HIGH))
    again = raised(store, "e1", incident("a", 1, severity=Severity.HIGH))
    assert len(first.messages) == 2
    assert (again.alert_ids, again.messages) == (first.alert_ids, [])


def alert(alert_id: UUID) -> AlertOut:
    return AlertOut(
        alert_id=alert_id, hostel_id=1, room_id=204, room="B-204", block="B", kind=Kind.EXCESS,
        type=Kind.EXCESS.type, severity=Severity.HIGH, state="open", title="t", why="w", started_at=NOW, last_at=NOW,
        ongoing=True, unknown_since=None,
        measured=MeasuredOut(quantity="power", value=1.9, expected=0.3), incidents=1,
        peak_kw=1.9, expected_kw=0.3, excess_kwh=1.6, cost=Decimal("12.80"),
        currency="INR", confidence=0.9, tier=Tier.MODEL, acknowledged_by=None, acknowledged_at=None,
        resolution=None, note=None, feedback=None,
        created_at=NOW,
    )  # fmt: skip


def test_a_push_reaches_every_open_browser_and_forgets_those_gone() -> None:
    ids = [uuid5(NAMESPACE, "x"), uuid5(NAMESPACE, "y")]
    store = FakeAlerts(out={i: alert(i) for i in ids}, sockets=["here", "gone"])
    live = FakeLive(open={"here": []})
    assert push_live(1, ids, store, live) == 2
    assert [json.loads(m)["alert"]["alert_id"] for m in live.open["here"]] == [str(i) for i in ids]
    assert store.sockets == ["here"]
