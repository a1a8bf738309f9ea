"""The consumer tells of an incident when it opens and at each severity that it reaches, once."""

from uuid import UUID

import numpy as np
import pytest

from tests.fakes.telemetry import FakeBus, FakeTelemetry
from tests.unit.detection.streams import ordinary_room
from tests.unit.usecases.hostel_stream import context, record, run, store_of
from wattwarden.domain.anomalies import Severity
from wattwarden.domain.meters import Meters
from wattwarden.usecases.telemetry.judging import incidents_opened

WEEKS = 24 * 21
HEATER_H = 8
CONTEXT = context(1)


@pytest.fixture
def store() -> FakeTelemetry:
    """Three weeks of a room as it is."""
    filled = store_of(CONTEXT)
    run(filled, record("past", [("M1", hour, kwh) for hour, kwh in enumerate(ordinary_room(1, WEEKS).tolist())]))
    filled.anomalies.clear()
    return filled


def test_a_heater_sent_hour_by_hour_is_told_of_at_each_severity(store: FakeTelemetry) -> None:
    bus = FakeBus()
    told: list[tuple[UUID, Severity]] = []
    for hour in range(HEATER_H):
        before = len(bus.events)
        run(store, record(f"h{hour}", [("M1", WEEKS + hour, 3.5)]), bus=bus)
        told += [(i, _severity(store, i)) for event in bus.events[before:] for i in event.incident_ids]

    assert [severity for _, severity in told] == [Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
    assert len({incident for incident, _ in told}) == 1
    assert len({event.outbox_id for event in bus.events}) == 3


def test_the_same_growth_is_the_same_event_and_what_a_batch_holds_of_an_incident_is_told_once(
    store: FakeTelemetry,
) -> None:
    bus = FakeBus()
    run(store, record("all", [("M1", WEEKS + hour, 3.5) for hour in range(HEATER_H)]), bus=bus)
    [event] = bus.events
    [incident] = event.incident_ids
    assert _severity(store, incident) is Severity.CRITICAL
    again = incidents_opened(list(store.anomalies.values()), Meters.of([CONTEXT]), event.detected_at)
    assert [e.outbox_id for e in again] == [event.outbox_id]


def _severity(store: FakeTelemetry, incident: UUID) -> Severity:
    found = [a.severity for a in store.anomalies.values() if a.incident_id == incident]
    return found[int(np.argmax([s.rank for s in found]))]
