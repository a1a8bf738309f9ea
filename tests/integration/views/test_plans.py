"""How the views' queries are answered on a year of readings: along keys, and curves from the roll-ups alone."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, text

from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.views.views import PostgresViews

RAW = re.compile(r"readings(_\d{4}_\d{2}|_default)?")
"""The table of readings and its partitions; the roll-ups have other names."""

YEAR = """
SELECT ensure_reading_partitions(CAST(:now AS timestamptz) - interval '365 days', CAST(:now AS timestamptz));
INSERT INTO readings (meter_id, ts, interval_s, kwh, quality, received_at)
SELECT m.id, ts, 3600, 0.5, 'measured', ts
FROM meters m, generate_series(0, 365 * 24) h,
LATERAL (SELECT CAST(:now AS timestamptz) - h * interval '1 hour' AS ts) t;
INSERT INTO readings_hourly (meter_id, hour, kwh, readings, measured_s)
SELECT m.id, ts, 0.5, 1, 3600
FROM meters m, generate_series(0, 365 * 24) h,
LATERAL (SELECT CAST(:now AS timestamptz) - h * interval '1 hour' AS ts) t;
INSERT INTO readings_daily (meter_id, day, kwh, readings, measured_s)
SELECT m.id, day, 12, 24, 86400
FROM meters m, generate_series(CAST(:now AS date) - 365, CAST(:now AS date), interval '1 day') day;
INSERT INTO reading_versions (meter_id, ts, kwh, received_at)
SELECT meter_id, ts, 0.4, ts FROM readings WHERE extract(hour FROM ts) = 7;
"""

Node = dict[str, Any]
Views = Callable[[PostgresViews, World], object]
WEEK, YEAR_AGO = NOW - timedelta(days=7), NOW - timedelta(days=364)


def _room(world: World) -> int:
    return world.home.rooms[0]


def _missing_alert(views: PostgresViews) -> None:
    with pytest.raises(Exception, match="no alert"):
        views.alert(None, UUID(int=1))


OVERVIEWS: dict[str, Views] = {
    "hostels": lambda views, _: views.hostels(None),
    "hostel": lambda views, world: views.hostel(None, world.home.hostel_id),
    "rooms": lambda views, world: views.rooms(None, world.home.hostel_id, None, None, NOW),
    "room": lambda views, world: views.room(None, _room(world), NOW),
    "two days": lambda views, world: views.series(None, _room(world), NOW - timedelta(days=2), NOW, "hour"),
    "a week": lambda views, world: views.series(None, _room(world), WEEK, NOW, "hour"),
    "a year": lambda views, world: views.series(None, _room(world), YEAR_AGO, NOW, "day"),
    "meters": lambda views, world: views.meters(None, _room(world)),
    "changes": lambda views, world: views.changes(None, world.home.meters[0]),
    "faults": lambda views, _: views.faults(None, None, NOW),
    "anomalies": lambda views, _: views.anomalies(None, None, None, None, 100),
    "alerts": lambda views, _: views.alerts(None, None, None, None, None, 100),
    "alert": lambda views, _: _missing_alert(views),
    "health": lambda views, _: views.health(None, NOW),
    "quarantine": lambda views, _: views.quarantine(None, None, 100),
}

RAW_READS: dict[str, Views] = {
    "first page": lambda views, world: views.readings(None, _room(world), None, 200),
    "page of half a year ago": lambda views, world: views.readings(None, _room(world), NOW - timedelta(days=180), 200),
    "versions": lambda views, world: views.versions(None, _room(world), None, WEEK, NOW),
    "versions of a year": lambda views, world: views.versions(None, _room(world), None, YEAR_AGO, NOW),
}


@pytest.fixture
def year(world: World) -> World:
    with world.engine.connect() as connection:
        for statement in filter(str.strip, YEAR.split(";")):
            connection.execute(text(statement), {"now": NOW} if ":now" in statement else {})
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return world


def nodes(engine: Engine, ask: Callable[[], object]) -> list[Node]:
    """Every node of the plans of what is asked, with what was really read."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)

    def walk(node: Node) -> Iterator[Node]:
        yield node
        for child in node.get("Plans", []):
            yield from walk(child)

    found: list[Node] = []
    with engine.connect() as connection:
        for statement, parameters in asked:
            [[plan]] = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalars()
            found += walk(plan["Plan"])
    assert found
    return found


def of_readings(found: list[Node]) -> list[Node]:
    return [node for node in found if RAW.fullmatch(node.get("Relation Name", ""))]


def scanned_whole(found: list[Node]) -> list[Node]:
    """Sequential scans of readings, of their roll-ups or of their versions. An empty partition is planned, not run."""
    run = (node for node in found if node["Actual Loops"])
    return [node for node in run if node["Node Type"] == "Seq Scan" and node["Relation Name"].startswith("reading")]


def test_no_overview_and_no_curve_reads_single_readings(year: World, views: PostgresViews) -> None:
    for name, ask in OVERVIEWS.items():
        found = nodes(year.engine, lambda ask=ask: ask(views, year))  # type: ignore[misc]
        assert not of_readings(found), name
        assert not scanned_whole(found), name


def test_single_readings_are_read_along_their_key_and_no_more_than_are_shown(year: World, views: PostgresViews) -> None:
    for name, ask in RAW_READS.items():
        found = nodes(year.engine, lambda ask=ask: ask(views, year))  # type: ignore[misc]
        read = of_readings(found)
        assert read, name
        assert not scanned_whole(found), name
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) <= 400, name


def test_the_year_is_there(year: World, views: PostgresViews) -> None:
    first: datetime = views.series(None, year.home.rooms[0], YEAR_AGO, NOW, "day").points[0].start
    page = views.readings(None, year.home.rooms[0], None, 200)
    assert first < NOW - timedelta(days=360)
    assert len(page.readings) == 200
