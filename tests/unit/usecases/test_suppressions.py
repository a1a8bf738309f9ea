"""A suppression rule is tried on last month before it counts, and what it hides is not lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.alerts import FakeAlerts
from tests.fakes.api import HOME, HOME_ROOM, PEOPLE, world
from tests.unit.usecases.test_alerts import NOW, incident, raised
from wattwarden.contracts.api.suppressions import SuppressionIn
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.alerts import ToldAlert, Verdict
from wattwarden.domain.anomalies import NAMESPACE, Incident, Kind, Severity
from wattwarden.domain.people import Role
from wattwarden.domain.suppressions import SuppressionRule as Rule
from wattwarden.domain.suppressions import suppressing
from wattwarden.ports.suppressions import SuppressedStore
from wattwarden.usecases.alerts.suppressions import preview, release, set_suppressions

MANAGER = PEOPLE[Role.MANAGER]


def heater(kw: float, *, name: str = "i", room: int = 204, confidence: float = 0.9, hours_ago: float = 1) -> Incident:
    """An incident of high consumption, so many kW above what was expected."""
    return replace(
        incident(name, hours_ago, room, kind=Kind.EXCESS), peak_kw=0.3 + kw, expected_kw=0.3, confidence=confidence
    )


@pytest.mark.parametrize(
    ("rules", "hidden"),
    [
        ([], False),
        ([Rule(minimum_excess_kw=0.5)], True),
        ([Rule(minimum_excess_kw=0.3)], False),
        ([Rule(minimum_confidence=0.95)], True),
        ([Rule(kind=Kind.EXCESS, muted=True)], True),
        ([Rule(kind=Kind.ZERO, muted=True)], False),
        ([Rule(room_id=9, muted=True)], False),
        # the closest rule counts alone
        ([Rule(minimum_excess_kw=0.5), Rule(room_id=204, minimum_excess_kw=0.1)], False),
        (
            [
                Rule(kind=Kind.EXCESS, minimum_excess_kw=0.5),
                Rule(room_id=204, minimum_confidence=0.1),
            ],
            False,
        ),
        (
            [
                Rule(room_id=204, kind=Kind.EXCESS, muted=True),
                Rule(room_id=204, minimum_confidence=0),
            ],
            True,
        ),
    ],
)
def test_the_closest_suppression_rule_counts(rules: list[Rule], hidden: bool) -> None:  # noqa: FBT001
    assert (suppressing(heater(0.4), rules) is not None) == hidden


def test_what_is_critical_passes_every_limit_but_not_a_mute() -> None:
    critical = replace(heater(0.1, confidence=0.1), severity=Severity.CRITICAL)
    assert suppressing(critical, [Rule(minimum_confidence=1, minimum_excess_kw=99)]) is None
    assert suppressing(critical, [Rule(muted=True)]) is not None


def test_a_minimum_excess_says_nothing_about_a_meter_that_shows_too_little() -> None:
    assert suppressing(replace(heater(-0.3), kind=Kind.ZERO), [Rule(minimum_excess_kw=0.5)]) is None


def test_an_unknown_excess_is_not_below_a_minimum() -> None:
    unknown = replace(heater(0.1, confidence=0.9), peak_kw=None, excess_kwh=None, cost=None)
    assert suppressing(unknown, [Rule(minimum_excess_kw=0.5)]) is None
    assert suppressing(unknown, [Rule(minimum_excess_kw=0.5, minimum_confidence=0.95)]) is not None
    assert suppressing(unknown, [Rule(muted=True)]) is not None


kw = st.floats(0, 5)


@given(excess=kw, confidence=st.floats(0, 1), least=kw, more=kw, sure=st.floats(0, 1))
def test_a_stricter_rule_never_shows_more(
    excess: float, confidence: float, least: float, more: float, sure: float
) -> None:
    found = heater(excess, confidence=confidence)
    loose = Rule(minimum_excess_kw=least, minimum_confidence=sure)
    strict = replace(loose, minimum_excess_kw=least + more)
    assert suppressing(found, [loose]) is None or suppressing(found, [strict]) is not None


def told(number: int, verdict: Verdict | None, *incidents: Incident) -> ToldAlert:
    return ToldAlert(UUID(int=number), Kind.EXCESS, 204, verdict, incidents)


def test_a_preview_counts_what_would_have_been_hidden_and_missed() -> None:
    store = world().suppressions
    store.alerts[HOME] = [
        told(1, "real", heater(0.2, name="a")),
        told(2, "expected", heater(0.3, name="b")),
        told(3, None, heater(0.1, name="c"), heater(2.0, name="d")),  # it grew: people would have heard of it
        told(4, "real", heater(1.5, name="e")),
        told(5, "real", heater(0.2, name="f", hours_ago=24 * 31)),
    ]
    store.hidden[HOME] = [heater(0.2, name="g"), heater(0.9, name="h")]
    effect = preview(HOME, [SuppressionIn(minimum_excess_kw=0.5)], MANAGER, store, NOW)
    assert (effect.days, effect.alerts, effect.hidden, effect.missed, effect.revealed) == (30, 4, 2, 1, 1)
    assert [(a.alert_id.int, a.title, a.verdict, a.excess_kw) for a in effect.hidden_alerts] == [
        (1, "More electricity than expected", "real", pytest.approx(0.2)),
        (2, "More electricity than expected", "expected", pytest.approx(0.3)),
    ]
    assert store.kept == {}, "it was only tried"


def test_a_preview_tells_the_largest_excess_that_is_known_and_none_where_no_excess_is() -> None:
    store = world().suppressions
    unknown = replace(heater(0.2, name="a", room=9), peak_kw=None, excess_kwh=None, cost=None)
    store.alerts[HOME] = [told(1, None, unknown), told(2, None, unknown, heater(-0.1, name="b"))]
    effect = preview(HOME, [SuppressionIn(muted=True)], MANAGER, store, NOW)
    assert [(a.room, a.excess_kw) for a in effect.hidden_alerts] == [("B-9", None), ("B-204", pytest.approx(-0.1))]


def test_setting_suppressions_replaces_those_before() -> None:
    store = world().suppressions
    first = set_suppressions(HOME, [SuppressionIn(minimum_confidence=0.5)], MANAGER, store, NOW)
    assert first.suppressions[0].set_by == "Manager"
    second = set_suppressions(HOME, [SuppressionIn(room_id=HOME_ROOM, muted=True)], MANAGER, store, NOW)
    assert [(t.room, t.muted) for t in second.suppressions] == [(f"A-{HOME_ROOM}", True)]


def test_a_hidden_incident_is_noted_with_its_suppression_rule_and_raises_nothing() -> None:
    store = FakeAlerts(rules=[Rule(minimum_excess_kw=0.5, suppression_id=7)])
    small, large = heater(0.2, name="a"), heater(2.0, name="b", room=205)
    answer = raised(store, "e1", small, large)
    assert len(answer.alert_ids) == 1
    assert store.hidden_by == {small.incident_id: 7, large.incident_id: None}
    assert small.incident_id not in store.alert_of


def test_hidden_incidents_make_no_wave() -> None:
    store = FakeAlerts(rules=[Rule(minimum_excess_kw=0.5, suppression_id=7)], metered={"B": 8})
    store.known |= {i.incident_id: i for i in (heater(0.1, name=f"n{n}", room=300 + n) for n in range(6))}
    answer = raised(store, "e1", heater(2.0, name="b", room=205))
    [draft] = [store.drafts[alert_id] for alert_id in answer.alert_ids]
    assert draft.room_id == 205


@dataclass
class FakeSuppressed(SuppressedStore):
    waiting: list[tuple[Incident, Sequence[Rule]]]
    since: datetime | None = None
    released: list[IncidentsOpened] = field(default_factory=list)

    def suppressed(self, since: datetime) -> list[tuple[Incident, Sequence[Rule]]]:
        self.since = since
        return self.waiting

    def release(self, events: Sequence[IncidentsOpened]) -> None:
        self.released += events


def test_what_grew_beyond_its_suppression_rule_is_told_and_then_raised() -> None:
    rules = [Rule(minimum_excess_kw=0.5, suppression_id=7)]
    grown, small = heater(0.8, name="a"), heater(0.2, name="b")
    store = FakeSuppressed([(grown, rules), (small, rules)])
    assert release(store, NOW) == 1
    assert store.since == NOW - timedelta(days=1)
    [event] = store.released
    assert event.incident_ids == [grown.incident_id]
    alerts = FakeAlerts(rules=rules)
    assert raised(alerts, "release", grown).alert_ids
    assert alerts.hidden_by[grown.incident_id] is None


def test_a_second_look_at_the_same_incident_is_the_same_event_and_one_that_grew_another() -> None:
    grown = heater(0.8)
    ids = set()
    for found, rule in ((grown, 7), (grown, 7), (grown, 8), (replace(grown, last_at=NOW), 7)):
        store = FakeSuppressed([(found, [Rule(minimum_excess_kw=0.5, suppression_id=rule)])])
        release(store, NOW)
        ids.add(store.released[0].outbox_id)
    assert len(ids) == 3
    assert uuid5(NAMESPACE, "x") not in ids
