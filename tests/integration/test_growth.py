"""A fault that gets worse, hour by hour, on the real database: every step is told once, in the numbers of then."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine, insert, text

from tests.fakes.telemetry import FakeBus
from tests.integration.hostel import Hostel, anomaly, at, rows_of
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.alerts.untold import PostgresUntold
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened, RaisedAlerts
from wattwarden.domain.anomalies import Severity, incident_id
from wattwarden.domain.floors import Floor
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.alerts.raise_alerts import raise_alerts
from wattwarden.usecases.alerts.untold import send_digests, tell_untold

NOON = at("2026-07-01T12:00")
ZONE = "Asia/Kolkata"
STEPS = {0: Severity.MEDIUM, 2: Severity.HIGH, 5: Severity.CRITICAL}


def hour(engine: Engine, hostel: Hostel, n: int, told: Severity) -> IncidentsOpened:
    """One more hour of 3.5 kW where 0.5 kW is usual, and the event that its commit wrote."""
    now = NOON + timedelta(hours=n)
    found = anomaly(
        hostel.meters[0], now, NOON, severity=told, actual_kwh=3.5, expected_kwh=0.5, excess_kwh=3.0, grows=n in STEPS
    )
    PostgresTelemetry(engine).commit(Effects(anomalies=[found]))
    return IncidentsOpened(
        outbox_id=incident_id(n, now),
        hostel_id=hostel.hostel_id,
        incident_ids=[incident_id(hostel.meters[0], NOON)],
        detected_at=now,
    )


def people(engine: Engine, hostel: Hostel) -> None:
    with engine.begin() as connection:
        for role in ("warden", "manager"):
            person = {"email": f"{role}@x.example", "name": role, "role": role, "phone": "+911234567890"}
            user_id = connection.execute(insert(t.users).values(person).returning(t.users.c.id)).scalar_one()
            connection.execute(insert(t.user_hostels).values(user_id=user_id, hostel_id=hostel.hostel_id))


def messages(engine: Engine) -> list[str]:
    """Who was told what over which channel, in the order of the messages."""
    rows = rows_of(
        engine,
        "SELECT u.name, n.channel, n.severity, substring(n.message FROM '[0-9.]+ kWh above') AS energy"
        " FROM notifications n JOIN users u ON u.id = n.user_id ORDER BY n.queued_at",
    )
    return [f"{row['name']} {row['channel']} {row['severity']} {row['energy']}" for row in rows]


def test_every_severity_is_told_once_in_the_numbers_of_then(engine: Engine, hostel: Hostel) -> None:
    people(engine, hostel)
    alerts = PostgresAlerts(engine)

    def tell(event: IncidentsOpened, n: int) -> RaisedAlerts:
        return raise_alerts(event, ZONE, alerts, NOON + timedelta(hours=n))

    said = []
    severity = Severity.MEDIUM
    for n in range(8):
        severity = STEPS.get(n, severity)
        event = hour(engine, hostel, n, severity)
        said.append(event)
        tell(event, n)
        if n == 1:
            with engine.begin() as connection:
                connection.execute(text("UPDATE alerts SET state = 'acknowledged', acknowledged_at = now()"))
    wanted = [
        "warden email medium 3.0 kWh above",
        "warden email high 9.0 kWh above", "warden sms high 9.0 kWh above",
        "manager email high 9.0 kWh above", "manager sms high 9.0 kWh above",
        "warden email critical 18.0 kWh above", "warden sms critical 18.0 kWh above",
        "manager email critical 18.0 kWh above", "manager sms critical 18.0 kWh above",
    ]  # fmt: skip
    assert messages(engine) == wanted

    for n, event in enumerate(said):
        tell(event, n)
    assert messages(engine) == wanted
    assert rows_of(engine, "SELECT state, severity, told_severity FROM alerts") == [
        {"state": "acknowledged", "severity": "critical", "told_severity": "critical"}
    ]


def test_what_grew_before_anybody_was_told_is_told_as_it_is(engine: Engine, hostel: Hostel) -> None:
    people(engine, hostel)
    opened = hour(engine, hostel, 0, Severity.MEDIUM)
    grown = hour(engine, hostel, 2, Severity.HIGH)
    for event in (opened, grown):
        raise_alerts(event, ZONE, PostgresAlerts(engine), NOON)
    assert {line.split()[2] for line in messages(engine)} == {"high"}
    assert len(messages(engine)) == 4


def test_an_alert_that_is_resolved_says_no_more(engine: Engine, hostel: Hostel) -> None:
    people(engine, hostel)
    raise_alerts(hour(engine, hostel, 0, Severity.MEDIUM), ZONE, PostgresAlerts(engine), NOON)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alerts SET state = 'resolved'"))
    raise_alerts(hour(engine, hostel, 2, Severity.HIGH), ZONE, PostgresAlerts(engine), NOON)
    assert len(messages(engine)) == 1


def test_what_is_below_the_hostels_floor_waits_and_is_found_once_it_grew(engine: Engine, hostel: Hostel) -> None:
    people(engine, hostel)
    meter, now = hostel.meters[0], rows_of(engine, "SELECT now() AS now")[0]["now"]
    store, alerts, untold, bus = PostgresTelemetry(engine), PostgresAlerts(engine), PostgresUntold(engine), FakeBus()
    little = anomaly(meter, now, now, actual_kwh=0.62, expected_kwh=0.5, excess_kwh=0.12)
    store.commit(Effects(anomalies=[little]))
    opened = IncidentsOpened(
        outbox_id=UUID(int=1), hostel_id=hostel.hostel_id, incident_ids=[incident_id(meter, now)], detected_at=now
    )
    assert len(raise_alerts(opened, ZONE, alerts, now).alert_ids) == 1
    assert (messages(engine), tell_untold(untold, store, bus, now)) == ([], 0)
    tomorrow = now + timedelta(days=1)
    [found] = untold.untold(now - timedelta(hours=1))
    assert (found.timezone, found.floor, found.alert.told) == (ZONE, Floor(1.0, None), None)

    later = now + timedelta(hours=1)
    store.commit(Effects(anomalies=[anomaly(meter, later, now, actual_kwh=2.0, expected_kwh=0.5, excess_kwh=1.5)]))
    assert tell_untold(untold, store, bus, later) == 1
    raise_alerts(bus.events[0], ZONE, alerts, later)
    assert messages(engine) == ["warden email medium 1.6 kWh above"]
    assert tell_untold(untold, store, bus, later + timedelta(minutes=6)) == 0
    assert send_digests(untold, alerts, tomorrow) == 0


def test_the_digest_tells_what_is_still_small_once(engine: Engine, hostel: Hostel) -> None:
    people(engine, hostel)
    now = rows_of(engine, "SELECT now() AS now")[0]["now"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE hostels SET told_from_kwh = 50, told_from_cost = 100"))
    meter = hostel.meters[0]
    PostgresTelemetry(engine).commit(Effects(anomalies=[anomaly(meter, now, now)]))
    opened = IncidentsOpened(
        outbox_id=UUID(int=1), hostel_id=hostel.hostel_id, incident_ids=[incident_id(meter, now)], detected_at=now
    )
    alerts, untold = PostgresAlerts(engine), PostgresUntold(engine)
    raise_alerts(opened, ZONE, alerts, now)
    assert [send_digests(untold, alerts, now + timedelta(days=days)) for days in (1, 2)] == [1, 0]
    assert rows_of(engine, "SELECT subject, alert_id FROM notifications") == [
        {"subject": "Digest: 1 alert of small amounts", "alert_id": None}
    ]
