from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.hostel import rows_of
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.hostels.meter_admin import PostgresMeterAdmin
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.contracts.api.meters import MeterChangeIn
from wattwarden.contracts.api.rooms import ReadingVersion
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.people import Role
from wattwarden.domain.policy import scope
from wattwarden.usecases.hostels.data_health import data_health

HOUR = timedelta(hours=1)


@pytest.fixture
def admin(world: World) -> PostgresMeterAdmin:
    return PostgresMeterAdmin(world.engine)


def test_each_fault_is_found_with_its_meter_and_since_when(world: World, views: PostgresViews) -> None:
    world.add_state(0, NOW - HOUR)
    world.add_state(1, NOW - 5 * HOUR, stuck_since=NOW - 9 * HOUR)  # silent: it repeats nothing any more
    world.add_state(2, NOW - HOUR, stuck_since=NOW - 7 * HOUR)
    world.add_fault(0, "clock_wrong", NOW - 2 * HOUR)
    world.add_fault(0, "implausible", NOW - 25 * HOUR)
    world.add_fault(0, "implausible", NOW, hostel=world.foreign)

    faults, metered = views.faults(world.scope, None, NOW)

    found = {(f.kind, f.meter): (f.since, f.last_at, f.n) for f in faults}
    [never] = rows_of(world.engine, "SELECT installed_at FROM meters WHERE id = :id", id=world.home.meters[3])
    assert found == {
        ("silent", "M2"): (NOW - 5 * HOUR, NOW, 1),
        ("silent", "M4"): (never["installed_at"], NOW, 1),
        ("stuck", "M3"): (NOW - 7 * HOUR, NOW, 1),
        ("clock_wrong", "M1"): (NOW - 3 * HOUR, NOW - 2 * HOUR, 3),
    }
    assert metered == {(world.home.hostel_id, "A"): 4}
    assert {f.kind for f in views.faults(None, world.foreign.hostel_id, NOW)[0]} == {"silent", "implausible"}
    with pytest.raises(NotFoundError):
        views.faults(world.scope, world.foreign.hostel_id, NOW)


def test_a_meter_whose_replay_fails_is_named_with_the_next_try_by_its_hostels_clock(
    world: World, views: PostgresViews, admin: PostgresMeterAdmin
) -> None:
    for meter in range(4):
        world.add_state(meter, NOW)
        world.add_failure(meter, NOW - 2 * HOUR, error="ValueError: " + "x" * 1_000)
    world.add_failure(0, NOW, hostel=world.foreign)
    admin.remove(None, world.home.meters[3], NOW, world.people[Role.ADMIN])

    health = data_health(world.scope, None, views, NOW)

    assert {(row.scope, row.kind, row.meter) for row in health.faults} == {
        ("meter", "replay_failing", f"M{n}") for n in (1, 2, 3)
    }
    assert health.counts.replay_failing == views.health(world.scope, NOW).faults.replay_failing == 3
    one = health.faults[0]
    assert (one.since, one.last_at, one.n) == (NOW - 2 * HOUR, NOW, 3)
    assert one.detail.startswith(
        "What follows from this meter's corrected readings could not be worked out; it is tried again at 17:45. "
        "ValueError: xxx"
    )
    assert len(one.detail) < 250


def test_a_hostel_that_falls_silent_is_one_row(world: World, views: PostgresViews) -> None:
    for meter in range(4):
        world.add_state(meter, NOW - 5 * HOUR - timedelta(seconds=meter))

    health = data_health(world.scope, world.home.hostel_id, views, NOW)

    assert [(row.scope, row.meters, row.hostel) for row in health.faults] == [("hostel", 4, "hostel-1")]
    assert health.counts.silent == views.health(world.scope, NOW).faults.silent == 4


def test_a_removed_meter_has_no_faults_but_is_still_listed(
    world: World, views: PostgresViews, admin: PostgresMeterAdmin
) -> None:
    manager = world.people[Role.ADMIN]
    removed = admin.remove(None, world.home.meters[0], NOW, manager)
    world.add_fault(0, "clock_wrong", NOW)

    assert removed.removed_at == NOW
    assert "M1" not in {f.meter for f in views.faults(world.scope, None, NOW)[0]}
    assert [m.removed_at for m in views.meters(world.scope, world.home.rooms[0])] == [NOW]
    assert rows_of(world.engine, "SELECT user_id, hostel_id, action, target FROM audit_log") == [
        {
            "user_id": manager.user_id,
            "hostel_id": world.home.hostel_id,
            "action": "remove_meter",
            "target": f"meter:{world.home.meters[0]}",
        }
    ]


