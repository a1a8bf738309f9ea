"""`ports.redrive`: what waits in quarantine is handed out once, oldest first, within the scope."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.fakes.people import FakeRedrives
from tests.integration.ports.hostels import NOW, Hostels
from wattwarden.domain.errors import BusyError, NotFoundError
from wattwarden.domain.people import Role
from wattwarden.ports.redrive import RedriveCounts, WaitingItem

VERIFIES = [FakeRedrives]


@pytest.fixture
def items(hostels: Hostels) -> list[int]:
    """Three of the home hostel, the youngest noted first; one of another reason, one foreign, one of no hostel."""
    kinds = [(hostels.home, "unknown_meter")] * 3
    kinds += [(hostels.home, "other"), (hostels.foreign, "unknown_meter")]
    found = [
        hostels.add_waiting(NOW - timedelta(minutes=n), reason, hostel_id=hostel_id)
        for n, (hostel_id, reason) in enumerate(kinds)
    ]
    return [*found, hostels.add_waiting(NOW + timedelta(minutes=1))]


def everything(items: Sequence[WaitingItem]) -> list[int]:
    return [item.quarantine_id for item in items]


def waiting(hostels: Hostels) -> set[int]:
    return {item.quarantine_id for item in hostels.views.quarantine(None, None, 100).items}


def test_the_oldest_items_of_a_reason_go_first_and_once(hostels: Hostels, items: list[int]) -> None:
    store, by = hostels.redrives, hostels.people[Role.MANAGER]
    handed: list[WaitingItem] = []

    def all_but_the_first(given: Sequence[WaitingItem]) -> list[int]:
        handed.extend(given)
        return everything(given)[1:]

    counts = store.redrive(hostels.scope, by, all_but_the_first, reason="unknown_meter", limit=2)

    assert counts == RedriveCounts(sent=1, left=1, waiting=2)
    assert [(i.quarantine_id, i.source, i.reason) for i in handed] == [
        (items[2], "gateway:1", "unknown_meter"),
        (items[1], "gateway:1", "unknown_meter"),
    ]
    assert store.redrive(hostels.scope, by, everything, reason="unknown_meter", limit=9) == RedriveCounts(2, 0, 0)
    assert store.redrive(hostels.scope, by, everything, reason="unknown_meter", limit=9) == RedriveCounts(0, 0, 0)
    assert waiting(hostels) == set(items[3:])


def test_one_item_is_found_in_the_own_hostels_alone(hostels: Hostels, items: list[int]) -> None:
    store, by = hostels.redrives, hostels.people[Role.MANAGER]
    for hidden in (items[4], items[5], 10**9):
        with pytest.raises(NotFoundError):
            store.redrive(hostels.scope, by, everything, quarantine_id=hidden, limit=1)
    assert store.redrive(None, by, everything, quarantine_id=items[5], limit=1) == RedriveCounts(1, 0, 0)
    with pytest.raises(NotFoundError):
        store.redrive(None, by, everything, quarantine_id=items[5], limit=1)


def test_what_the_stream_did_not_take_still_waits(hostels: Hostels, items: list[int]) -> None:
    def busy(_: Sequence[WaitingItem]) -> list[int]:
        raise BusyError("full")

    with pytest.raises(BusyError):
        hostels.redrives.redrive(None, hostels.people[Role.ADMIN], busy, quarantine_id=items[0], limit=1)
    assert waiting(hostels) == set(items)
