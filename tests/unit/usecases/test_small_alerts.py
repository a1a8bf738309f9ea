"""What is little waits for the digest of the day, and is told at once when it grows beyond the floor."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.fakes.alerts import FakeAlerts, FakeUntold
from tests.fakes.telemetry import FakeBus, FakeTelemetry
from tests.unit.usecases.test_alerts import MANAGER, NOW, WARDEN, incident, raised
from wattwarden.domain.anomalies import Incident, Kind, Severity
from wattwarden.domain.suppressions import SuppressionRule
from wattwarden.usecases.alerts.raise_alerts import raise_alerts
from wattwarden.usecases.alerts.untold import send_digests, tell_untold

MORNING = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)


def small(name: str, room: int = 204, severity: Severity = Severity.MEDIUM) -> Incident:
    of = incident(name, 1, room, severity, kind=Kind.EXCESS)
    return replace(of, peak_kw=0.43, excess_kwh=0.12, cost=Decimal("1.02"))


def tell(store: FakeAlerts, now: datetime) -> list[UUID]:
    """What the clock has decided over anew; the incidents named."""
    untold = FakeUntold(store)
    tell_untold(untold, FakeTelemetry(), FakeBus(broken=True), now)
    for event in untold.events:
        raise_alerts(event, "Asia/Kolkata", store, now)
    return [i for event in untold.events for i in event.incident_ids]


def test_one_rupee_is_an_alert_and_no_mail() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    answer = raised(store, "e1", small("a"))
    assert len(answer.alert_ids) == 1
    assert answer.messages == []
    assert tell(store, NOW) == []


def test_a_sagging_supply_is_mailed_whatever_it_uses() -> None:
    sag = replace(small("a"), kind=Kind.UNDERVOLTAGE, excess_kwh=0.0, cost=Decimal(0), reasons={"voltage": 171.6})
    assert len(raised(FakeAlerts(responsible=[WARDEN]), "e1", sag).messages) == 1


def test_what_grows_beyond_the_floor_is_told_within_the_minute_once() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    raised(store, "e1", small("a"))
    store.known[small("a").incident_id] = replace(small("a"), excess_kwh=1.3, cost=Decimal(11))
    assert tell(store, NOW + timedelta(minutes=1)) == [small("a").incident_id]
    [message] = store.messages.values()
    assert "1.3 kWh above expected, about INR 11" in message.body
    assert tell(store, NOW + timedelta(minutes=6)) == []


def test_a_step_whose_event_was_lost_is_told_by_the_clock() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    first = incident("a", 1, kind=Kind.EXCESS)
    raised(store, "e1", first)
    store.known[first.incident_id] = replace(first, severity=Severity.CRITICAL)
    assert tell(store, NOW) == [first.incident_id]
    assert [m.severity for m in store.messages.values()] == ["medium", "critical", "critical"]


def test_the_small_ones_come_together_in_the_morning_once() -> None:
    store = FakeAlerts(responsible=[WARDEN, MANAGER])
    raised(store, "e1", small("a"), small("b", 205))
    assert send_digests(FakeUntold(store), store, MORNING - timedelta(hours=1)) == 0
    assert send_digests(FakeUntold(store), store, MORNING) == 1
    assert send_digests(FakeUntold(store), store, MORNING + timedelta(minutes=1)) == 0
    [digest] = store.messages.values()
    assert (digest.user_id, digest.subject) == (1, "Digest: 2 alerts of small amounts")
    assert "B-204: More electricity than expected" in digest.body
    assert "B-205" in digest.body


def test_what_came_after_the_digest_waits_for_the_next_one() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    store.known |= {small("a").incident_id: small("a")}
    raised(store, "e1", small("a"))
    store.raised_at = dict.fromkeys(store.raised_at, MORNING + timedelta(minutes=5))
    assert send_digests(FakeUntold(store), store, MORNING + timedelta(hours=1)) == 0
    assert send_digests(FakeUntold(store), store, MORNING + timedelta(days=1)) == 1


def test_what_a_rule_hides_by_then_is_in_no_digest() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    raised(store, "e1", small("a"))
    store.rules.append(SuppressionRule(muted=True))
    assert send_digests(FakeUntold(store), store, MORNING) == 0
    assert tell(store, NOW) == []


def test_what_was_told_in_the_digest_is_told_again_when_it_grows() -> None:
    store = FakeAlerts(responsible=[WARDEN])
    raised(store, "e1", small("a"))
    send_digests(FakeUntold(store), store, MORNING)
    worse = replace(small("a", severity=Severity.HIGH), excess_kwh=9.0, cost=Decimal(80), last_at=MORNING)
    assert {m.channel for m in raised(store, "e2", worse).messages} == {"email", "sms"}
