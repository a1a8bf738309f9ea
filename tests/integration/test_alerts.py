"""Alerts as they are raised, retried and delivered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, text

from tests.integration.hostel import Hostel, anomaly, at, rows_of
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Kind, Severity, incident_id
from wattwarden.domain.errors import NotFoundError
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.alerts.raise_alerts import raise_alerts

NOON = at("2026-07-01T12:00")
HOUR = timedelta(hours=1)
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


def opened(engine: Engine, hostel: Hostel, *rooms: int, number: int = 1, **changes: Any) -> IncidentsOpened:
    """Incidents of those rooms (by place), all of noon, and the event that tells of them."""
    meters = [hostel.meters[room] for room in rooms]
    PostgresTelemetry(engine).commit(Effects(anomalies=[anomaly(meter, NOON, NOON, **changes) for meter in meters]))
    ids = [incident_id(meter, NOON) for meter in meters]
    return IncidentsOpened(outbox_id=UUID(int=number), hostel_id=hostel.hostel_id, incident_ids=ids, detected_at=NOON)


def test_a_repeated_event_writes_nothing_new(
    engine: Engine, alerts: PostgresAlerts, hostel: Hostel, people: dict[str, int]
) -> None:
    event = opened(engine, hostel, 0, 1)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: raise_alerts(event, ZONE, alerts, NOON), range(2))

    assert len(first.alert_ids) == 2
    assert first == second
    assert first.user_ids == [people["warden"]]
    assert rows_of(engine, "SELECT count(*) AS n FROM alerts") == [{"n": 2}]
    assert rows_of(engine, "SELECT count(*) AS n FROM notifications") == [{"n": 2}]
    assert rows_of(engine, "SELECT count(*) AS n FROM incidents WHERE alert_id IS NULL") == [{"n": 0}]


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
    with alerts.deciding(hostel.hostel_id) as decision:
        found = decision.open_alerts(hostel.rooms[:2], NOON + HOUR, NOON + HOUR * 3)
        later = decision.open_alerts(hostel.rooms[:2], NOON + HOUR, NOON + HOUR * 3)
        moment = decision.open_alerts([], NOON - HOUR, NOON)

    assert len(raised.alert_ids) == 3
    assert (found, later) == ([], [])
    assert {alert.room_id for alert in moment} == {hostel.rooms[0], hostel.rooms[2]}
    assert [(alert.started_at, alert.last_at, alert.lasts) for alert in moment] == [(NOON, NOON, True)] * 2


def test_who_is_told_and_who_sees_it_live(alerts: PostgresAlerts, hostel: Hostel, people: dict[str, int]) -> None:
    with alerts.deciding(hostel.hostel_id) as decision:
        told = [person.user_id for person in decision.recipients()]
    assert told == [people["admin"], people["manager"], people["warden"]]
    assert sorted(alerts.connections(hostel.hostel_id)) == ["admin", "manager", "viewer", "warden"]
    alerts.forget_connection("viewer")
    assert sorted(alerts.connections(hostel.hostel_id)) == ["admin", "manager", "warden"]


def test_the_time_zone_of_no_hostel_is_not_found(engine: Engine, hostel: Hostel) -> None:
    registry = PostgresAssetRegistry(engine)
    assert registry.timezone(hostel.hostel_id) == "Asia/Kolkata"
    with pytest.raises(NotFoundError):
        registry.timezone(hostel.hostel_id + 1)


def test_500_rooms_that_drop_together_are_one_alert_though_they_come_in_pieces_at_once(
    engine: Engine, alerts: PostgresAlerts
) -> None:
    """Four buckets of the stream, their events in turn by two executions at a time."""
    hostel = Hostel.create(engine, "large", "Asia/Kolkata", rooms=500)
    warden = insert(t.users).values(email="w@x.example", name="w", role="warden").returning(t.users.c.id)
    with engine.begin() as connection:
        user_id = connection.execute(warden).scalar_one()
        connection.execute(insert(t.user_hostels).values(user_id=user_id, hostel_id=hostel.hostel_id))

    def bucket(number: int) -> list[IncidentsOpened]:
        """The first event of a bucket is of few rooms, as the detector is sure of some before others."""
        rooms = range(number, 500, 4)
        return [
            opened(engine, hostel, *part, number=10 * number + n, kind=Kind.ZERO, excess_kwh=-0.5)
            for n, part in enumerate((rooms[:3], rooms[3:60], rooms[60:]))
        ]

    def execute(buckets: tuple[int, int]) -> None:
        for number in buckets:
            for event in bucket(number):
                raise_alerts(event, ZONE, alerts, NOON + HOUR)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(execute, [(0, 1), (2, 3)]))

    inbox = rows_of(engine, "SELECT id, room_id, severity FROM alerts WHERE state = 'open'")
    assert [(row["room_id"], row["severity"]) for row in inbox] == [(None, "high")]
    of_it = "SELECT count(*) AS n FROM incidents WHERE alert_id = :id"
    assert rows_of(engine, of_it, id=inbox[0]["id"]) == [{"n": 500}]
    told = rows_of(engine, "SELECT count(*) AS n FROM notifications WHERE alert_id = :id", id=inbox[0]["id"])
    assert told == [{"n": 1}]
    folded = rows_of(engine, "SELECT DISTINCT state, resolution, note FROM alerts WHERE room_id IS NOT NULL")
    assert all(row == {"state": "resolved", "resolution": "folded", "note": None} for row in folded)
    [alert] = alerts.alerts([inbox[0]["id"]])
    assert alert.title == "No electricity in 500 rooms"
    assert "500 of 500 rooms, since" in alert.why
    assert (alert.incidents, alert.room, alert.ongoing, alert.excess_kwh) == (500, None, True, -250.0)


def test_what_was_over_long_before_it_was_raised_is_for_the_record(
    engine: Engine, alerts: PostgresAlerts, hostel: Hostel
) -> None:
    over, going_on = opened(engine, hostel, 0), opened(engine, hostel, 1, number=2)
    with engine.begin() as connection:
        close = text("UPDATE incidents SET closed_at = last_at WHERE meter_id = :id")
        connection.execute(close, {"id": hostel.meters[0]})
    week_later = NOON + timedelta(days=7, hours=1)
    raise_alerts(over, ZONE, alerts, week_later)
    raise_alerts(going_on, ZONE, alerts, week_later)
    states = "SELECT state, resolution FROM alerts ORDER BY room_id"
    assert rows_of(engine, states) == [
        {"state": "resolved", "resolution": "history"},
        {"state": "open", "resolution": None},
    ]
    # Nothing more came of it, so that its meter's history ended there; what is of today stays.
    raise_alerts(opened(engine, hostel, 2, number=3), ZONE, alerts, week_later - timedelta(hours=2))
    raise_alerts(opened(engine, hostel, 3, number=4), ZONE, alerts, week_later + timedelta(hours=2))
    assert [row["state"] for row in rows_of(engine, states)] == ["resolved", "resolved", "open", "open"]


def test_what_a_replay_withdrew_counts_no_more(engine: Engine, alerts: PostgresAlerts, hostel: Hostel) -> None:
    raised = raise_alerts(opened(engine, hostel, 0), ZONE, alerts, NOON)
    with engine.begin() as connection:
        connection.execute(text("UPDATE incidents SET withdrawn_at = now()"))
    [alert] = alerts.alerts(raised.alert_ids)
    assert (alert.incidents, alert.ongoing, alert.peak_kw, alert.excess_kwh) == (0, False, 0, 0)
    with alerts.deciding(hostel.hostel_id) as decision:
        assert decision.open_alerts(hostel.rooms, NOON - HOUR, NOON) == []
