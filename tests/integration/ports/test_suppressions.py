"""`ports.suppressions`: what a hostel's people need not hear of."""

from datetime import timedelta

import pytest

from tests.fakes.people import FakeSuppressions
from tests.integration.ports.hostels import NOW, Hostels
from wattwarden.domain.anomalies import Kind
from wattwarden.domain.errors import InvalidError, NotFoundError
from wattwarden.domain.people import Role
from wattwarden.domain.suppressions import SuppressionRule

VERIFIES = [FakeSuppressions]
HOUR = timedelta(hours=1)


def test_what_counts_is_replaced_and_what_stays_keeps_its_id_and_who_set_it(hostels: Hostels) -> None:
    store, home = hostels.suppressions, hostels.home
    manager, admin = hostels.people[Role.MANAGER], hostels.people[Role.ADMIN]
    everywhere, mute = SuppressionRule(minimum_confidence=0.6), SuppressionRule(hostels.rooms[1], Kind.FLAT, muted=True)
    store.replace(home, [mute, everywhere], manager, NOW)
    first = {(one.room_id, one.kind): one for one in store.in_force(hostels.scope, home)}

    store.replace(home, [SuppressionRule(minimum_confidence=0.4), mute], admin, NOW + 2 * HOUR)

    hostel, room = store.in_force(hostels.scope, home)
    assert (hostel.room, hostel.kind, hostel.minimum_confidence, hostel.muted) == (None, None, 0.4, False)
    assert (hostel.set_by, hostel.set_at) == ("Admin", NOW + 2 * HOUR)
    assert hostel.suppression_id != first[None, None].suppression_id
    assert room == first[hostels.rooms[1], Kind.FLAT]
    assert (room.room, room.set_by, room.set_at) == ("A-2", "Manager", NOW)
    store.replace(home, [], admin, NOW + 3 * HOUR)
    assert store.in_force(None, home) == []


def test_suppressions_of_the_whole_hostel_come_first_then_those_of_rooms_by_name(hostels: Hostels) -> None:
    rooms = [SuppressionRule(hostels.rooms[n], muted=True) for n in (2, 0)]
    hostels.suppressions.replace(
        hostels.home, [*rooms, SuppressionRule(kind=Kind.FLAT, muted=True)], hostels.people[Role.MANAGER], NOW
    )
    found = hostels.suppressions.in_force(None, hostels.home)
    assert [(one.room, one.kind) for one in found] == [(None, Kind.FLAT), ("A-1", None), ("A-3", None)]


def test_a_room_of_another_hostel_and_a_foreign_hostel_are_refused(hostels: Hostels) -> None:
    store, manager = hostels.suppressions, hostels.people[Role.MANAGER]
    with pytest.raises(InvalidError):
        store.replace(hostels.home, [SuppressionRule(hostels.foreign_room, muted=True)], manager, NOW)
    with pytest.raises(NotFoundError):
        store.in_force(hostels.scope, hostels.foreign)
    assert store.in_force(hostels.scope, hostels.home) == []


def test_where_nothing_was_raised_nothing_was_told_or_kept_from_people(hostels: Hostels) -> None:
    assert hostels.suppressions.told(hostels.home, NOW) == []
    assert hostels.suppressions.untold(hostels.home, NOW) == []
