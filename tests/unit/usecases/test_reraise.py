"""An incident that nobody was told of comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.fakes.telemetry import FakeBus
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.outbox import LostIncidents, Outbox
from wattwarden.usecases.alerts import reraise
from wattwarden.usecases.alerts.reraise import raise_again
from wattwarden.usecases.telemetry import judging

NOW = datetime(2026, 1, 31, 9, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class FakeLost(LostIncidents, Outbox):
    lost: list[tuple[int, UUID]]
    asked: list[tuple[datetime, datetime, datetime]] = field(default_factory=list)
    outbox: dict[str, IncidentsOpened] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)

    def unheld(self, since: datetime, until: datetime, quiet_since: datetime, limit: int) -> list[tuple[int, UUID]]:
        self.asked.append((since, until, quiet_since))
        return self.lost[:limit]

    def tell_again(self, events: Sequence[IncidentsOpened]) -> None:
        for event in events:
            self.outbox.setdefault(str(event.outbox_id), event)

    def mark_published(self, outbox_ids: Sequence[str]) -> None:
        self.published += outbox_ids

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        raise AssertionError(f"what was found is sent at once: {older_than_s}, {limit}")


def ids(*numbers: int) -> list[UUID]:
    return [UUID(int=number) for number in numbers]


def test_what_no_alert_holds_after_two_minutes_is_told_again_hostel_by_hostel() -> None:
    store, bus = FakeLost([(1, UUID(int=1)), (2, UUID(int=2)), (1, UUID(int=3))]), FakeBus()
    assert raise_again(store, store, bus, NOW) == 3
    assert store.asked == [(NOW - timedelta(days=7), NOW - 2 * MINUTE, NOW - 5 * MINUTE)]
    assert [(e.hostel_id, e.incident_ids) for e in bus.events] == [(1, ids(1, 3)), (2, ids(2))]
    assert store.published == list(store.outbox)


def test_nothing_lost_is_nothing_sent() -> None:
    store, bus = FakeLost([]), FakeBus()
    assert raise_again(store, store, bus, NOW) == 0
    assert (bus.events, store.outbox) == ([], {})


def test_an_event_holds_as_many_incidents_as_one_of_new_ones() -> None:
    assert reraise.INCIDENTS_PER_EVENT == judging.INCIDENTS_PER_EVENT
    store, bus = FakeLost([(1, UUID(int=n)) for n in range(250)]), FakeBus()
    raise_again(store, store, bus, NOW)
    assert [len(event.incident_ids) for event in bus.events] == [100, 100, 50]


def test_two_sweeps_within_five_minutes_write_the_same_event_and_a_later_one_another() -> None:
    store = FakeLost([(1, UUID(int=1))])
    for minutes in (0, 1, 3, 4):
        raise_again(store, store, FakeBus(), NOW + minutes * MINUTE)
    assert len(store.outbox) == 2


def test_what_the_bus_does_not_take_stays_in_the_outbox() -> None:
    store = FakeLost([(1, UUID(int=1))])
    assert raise_again(store, store, FakeBus(broken=True), NOW) == 1
    assert (len(store.outbox), store.published) == (1, [])
