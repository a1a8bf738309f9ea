"""Incidents whose fan-out ended without an alert, on the real database."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from tests.fakes.telemetry import FakeBus
from tests.integration.hostel import Hostel, anomaly, at, rows_of
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.telemetry.outbox import PostgresOutbox
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import incident_id
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.alerts.raise_alerts import raise_alerts
from wattwarden.usecases.alerts.reraise import raise_again

NOON = at("2026-07-01T12:00")
ZONE = "Asia/Kolkata"
MINUTE = timedelta(minutes=1)


def opened(store: PostgresTelemetry, hostel: Hostel, *rooms: int) -> IncidentsOpened:
    """An incident in each of these rooms, with the event of the same transaction, which the bus took."""
    meters = [hostel.meters[room] for room in rooms]
    event = IncidentsOpened(
        outbox_id=UUID(int=meters[0]),
        hostel_id=hostel.hostel_id,
        incident_ids=[incident_id(meter, NOON) for meter in meters],
        detected_at=NOON,
    )
    store.commit(Effects(anomalies=[anomaly(meter, NOON, NOON) for meter in meters], events=[event]))
    store.mark_published([str(event.outbox_id)])
    return event


@pytest.fixture
def now(engine: Engine) -> datetime:
    """The database's clock stamps incidents and events."""
    found: datetime = rows_of(engine, "SELECT now() AS now")[0]["now"]
    return found


def unheld(outbox: PostgresOutbox, now: datetime, limit: int = 100) -> list[UUID]:
    return [incident for _, incident in outbox.unheld(now - timedelta(days=7), now, now - 5 * MINUTE, limit)]


def test_an_incident_whose_fan_out_failed_for_good_gets_its_alert_once(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, now: datetime
) -> None:
    lost = opened(store, hostel, 0)
    outbox, alerts, bus = PostgresOutbox(engine), PostgresAlerts(engine), FakeBus()

    assert raise_again(outbox, outbox, bus, now + MINUTE) == 0, "it may still be on its way"
    assert raise_again(outbox, outbox, bus, now + 3 * MINUTE) == 1
    assert raise_again(outbox, outbox, bus, now + 4 * MINUTE) == 0, "it is on its way again"
    [event] = bus.events
    assert event.incident_ids == lost.incident_ids
    assert outbox.unpublished(0, 10) == []

    first, second = (raise_alerts(event, ZONE, alerts, NOON) for _ in range(2))
    assert len(first.alert_ids) == 1
    assert first == second
    assert raise_again(outbox, outbox, bus, now + 30 * MINUTE) == 0
    assert rows_of(engine, "SELECT count(*) AS n FROM alerts") == [{"n": 1}]


def test_what_still_has_no_alert_after_five_minutes_is_told_once_more(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, now: datetime
) -> None:
    opened(store, hostel, 0)
    outbox, bus = PostgresOutbox(engine), FakeBus()
    assert [raise_again(outbox, outbox, bus, now + minutes * MINUTE) for minutes in (3, 4, 9)] == [1, 0, 1]
    assert len({event.outbox_id for event in bus.events}) == 2


def test_what_is_hidden_withdrawn_held_old_or_about_to_be_sent_is_left_alone(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, now: datetime
) -> None:
    hidden, withdrawn, held, waiting = (opened(store, hostel, room) for room in range(4))
    raise_alerts(held, ZONE, PostgresAlerts(engine), NOON)
    with engine.begin() as connection:

        def change(sql: str, event: IncidentsOpened) -> None:
            connection.execute(text(sql), {"id": event.incident_ids[0]})

        change("UPDATE incidents SET withdrawn_at = now() WHERE id = :id", withdrawn)
        change(
            "WITH somebody AS (INSERT INTO users (email, name, role) VALUES ('m@x.example', 'M', 'manager')"
            " RETURNING id), rule AS (INSERT INTO suppressions (hostel_id, muted, set_by)"
            f" SELECT {hostel.hostel_id}, true, id FROM somebody RETURNING id)"
            " UPDATE incidents SET suppressed_by = rule.id FROM rule WHERE incidents.id = :id",
            hidden,
        )
        change(
            "UPDATE outbox SET published_at = NULL WHERE payload -> 'incident_ids' ->> 0 = CAST(:id AS text)", waiting
        )
    outbox = PostgresOutbox(engine)
    assert unheld(outbox, now + 3 * MINUTE) == []

    outbox.mark_published([str(waiting.outbox_id)])
    assert unheld(outbox, now + 3 * MINUTE) == waiting.incident_ids
    assert unheld(outbox, now + timedelta(days=8)) == []


def test_hostels_take_turns(engine: Engine, store: PostgresTelemetry, hostel: Hostel, now: datetime) -> None:
    other = Hostel.create(engine, "other", "Europe/Berlin", rooms=1)
    many, single = opened(store, hostel, 0, 1, 2), opened(store, other, 0)
    found = unheld(PostgresOutbox(engine), now + 3 * MINUTE, limit=2)
    assert {*found} & {*many.incident_ids}
    assert {*found} & {*single.incident_ids}
