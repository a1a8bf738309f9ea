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
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.domain.registers import Quality
from wattwarden.ports.scoring import Effects

ZONES = ("Asia/Kolkata", "Europe/Berlin", "America/New_York")
START = datetime(2026, 3, 28, 20, tzinfo=UTC).timestamp()  # the night in which Berlin's clocks go forward
RECOMPUTED = """
SELECT r.meter_id, {bucket} AS bucket, sum(r.kwh) AS kwh, count(*) AS readings,
       coalesce(sum(r.interval_s) FILTER (WHERE r.kwh IS NOT NULL), 0)::numeric(12, 3) AS measured_s,
       count(*) * 0.5000 AS expected_kwh
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
    interval_s=st.sampled_from([900, 1800, 3600]),
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
        zones = [ZONES[row.meter] for row in batch]
        store.commit(Effects(readings(given_rows, interval_s=interval_s, zones=zones)))

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
    PostgresTelemetry(engine).commit(Effects(readings([(meter, ts, 1.0) for ts in ends], zones=[zone])))

    [rolled] = rows_of(engine, "SELECT kwh, readings, measured_s FROM readings_daily WHERE day = :day", day=day)
    assert rolled == {"kwh": Decimal(hours), "readings": hours, "measured_s": hours * 3600}


@pytest.mark.parametrize(
    ("zone", "end", "hours", "days"),
    [
        ("Asia/Kolkata", datetime(2026, 7, 1, 20, 15, tzinfo=UTC), 4, {date(2026, 7, 1): 0.75, date(2026, 7, 2): 1.75}),
        ("Asia/Kolkata", datetime(2026, 7, 1, 20, tzinfo=UTC), 2, {date(2026, 7, 1): 0.5, date(2026, 7, 2): 1.5}),
        ("Europe/Berlin", datetime(2026, 3, 30, tzinfo=UTC), 26, {date(2026, 3, 28): 1, date(2026, 3, 29): 23,
                                                                    date(2026, 3, 30): 2}),
        ("Europe/Berlin", datetime(2026, 10, 26, tzinfo=UTC), 27, {date(2026, 10, 24): 1, date(2026, 10, 25): 25,
                                                                     date(2026, 10, 26): 1}),
        ("America/Havana", datetime(2026, 11, 2, 5, tzinfo=UTC), 26, {date(2026, 10, 31): 1, date(2026, 11, 1): 25}),
    ],
)  # fmt: skip
def test_a_gap_is_spread_evenly_over_its_hours_and_local_days(
    engine: Engine, zone: str, end: datetime, hours: int, days: dict[date, float]
) -> None:
    meter = Hostel.create(engine, "h", zone, rooms=1).meters[0]
    seconds = sum(days.values()) * 3600
    gap = readings([(meter, end.timestamp(), 7.0001)], interval_s=seconds, zones=[zone], quality=Quality.GAP)
    PostgresTelemetry(engine).commit(Effects(gap))

    hourly = rows_of(engine, "SELECT kwh, filled_kwh, readings, measured_s, expected_kwh FROM readings_hourly")
    assert [sum(row[name] for row in hourly) for name in ("kwh", "filled_kwh", "readings", "measured_s")] == [
        Decimal("7.0001"), Decimal("7.0001"), 1, 0,
    ]  # fmt: skip
    assert sum(row["expected_kwh"] for row in hourly) == Decimal("0.5")
    assert len(hourly) == hours
    daily = rows_of(engine, "SELECT day, kwh FROM readings_daily ORDER BY day")
    assert sum(row["kwh"] for row in daily) == Decimal("7.0001")
    shares = {row["day"]: float(row["kwh"]) for row in daily}
    assert shares == pytest.approx({day: 7.0001 * part * 3600 / seconds for day, part in days.items()}, abs=1e-4)


def test_an_hour_that_starts_at_half_past_belongs_to_the_hour_it_starts_in(engine: Engine) -> None:
    meter = Hostel.create(engine, "h", "Asia/Kolkata", rooms=1).meters[0]
    end = datetime(2026, 7, 1, 19, tzinfo=UTC)
    PostgresTelemetry(engine).commit(Effects(readings([(meter, end.timestamp() - 1800, 1.0)])))
    [hour] = rows_of(engine, "SELECT hour, kwh, measured_s FROM readings_hourly")
    assert hour == {"hour": datetime(2026, 7, 1, 17, tzinfo=UTC), "kwh": Decimal(1), "measured_s": 3600}


@pytest.mark.parametrize("interval_s", [4000.0, 7200.0, 86_400.0])
def test_long_intervals_add_up_to_the_same_in_hours_and_days(engine: Engine, interval_s: float) -> None:
    meter = Hostel.create(engine, "h", "Asia/Kolkata", rooms=1).meters[0]
    rows_ = [(meter, START + (n + 1) * interval_s, 0.3337 * (n % 3)) for n in range(40)]
    PostgresTelemetry(engine).commit(Effects(readings(rows_, interval_s=interval_s)))
    for table in ("readings_hourly", "readings_daily"):
        [summed] = rows_of(engine, f"SELECT sum(kwh) AS kwh, sum(measured_s) AS s, sum(readings) AS n FROM {table}")
        assert summed == {"kwh": Decimal("13.0143"), "s": Decimal(40) * int(interval_s), "n": 40}
    [longest] = rows_of(engine, "SELECT max(measured_s) AS s FROM readings_hourly")
    assert longest["s"] <= 3600
