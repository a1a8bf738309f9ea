"""Days of 23, 23.5, 24, 24.5 and 25 hours: whatever the clocks do, no energy is lost and none is counted twice."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import isnan, nan
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.usecases.meters import columns, in_batches, meter

HALF_HOUR = 1800.0

DAYS = [
    ("Asia/Kolkata", date(2026, 3, 29), 24.0),
    ("America/New_York", date(2026, 3, 8), 23.0),
    ("America/New_York", date(2026, 11, 1), 25.0),
    ("Europe/London", date(2026, 3, 29), 23.0),
    ("Europe/London", date(2026, 10, 25), 25.0),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("America/Santiago", date(2026, 9, 6), 23.0),  # midnight itself does not exist
    ("America/Santiago", date(2026, 4, 4), 25.0),  # the hour before midnight comes twice
    ("Africa/Cairo", date(2026, 4, 24), 23.0),
    ("Africa/Cairo", date(2026, 10, 29), 25.0),
]


def first_instant(day: date, zone: ZoneInfo) -> float:
    """Where the local day begins, in epoch seconds; found on the clock itself, not by adding hours."""
    around = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=15)
    minutes = (around + timedelta(minutes=30 * number) for number in range(60))
    return next(instant for instant in minutes if instant.astimezone(zone).date() >= day).timestamp()


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS, ids=[f"{zone} {day}" for zone, day, _ in DAYS])
@pytest.mark.parametrize("missing", [0, 3], ids=["complete", "with gaps"])
def test_daily_energies_add_up_to_the_register(zone: str, day: date, hours: float, missing: int) -> None:
    clock = ZoneInfo(zone)
    midnights = [first_instant(day + timedelta(days=number), clock) for number in range(-1, 3)]
    assert midnights[2] - midnights[1] == hours * 3600

    rng = np.random.default_rng(day.toordinal())
    ts = np.arange(midnights[0], midnights[-1] + 1, HALF_HOUR)
    shown = np.round(99_990 + np.cumsum(rng.uniform(0, 0.9, len(ts))), 4)  # passes 99,999 on the way
    kept = ~np.isin(ts, rng.choice(ts, missing)) | np.isin(ts, midnights)
    facts = [(0, instant, nan, round(value % 100_000, 4)) for instant, value in zip(ts[kept], shown[kept], strict=True)]

    parts, _ = in_batches([meter(5, interval_s=HALF_HOUR, timezone=zone)], [facts[:17], facts[17:60], facts[60:]])
    daily: dict[date, float] = defaultdict(float)
    covered: dict[date, float] = defaultdict(float)
    for facts_of, energy in zip((facts[:17], facts[17:60], facts[60:]), parts, strict=True):
        for end, kwh, interval_s in zip(columns(facts_of).ts, energy.kwh, energy.interval_s, strict=True):
            if not isnan(kwh):
                start = datetime.fromtimestamp(end - interval_s, clock).date()
                daily[start] += kwh
                covered[start] += interval_s

    register_at = dict(zip(ts.tolist(), shown.tolist(), strict=True))
    for number, (start, end) in enumerate(pairwise(midnights)):
        local = day + timedelta(days=number - 1)
        assert daily[local] == pytest.approx(register_at[end] - register_at[start], abs=0.001)
        assert covered[local] == end - start
    assert sum(daily.values()) == pytest.approx(shown[-1] - shown[0], abs=0.001)