def register(world: World, meter: int = 0) -> int:
    meter_id = world.home.meters[meter]
    with world.engine.begin() as connection:
        connection.execute(t.meters.update().where(t.meters.c.id == meter_id).values(measures="register"))
    return meter_id


def change(at: datetime, **values: Any) -> MeterChangeIn:
    return MeterChangeIn.model_validate({"at": at, "kind": "replaced"} | values)


def test_a_change_is_kept_in_order_with_the_multiplier_so_far(
    world: World, views: PostgresViews, admin: PostgresMeterAdmin
) -> None:
    meter_id, by = register(world), world.people[Role.MANAGER]
    of = scope(by)
    admin.save_change(of, meter_id, change(NOW - HOUR, register_before=90.5, register_after=1.0), by)
    admin.save_change(of, meter_id, change(NOW - 9 * HOUR, kind="ratio", multiplier=40.0), by)
    admin.save_change(of, meter_id, change(NOW - 2 * HOUR), by)
    admin.save_change(of, meter_id, change(NOW - HOUR, register_before=91.0), by)  # a correction

    changes = views.changes(of, meter_id).changes
    assert [(c.at, c.kind, c.register_before, c.register_after, c.multiplier) for c in changes] == [
        (NOW - 9 * HOUR, "ratio", None, None, 40),
        (NOW - 2 * HOUR, "replaced", None, None, 40),
        (NOW - HOUR, "replaced", 91.0, None, 40),
    ]
    admin.delete_change(of, meter_id, NOW - 2 * HOUR, by)
    assert len(views.changes(of, meter_id).changes) == 2
    audited = [row["action"] for row in rows_of(world.engine, "SELECT action FROM audit_log ORDER BY id")]
    assert audited == ["save_change"] * 4 + ["delete_change"]


MARK = "SELECT version, replay_from, replay_first_marked_at <= replay_marked_at AS ordered FROM meter_state"


def test_a_change_marks_the_meter_for_a_replay_from_the_earliest_one(world: World, admin: PostgresMeterAdmin) -> None:
    meter_id, by = register(world), world.people[Role.MANAGER]
    world.add_state(0, NOW)
    for hours, version in ((2, 2), (5, 3), (1, 4)):
        admin.save_change(None, meter_id, change(NOW - hours * HOUR), by)
        [mark] = rows_of(world.engine, MARK)
        assert (mark["version"], mark["ordered"]) == (version, True)
    assert mark["replay_from"] == NOW - 5 * HOUR
    admin.delete_change(None, meter_id, NOW - 2 * HOUR, by)
    assert rows_of(world.engine, MARK)[0]["version"] == 5


def test_a_meter_that_has_said_nothing_has_nothing_to_replay(world: World, admin: PostgresMeterAdmin) -> None:
    meter_id, by = register(world), world.people[Role.MANAGER]
    for _ in range(2):
        admin.save_change(None, meter_id, change(NOW), by)
    assert rows_of(world.engine, MARK) == [{"version": 2, "replay_from": None, "ordered": None}]


def test_superseded_values_stand_beside_the_one_that_counts(world: World, views: PostgresViews) -> None:
    meter_id = world.home.meters[0]
    world.add_reading(0, NOW - HOUR, kwh=0.7)
    for minutes, values in ((2, {"kwh": 0.5}), (9, {"kwh": 0.6})):
        received = NOW - HOUR - timedelta(minutes=minutes)
        world.add(t.reading_versions, meter_id=meter_id, ts=NOW - HOUR, received_at=received, **values)
    world.add_reading(0, NOW - 3 * HOUR)
    world.add(t.reading_versions, meter_id=meter_id, ts=NOW - 3 * HOUR, received_at=NOW, register_kwh=7.5, kwh=None)
    room_id = world.home.rooms[0]

    [young, old] = views.versions(world.scope, room_id, None, NOW - 24 * HOUR, NOW)

    assert (young.meter, young.ts, young.counts.kwh) == ("M1", NOW - HOUR, 0.7)
    assert [version.kwh for version in young.superseded] == [0.5, 0.6]
    assert old.superseded == [ReadingVersion(kwh=None, register_kwh=7.5, received_at=NOW)]
    assert views.versions(world.scope, room_id, "M1", NOW - 2 * HOUR, NOW) == [young]
    assert not views.versions(world.scope, room_id, "M2", NOW - 24 * HOUR, NOW)
    with pytest.raises(NotFoundError):
        views.versions(world.scope, world.foreign.rooms[0], None, NOW - HOUR, NOW)
