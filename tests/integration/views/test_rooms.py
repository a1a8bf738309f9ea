from datetime import date, timedelta

from tests.integration.hostel import at
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.domain.anomalies import Severity


def test_a_room_shows_what_its_meter_said_last_and_used_today(world: World, views: PostgresViews) -> None:
    room_id = world.home.rooms[0]
    world.add_state(0, NOW - timedelta(minutes=10), kw=1.5)
    world.add_day(0, date(2026, 11, 20), 7.25)
    world.add_day(0, date(2026, 11, 19), 99)
    world.add(t.occupancy, room_id=room_id, ts=NOW - timedelta(hours=3), headcount=1, source="user:1")
    world.add(t.occupancy, room_id=room_id, ts=NOW - timedelta(hours=1), headcount=2, source="user:1")
    world.add(t.occupancy, room_id=room_id, ts=NOW + timedelta(hours=1), headcount=0, source="user:1")

    room = views.room(world.scope, room_id, NOW)

    assert (room.meter, room.health, room.last_seen) == ("M1", "ok", NOW - timedelta(minutes=10))
    assert (room.power_kw, room.expected_kw, room.expected_low_kw, room.expected_high_kw) == (1.5, 0.3, 0.1, 0.6)
    assert room.today_kwh == 7.25
    assert room.occupancy == 2
    assert (room.open_alerts, room.worst_severity) == (0, None)


def test_today_is_the_hostels_day(world: World, views: PostgresViews) -> None:
    world.add_day(0, date(2026, 11, 21), 3)

    # 18:30 UTC is midnight in Kolkata.
    assert views.room(None, world.home.rooms[0], at("2026-11-20T18:29:59")).today_kwh is None
    assert views.room(None, world.home.rooms[0], at("2026-11-20T18:30:00")).today_kwh == 3


def test_a_meter_is_silent_after_two_of_its_intervals_and_a_minute(world: World, views: PostgresViews) -> None:
    world.add_state(0, NOW - timedelta(hours=2, minutes=1))
    world.add_state(1, NOW - timedelta(hours=2, minutes=1, seconds=1))
    world.add(t.meter_state, meter_id=world.home.meters[2], version=1)  # something that it will be judged by changed

    rooms = views.rooms(world.scope, world.home.hostel_id, None, None, NOW)

    assert [room.health for room in rooms] == ["ok", "silent", "never_seen", "never_seen"]


def test_two_meters_of_a_room_add_up(world: World, views: PostgresViews) -> None:
    second = world.add(
        t.meters,
        hostel_id=world.home.hostel_id,
        room_id=world.home.rooms[0],
        serial="M9",
        measures="interval",
        interval_minutes=60,
        nominal_voltage=230,
    )
    world.home.meters.append(second)
    world.add_state(0, NOW, kw=1)
    world.add_state(4, NOW, kw=0.5)
    world.add_day(0, date(2026, 11, 20), 2)
    world.add_day(4, date(2026, 11, 20), 3)

    room = views.room(None, world.home.rooms[0], NOW)

    assert (room.meter, room.power_kw, room.today_kwh) == ("M1, M9", 1.5, 5)


def test_a_removed_meter_says_nothing_any_more(world: World, views: PostgresViews) -> None:
    world.add_state(0, NOW, kw=1)
    with world.engine.begin() as connection:
        connection.execute(t.meters.update().where(t.meters.c.id == world.home.meters[0]).values(removed_at=NOW))

    room = views.room(None, world.home.rooms[0], NOW)

    assert (room.meter, room.health, room.power_kw) == (None, "never_seen", None)


def test_a_room_counts_its_open_alerts_and_names_the_worst(world: World, views: PostgresViews) -> None:
    world.add_alert(1, NOW, severity="medium")
    world.add_alert(2, NOW, severity="critical")
    world.add_alert(3, NOW, severity="critical", state="resolved")

    room = views.room(None, world.home.rooms[0], NOW)

    assert (room.open_alerts, room.worst_severity) == (2, Severity.CRITICAL)


def test_rooms_are_filtered_by_block_and_floor(world: World, views: PostgresViews) -> None:
    world.add(t.rooms, hostel_id=world.home.hostel_id, block="B", floor=2, name="B-1", beds=2, has_ac=False)

    assert len(views.rooms(world.scope, world.home.hostel_id, "A", None, NOW)) == 4
    assert [room.name for room in views.rooms(world.scope, world.home.hostel_id, None, 2, NOW)] == ["B-1"]
    assert not views.rooms(world.scope, world.home.hostel_id, "B", 1, NOW)


def test_hostels_count_their_rooms_and_open_alerts(world: World, views: PostgresViews) -> None:
    world.add_alert(1, NOW)
    world.add_alert(2, NOW, state="acknowledged")

    (home,) = views.hostels(world.scope)

    assert (home.code, home.rooms, home.open_alerts) == ("hostel-1", 4, 1)
    assert [hostel.code for hostel in views.hostels(None)] == ["hostel-1", "hostel-2"]
    assert views.hostels(frozenset()) == []
