"""The roll-ups equal what the raw readings add up to, however the readings arrived."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.integration.hostel import Hostel, empty, readings, rows_of
from wattwarden.adapters.postgres.telemetry import PostgresTelemetry
from wattwarden.ports.scoring import Effects

ZONES = ("Asia/Kolkata", "Europe/Berlin", "America/New_York")
START = datetime(2026, 3, 28, 20, tzinfo=UTC).timestamp()  # the night in which Berlin's clocks go forward
RECOMPUTED = """
SELECT r.meter_id, {bucket} AS bucket, sum(r.kwh) AS kwh, count(*) AS readings,
       coalesce(sum(r.interval_s) FILTER (WHERE r.kwh IS NOT NULL), 0) AS measured_s, count(*) * 0.5 AS expected_kwh
FROM readings r JOIN meters m ON m.id = r.meter_id JOIN hostels h ON h.id = m.hostel_id
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Row:
    meter: int
    quarter: int
    kwh: float


rows = st.builds(
    Row,
    meter=st.integers(0, 2),
    quarter=st.integers(0, 60),
    kwh=st.one_of(st.integers(0, 50_000).map(lambda n: n / 10_000), st.just(float("nan"))),
)


@given(
    batches=st.lists(st.lists(rows, min_size=1, max_size=12), min_size=1, max_size=4),
    interval_s=st.sampled_from([900, 1800, 5400]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_roll_ups_equal_recomputation_from_raw_readings(
    migrated: Engine, batches: list[list[Row]], interval_s: int
) -> None:
    empty(migrated)
    store = PostgresTelemetry(migrated)
    meters = [Hostel.create(migrated, zone, zone, rooms=1).meters[0] for zone in ZONES]
    for batch in batches:
        given_rows = [(meters[row.meter], START + row.quarter * 900, row.kwh) for row in batch]
        store.commit(Effects(readings(given_rows, interval_s=interval_s)))

    starts = "(r.ts - r.interval_s * interval '1 second')"
    assert rows_of(
        migrated,
        "SELECT meter_id, hour AS bucket, kwh, readings, measured_s, expected_kwh FROM readings_hourly ORDER BY 1, 2",
    ) == rows_of(migrated, RECOMPUTED.format(bucket=f"date_trunc('hour', {starts}, 'UTC')"))
    assert rows_of(
        migrated,
        "SELECT meter_id, day AS bucket, kwh, readings, measured_s, expected_kwh FROM readings_daily ORDER BY 1, 2",
    ) == rows_of(migrated, RECOMPUTED.format(bucket=f"({starts} AT TIME ZONE h.timezone)::date"))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Kolkata", date(2026, 3, 29), 24),
    ],
)
def test_a_day_on_which_the_clocks_change_has_all_its_hours(engine: Engine, zone: str, day: date, hours: int) -> None:
    meter = Hostel.create(engine, "h", zone, rooms=1).meters[0]
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()
    ends = [midnight + (i + 1) * 3600 for i in range(-2, hours + 2)]
    PostgresTelemetry(engine).commit(Effects(readings([(meter, ts, 1.0) for ts in ends])))

    [rolled] = rows_of(engine, "SELECT kwh, readings, measured_s FROM readings_daily WHERE day = :day", day=day)
    assert rolled == {"kwh": Decimal(hours), "readings": hours, "measured_s": hours * 3600}
