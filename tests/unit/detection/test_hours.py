"""Local hours of the week, on ordinary days and on the days the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattwarden.detection import hour_of_week


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize("day", [datetime(2024, 3, 30, tzinfo=UTC), datetime(2024, 10, 26, tzinfo=UTC)])
def test_it_agrees_with_the_calendar_across_clock_changes(zone: str, day: datetime) -> None:
    instants = [day + timedelta(minutes=15 * i) for i in range(4 * 24 * 10)]
    local = [instant.astimezone(ZoneInfo(zone)) for instant in instants]
    expected = [24 * instant.weekday() + instant.hour for instant in local]
    told = hour_of_week(np.array([instant.timestamp() for instant in instants]), zone)
    assert told.tolist() == expected
    assert told.dtype == np.int16


def test_no_instants_give_no_hours() -> None:
    assert len(hour_of_week(np.array([]), "Asia/Kolkata")) == 0
