from datetime import date, timedelta

from tests.integration.hostel import at
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.views.views import PostgresViews


def test_readings_of_one_instant_share_a_page(world: World, views: PostgresViews) -> None:
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
    for hours in range(3):
        world.add_reading(0, NOW - timedelta(hours=hours))
        world.add_reading(4, NOW - timedelta(hours=hours))

    first = views.readings(None, world.home.rooms[0], None, 3)
    rest = views.readings(None, world.home.rooms[0], first.next_before, 3)

    assert len(first.readings) == 4
    assert len(rest.readings) == 2


def test_hours_without_data_are_there_and_null(world: World, views: PostgresViews) -> None:
    world.add_hour(0, at("2026-11-20T10:00"), 0.75, measured_s=1800, filled_kwh=0.25)

    series = views.series(world.scope, world.home.rooms[0], at("2026-11-20T09:20"), at("2026-11-20T12:00"), "hour")

    assert (series.timezone, series.resolution) == ("Asia/Kolkata", "hour")
    assert [point.start for point in series.points] == [at(f"2026-11-20T{hour}:00") for hour in ("09", "10", "11")]
    assert [point.kwh for point in series.points] == [None, 0.75, None]
    assert [point.filled_kwh for point in series.points] == [None, 0.25, None]
    assert [point.coverage for point in series.points] == [0, 0.5, 0]
    assert series.points[1].expected_high_kwh == 1.0


def test_days_are_the_hostels_days(world: World, views: PostgresViews) -> None:
    world.add_day(0, date(2026, 11, 19), 9, measured_s=43_200)
    world.add_day(0, date(2026, 11, 20), 10)

    series = views.series(world.scope, world.home.rooms[0], at("2026-11-18T18:30"), at("2026-11-20T18:30"), "day")

    assert [point.start for point in series.points] == [at("2026-11-18T18:30"), at("2026-11-19T18:30")]
    assert [point.kwh for point in series.points] == [9, 10]
    assert [point.coverage for point in series.points] == [0.5, 1]


def test_days_of_23_and_25_hours_are_fully_covered(world: World, views: PostgresViews) -> None:
    foreign = world.foreign
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25)):
        sums = {"kwh": 1, "readings": hours, "measured_s": hours * 3600}
        world.add(t.readings_daily, meter_id=foreign.meters[0], day=day, **sums)

    spring = views.series(None, foreign.rooms[0], at("2026-03-08T05:00"), at("2026-03-09T04:00"), "day")
    autumn = views.series(None, foreign.rooms[0], at("2026-11-01T04:00"), at("2026-11-02T05:00"), "day")

    assert [(p.start, p.coverage) for p in spring.points] == [(at("2026-03-08T05:00"), 1)]
    assert [(p.start, p.coverage) for p in autumn.points] == [(at("2026-11-01T04:00"), 1)]


def test_a_replaced_meter_does_not_halve_the_coverage(world: World, views: PostgresViews) -> None:
    removed = world.add(
        t.meters,
        hostel_id=world.home.hostel_id,
        room_id=world.home.rooms[0],
        serial="old",
        measures="interval",
        interval_minutes=60,
        nominal_voltage=230,
        removed_at=at("2026-11-20T09:00"),
    )
    world.home.meters.append(removed)
    world.add_hour(4, at("2026-11-20T08:00"), 0.5)
    world.add_hour(0, at("2026-11-20T09:00"), 0.5)

    series = views.series(None, world.home.rooms[0], at("2026-11-20T08:00"), at("2026-11-20T10:00"), "hour")

    assert [point.kwh for point in series.points] == [0.5, 0.5]
    assert series.points[1].coverage == 1
