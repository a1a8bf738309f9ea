"""Alerts as they are raised, retried and delivered."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, text

from tests.integration.hostel import Hostel, anomaly, at, rows_of
from wattwarden.adapters.postgres import tables as t
from wattwarden.adapters.postgres.alerts import PostgresAlerts
from wattwarden.adapters.postgres.registry import PostgresRegistry
from wattwarden.adapters.postgres.telemetry import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Severity, incident_id
from wattwarden.domain.errors import NotFoundError
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.raise_alerts import raise_alerts

NOON = at("2026-07-01T12:00")
ZONE = "Asia/Kolkata"


@pytest.fixture
def alerts(engine: Engine) -> PostgresAlerts:
    return PostgresAlerts(engine)


@pytest.fixture
def people(engine: Engine, hostel: Hostel) -> dict[str, int]:
    """A person of each role; all but the admin belong to the hostel, and a warden to another one."""
    other = Hostel.create(engine, "other", "Europe/Berlin", rooms=1)
    ids = {}
    with engine.begin() as connection:
        for role in ("admin", "manager", "warden", "viewer", "stranger"):
            person = {"email": f"{role}@x.example", "name": role, "role": "warden" if role == "stranger" else role}
            ids[role] = int(connection.execute(insert(t.users).values(person).returning(t.users.c.id)).scalar_one())
            at_hostel = other.hostel_id if role == "stranger" else hostel.hostel_id
            if role != "admin":
                connection.execute(insert(t.user_hostels).values(user_id=ids[role], hostel_id=at_hostel))
            connection.execute(insert(t.live_connections).values(connection_id=role, user_id=ids[role]))
    return ids


def opened(engine: Engine, hostel: Hostel, *rooms: int) -> IncidentsOpened:
    """Incidents of those rooms (by place), all of noon, and the event that tells of them."""
    meters = [hostel.meters[room] for room in rooms]
    PostgresTelemetry(engine).commit(Effects(anomalies=[anomaly(meter, NOON, NOON) for meter in meters]))
    ids = [incident_id(meter, NOON) for meter in meters]
    return IncidentsOpened(outbox_id=UUID(int=1), hostel_id=hostel.hostel_id, incident_ids=ids, detected_at=NOON)


def test_a_retried_event_writes_nothing_new_and_sends_only_what_was_not_sent(
    engine: Engine, alerts: PostgresAlerts, hostel: Hostel, people: dict[str, int]
) -> None:
    event = opened(engine, hostel, 0, 1)
    first = raise_alerts(event, ZONE, alerts, NOON)
    alerts.record_delivery(first.deliveries[0].notification_id, "sent", "sns-1", None)
    before = rows_of(engine, "SELECT * FROM alerts ORDER BY id")
    second = raise_alerts(event, ZONE, alerts, NOON)

    assert len(first.alert_ids) == 2
    assert {delivery.user_id for delivery in first.deliveries} == {str(people["warden"])}
    assert second.alert_ids == first.alert_ids
    assert second.deliveries == first.deliveries[1:]
    assert rows_of(engine, "SELECT * FROM alerts ORDER BY id") == before
    assert rows_of(engine, "SELECT count(*) AS n FROM incidents WHERE alert_id IS NULL") == [{"n": 0}]


def test_a_message_that_was_sent_stays_sent(
    engine: Engine, alerts: PostgresAlerts, hostel: Hostel, people: dict[str, int]
) -> None:
    assert people
    [delivery] = raise_alerts(opened(engine, hostel, 0), ZONE, alerts, NOON).deliveries
    alerts.record_delivery(delivery.notification_id, "failed", None, "Throttled")
    alerts.record_delivery(delivery.notification_id, "sent", "sns-1", None)
    alerts.record_delivery(delivery.notification_id, "failed", None, "late news")

    [row] = rows_of(engine, "SELECT state, provider_id, error, sent_at IS NOT NULL AS dated FROM notifications")
    assert row == {"state": "sent", "provider_id": "sns-1", "error": None, "dated": True}


def test_an_alert_says_what_its_incidents_add_up_to(engine: Engine, alerts: PostgresAlerts, hostel: Hostel) -> None:
    raised = raise_alerts(opened(engine, hostel, 0), ZONE, alerts, NOON)
    [alert] = alerts.alerts(raised.alert_ids)

    assert (alert.room, alert.block, alert.state, alert.ongoing, alert.incidents) == ("A-1", "A", "open", True, 1)
    assert (alert.peak_kw, alert.expected_kw, alert.excess_kwh) == (2.0, 0.5, 1.5)
    assert (alert.cost, alert.currency) == (Decimal("13.88"), "INR")


def test_an_alert_gets_as_severe_as_its_incident(engine: Engine, alerts: PostgresAlerts, hostel: Hostel) -> None:
    raised = raise_alerts(opened(engine, hostel, 0), ZONE, alerts, NOON)
    later = anomaly(hostel.meters[0], NOON + timedelta(hours=1), NOON, severity=Severity.CRITICAL)
    PostgresTelemetry(engine).commit(Effects(anomalies=[later]))

    assert [alert.severity for alert in alerts.alerts(raised.alert_ids)] == [Severity.CRITICAL]


def test_open_alerts_are_those_of_the_rooms_that_nobody_resolved(
    engine: Engine, alerts: PostgresAlerts, hostel: Hostel
) -> None:
    raised = raise_alerts(opened(engine, hostel, 0, 1, 2), ZONE, alerts, NOON)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alerts SET state = 'resolved' WHERE room_id = :id"), {"id": hostel.rooms[1]})
    found = alerts.open_alerts(hostel.hostel_id, hostel.rooms[:2])

    assert len(raised.alert_ids) == 3
    assert [(alert.room_id, alert.started_at, alert.last_at) for alert in found] == [(hostel.rooms[0], NOON, NOON)]


def test_who_is_told_and_who_sees_it_live(alerts: PostgresAlerts, hostel: Hostel, people: dict[str, int]) -> None:
    told = [person.user_id for person in alerts.recipients(hostel.hostel_id)]
    assert told == [people["admin"], people["manager"], people["warden"]]
    assert sorted(alerts.connections(hostel.hostel_id)) == ["admin", "manager", "viewer", "warden"]
    alerts.forget_connection("viewer")
    assert sorted(alerts.connections(hostel.hostel_id)) == ["admin", "manager", "warden"]


def test_the_time_zone_of_no_hostel_is_not_found(engine: Engine, hostel: Hostel) -> None:
    registry = PostgresRegistry(engine)
    assert registry.timezone(hostel.hostel_id) == "Asia/Kolkata"
    with pytest.raises(NotFoundError):
        registry.timezone(hostel.hostel_id + 1)
