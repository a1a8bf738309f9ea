"""Suppressions with a past, what they kept from people, and what comes back."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from tests.integration.hostel import Hostel, anomaly, rows_of
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.alerts.responses import PostgresResponses
from wattwarden.adapters.postgres.alerts.suppressions import PostgresSuppressions
from wattwarden.adapters.postgres.telemetry.outbox import PostgresOutbox
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Kind, incident_id
from wattwarden.domain.people import Principal, Role
from wattwarden.domain.suppressions import SuppressionRule
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.alerts.raise_alerts import raise_alerts
from wattwarden.usecases.alerts.suppressions import release

HOUR = timedelta(hours=1)


@pytest.fixture
def world(engine: Engine) -> World:
    return World.create(engine)


@pytest.fixture
def manager(world: World) -> Principal:
    return world.people[Role.MANAGER]


def test_what_counts_is_replaced_what_counted_stays_on_record(world: World, manager: Principal) -> None:
    store, home = PostgresSuppressions(world.engine), world.home
    everywhere, mute = SuppressionRule(minimum_confidence=0.6), SuppressionRule(home.rooms[1], Kind.FLAT, muted=True)
    store.replace(home.hostel_id, [mute, everywhere], manager, NOW)
    store.replace(home.hostel_id, [everywhere, mute], manager, NOW + HOUR)  # nothing changes
    before = {(t.room_id, t.kind): t.suppression_id for t in store.in_force(world.scope, home.hostel_id)}
    louder = SuppressionRule(minimum_confidence=0.4)
    store.replace(home.hostel_id, [louder, mute], manager, NOW + 2 * HOUR)

    ended = rows_of(world.engine, "SELECT id, minimum_confidence FROM suppressions WHERE ended_at IS NOT NULL")
    assert ended == [{"id": before[None, None], "minimum_confidence": 0.6}]
    audit = rows_of(world.engine, "SELECT action, detail->'ended' AS ended FROM audit_log ORDER BY id")
    assert [(row["action"], row["ended"]) for row in audit] == [
        ("suppressions", []),
        ("suppressions", [before[None, None]]),
    ]


def test_last_months_alerts_come_with_their_incidents_and_the_last_word(world: World, manager: Principal) -> None:
    store = PostgresSuppressions(world.engine)
    for number, age in ((1, 3), (2, 1), (3, 40)):
        alert = world.add_alert(number, NOW - timedelta(days=age))
        world.add_incident(10 + number, alert, peak_kw=1.0 + number)
    world.add_incident(20, world.add_alert(9, NOW, hostel=world.foreign), hostel=world.foreign)
    world.add_incident(14, world.add_alert(2000, NOW - timedelta(days=3, hours=1)))
    world.add_incident(15, None)
    responses = PostgresResponses(world.engine)
    for verdict in ("expected", "real"):
        responses.say(UUID(int=1), manager, verdict, None, NOW)  # type: ignore[arg-type]

    told = store.told(world.home.hostel_id, NOW - timedelta(days=30))

    assert [(a.alert_id.int, a.verdict, [i.peak_kw for i in a.incidents]) for a in told] == [
        (2, None, [3.0]),
        (1, "real", [2.0]),
        (2000, None, [2.0]),
    ]


def test_an_incident_of_unknown_energy_is_told_whatever_the_minimum_excess(world: World, manager: Principal) -> None:
    suppressions, alerts = PostgresSuppressions(world.engine), PostgresAlerts(world.engine)
    suppressions.replace(world.home.hostel_id, [SuppressionRule(minimum_excess_kw=1.6)], manager, NOW)
    unknown = {"peak_kw": None, "excess_kwh": None, "cost": None}
    world.add_incident(11, None, kind="undervoltage", reasons={"voltage": 171.6}, **unknown)
    opened = IncidentsOpened(
        outbox_id=UUID(int=1), hostel_id=world.home.hostel_id, incident_ids=[UUID(int=11)], detected_at=NOW
    )

    [alert] = alerts.alerts(raise_alerts(opened, "Asia/Kolkata", alerts, NOW).alert_ids)

    assert "172 V" in alert.why
    assert alert.measured.model_dump() == {"quantity": "voltage", "value": 171.6, "expected": None}
    assert (alert.peak_kw, alert.excess_kwh, alert.cost) == (None, None, None)
    [told] = suppressions.told(world.home.hostel_id, NOW - HOUR)
    assert [(i.peak_kw, i.excess_kwh, i.cost) for i in told.incidents] == [(None, None, None)]


def test_a_hidden_incident_comes_back_when_it_grew(
    engine: Engine, store: PostgresTelemetry, world: World, manager: Principal
) -> None:
    home: Hostel = world.home
    suppressions, alerts, outbox = PostgresSuppressions(engine), PostgresAlerts(engine), PostgresOutbox(engine)
    suppressions.replace(home.hostel_id, [SuppressionRule(kind=Kind.EXCESS, minimum_excess_kw=1.6)], manager, NOW)
    [rule] = suppressions.in_force(None, home.hostel_id)
    meter = home.meters[0]
    store.commit(Effects(anomalies=[anomaly(meter, NOW, NOW)]))  # 2.0 kW against 0.5 kW
    opened = IncidentsOpened(
        outbox_id=incident_id(0, NOW), hostel_id=home.hostel_id, incident_ids=[incident_id(meter, NOW)], detected_at=NOW
    )

    assert raise_alerts(opened, "Asia/Kolkata", alerts, NOW).alert_ids == []
    assert rows_of(engine, "SELECT suppressed_by, alert_id FROM incidents") == [
        {"suppressed_by": rule.suppression_id, "alert_id": None}
    ]
    assert [i.incident_id for i in suppressions.untold(home.hostel_id, NOW - HOUR)] == opened.incident_ids
    assert release(suppressions, NOW) == 0

    store.commit(Effects(anomalies=[anomaly(meter, NOW + HOUR, NOW, actual_kwh=3.0)]))
    assert release(suppressions, NOW + HOUR) == 1
    assert release(suppressions, NOW + HOUR) == 1  # until it was raised
    [event] = outbox.unpublished(0, 10)
    assert event.incident_ids == opened.incident_ids
    assert len(raise_alerts(event, "Asia/Kolkata", alerts, NOW + HOUR).alert_ids) == 1
    assert rows_of(engine, "SELECT suppressed_by FROM incidents") == [{"suppressed_by": None}]
    assert release(suppressions, NOW + HOUR) == 0
