"""`ports.meters`: what people do to meters."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes.people import FakeMeterAdmin
from tests.integration.ports.hostels import NOW, Hostels
from wattwarden.contracts.api.meters import MeterChangeIn
from wattwarden.domain.errors import InvalidError, NotFoundError
from wattwarden.domain.people import Role

VERIFIES = [FakeMeterAdmin]
HOUR = timedelta(hours=1)


def change(at: datetime, **values: Any) -> MeterChangeIn:
    return MeterChangeIn(at=at, **{"kind": "replaced"} | values)


def test_changes_stand_in_order_of_time_and_a_multiplier_holds_until_the_next(hostels: Hostels) -> None:
    admin, meter_id, by = hostels.meter_admin, hostels.meters[3], hostels.people[Role.MANAGER]
    admin.save_change(hostels.scope, meter_id, change(NOW, register_before=700, register_after=0), by)
    admin.save_change(hostels.scope, meter_id, change(NOW - 5 * HOUR, kind="ratio", multiplier=40), by)
    admin.save_change(hostels.scope, meter_id, change(NOW - 9 * HOUR, register_after=3), by)

    found = hostels.views.changes(hostels.scope, meter_id).changes

    assert [(c.at, c.kind, c.register_before, c.register_after, c.multiplier) for c in found] == [
        (NOW - 9 * HOUR, "replaced", None, 3, 1),
        (NOW - 5 * HOUR, "ratio", None, None, 40),
        (NOW, "replaced", 700, 0, 40),
    ]


def test_a_change_takes_the_place_of_one_at_the_same_instant_and_may_be_taken_back(hostels: Hostels) -> None:
    admin, meter_id, by = hostels.meter_admin, hostels.meters[3], hostels.people[Role.MANAGER]
    admin.save_change(hostels.scope, meter_id, change(NOW, register_after=1), by)
    admin.save_change(hostels.scope, meter_id, change(NOW, register_after=2), by)
    assert [c.register_after for c in hostels.views.changes(None, meter_id).changes] == [2]

    admin.delete_change(hostels.scope, meter_id, NOW, by)

    assert hostels.views.changes(None, meter_id).changes == []
    with pytest.raises(NotFoundError):
        admin.delete_change(hostels.scope, meter_id, NOW, by)


def test_a_removed_meter_is_listed_still_and_has_no_faults(hostels: Hostels) -> None:
    removed = hostels.meter_admin.remove(hostels.scope, hostels.meters[0], NOW, hostels.people[Role.ADMIN])

    assert (removed.meter_id, removed.room_id, removed.serial) == (hostels.meters[0], hostels.rooms[0], "M1")
    assert removed.removed_at == NOW
    assert hostels.views.meters(hostels.scope, hostels.rooms[0]) == [removed]
    assert hostels.views.faults(hostels.scope, None, NOW)[1] == {(hostels.home, "A"): 3}


def test_changes_of_intervals_and_of_foreign_meters_are_refused(hostels: Hostels) -> None:
    admin, scope, foreign = hostels.meter_admin, hostels.scope, hostels.foreign_meter
    by, boss = hostels.people[Role.MANAGER], hostels.people[Role.ADMIN]
    with pytest.raises(InvalidError, match="M1"):
        admin.save_change(scope, hostels.meters[0], change(NOW), by)
    for refused in (
        lambda: admin.save_change(scope, foreign, change(NOW), by),
        lambda: admin.delete_change(scope, foreign, NOW, by),
        lambda: admin.delete_change(scope, hostels.meters[0], NOW, by),
        lambda: admin.remove(scope, foreign, NOW, boss),
        lambda: admin.remove(None, 10**9, NOW, boss),
    ):
        with pytest.raises(NotFoundError):
            refused()
