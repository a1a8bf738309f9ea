"""An alert that gets worse is told again: once at each severity, to whoever hears of that one, in the words of then."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.fakes.alerts import FakeAlerts
from tests.unit.usecases.test_alerts import MANAGER, WARDEN, Raised, incident, raised
from wattwarden.contracts.events import Message
from wattwarden.domain.anomalies import Incident, Kind, Severity

HEATER = incident("heater", 8, kind=Kind.EXCESS)


def grown(severity: Severity, hours: float, kwh: float, money: int) -> Incident:
    last_at = HEATER.started_at + timedelta(hours=hours)
    return replace(HEATER, severity=severity, last_at=last_at, peak_kw=3.5, excess_kwh=kwh, cost=Decimal(money))


def who(answer: Raised) -> set[tuple[int, str]]:
    return {(d.user_id, d.channel) for d in answer.messages}


def of_warden(answer: Raised) -> Message:
    return next(d for d in answer.messages if (d.user_id, d.channel) == (1, "email"))


@pytest.mark.parametrize("acknowledged", [False, True])
def test_each_severity_is_told_once_to_whoever_hears_of_it(acknowledged: bool) -> None:  # noqa: FBT001 (a case)
    store = FakeAlerts(responsible=[WARDEN, MANAGER])
    first = raised(store, "medium", grown(Severity.MEDIUM, 0, 3.4, 29))
    store.acknowledged |= set(first.alert_ids) if acknowledged else set()
    high = raised(store, "high", grown(Severity.HIGH, 2, 10.1, 86))
    critical = raised(store, "critical", grown(Severity.CRITICAL, 6, 23.5, 200))

    assert who(first) == {(1, "email")}
    assert who(high) == who(critical) == {(1, "email"), (1, "sms"), (2, "email")}
    assert first.alert_ids == high.alert_ids == critical.alert_ids
    assert of_warden(high).subject == "[HIGH] B-204: More electricity than expected"
    assert "10.1 kWh above expected, about INR 86" in of_warden(high).body
    assert "23.5 kWh above expected, about INR 200" in of_warden(critical).body
    assert "3.4 kWh" not in of_warden(critical).body


def test_events_that_come_again_or_late_tell_nothing_twice() -> None:
    store = FakeAlerts(responsible=[WARDEN, MANAGER])
    raised(store, "medium", grown(Severity.MEDIUM, 0, 3.4, 29))
    assert raised(store, "high", grown(Severity.CRITICAL, 6, 23.5, 200)).messages  # two steps, one event
    for name in ("medium", "high", "critical"):
        assert raised(store, name, grown(Severity.CRITICAL, 6, 23.5, 200)).messages == []


def test_a_step_that_fell_out_while_the_first_was_being_told_is_told() -> None:
    """The consumer made the alert worse before anybody was told of the first severity: the first message says so."""
    store = FakeAlerts(responsible=[WARDEN, MANAGER])
    assert who(raised(store, "medium", grown(Severity.HIGH, 2, 10.1, 86))) == {(1, "email"), (1, "sms"), (2, "email")}


def test_a_room_that_gets_worse_by_another_incident_is_told_with_all_its_energy() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    raised(store, "e1", grown(Severity.HIGH, 2, 10.1, 86))
    again = replace(incident("again", 4, kind=Kind.EXCESS), severity=Severity.CRITICAL, excess_kwh=30.0)
    assert "40.1 kWh above expected" in of_warden(raised(store, "e2", again)).body


def test_a_wave_that_gets_worse_is_told_again() -> None:
    store = FakeAlerts(responsible=[WARDEN], metered={"B": 8})
    members = [replace(incident(f"w{n}", 2, room=n, kind=Kind.EXCESS)) for n in range(6)]
    first = raised(store, "e1", *members)
    assert {d.severity for d in first.messages} == {Severity.HIGH}
    worse = replace(members[0], severity=Severity.CRITICAL)
    assert {d.severity for d in raised(store, "e2", worse).messages} == {Severity.CRITICAL}


def test_the_first_message_of_a_fault_names_it() -> None:
    """A sagging supply after something merely unusual is news of its own."""
    store = FakeAlerts(responsible=[WARDEN])
    raised(store, "e1", incident("odd", 2, kind=Kind.PATTERN))
    sag = replace(incident("sag", 1, kind=Kind.UNDERVOLTAGE), reasons={"voltage": 171.6})
    [mail] = raised(store, "e2", sag).messages
    assert mail.subject == "[MEDIUM] B-204: Voltage far too low"
