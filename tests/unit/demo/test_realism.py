"""Generated meters behave as measured ones do, statistic by statistic."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detector.scoreboard import meters
from simulator.realism import BUILDINGS, LEAST_HOURS, MEASURED, ROOMS, Line, measure, quartiles, report


@pytest.fixture(scope="module")
def lines() -> dict[str, list[Line]]:
    return report(MEASURED)


@pytest.mark.parametrize("what", [ROOMS, BUILDINGS])
def test_every_statistic_lies_between_the_real_quartiles(lines: dict[str, list[Line]], what: str) -> None:
    outside = [line.statistic for line in lines[what] if not line.inside]
    assert outside == []


def test_quartiles_ascend(lines: dict[str, list[Line]]) -> None:
    for line in [*lines[ROOMS], *lines[BUILDINGS]]:
        assert line.generated[0] <= line.generated[1] <= line.generated[2]


def test_a_folder_of_real_meters_is_measured_by_size(tmp_path: Path) -> None:
    hours = LEAST_HOURS + 300
    ts = pd.date_range("2024-01-03", periods=hours, freq="h")
    rng = np.random.default_rng(2)
    frames = [
        pd.DataFrame({"meter": f"m{number}", "ts": ts, "kwh": kw * rng.gamma(4, 1 / 4, hours)})
        for number, kw in enumerate((0.4, 0.6, 40.0, 70.0))
    ]
    pd.concat(frames).to_parquet(tmp_path / "some.parquet")
    found = measure(meters.read(tmp_path))
    assert found.keys() == {ROOMS, BUILDINGS}
    low, mid, high = found[ROOMS]["hourly coefficient of variation"]
    assert 0.45 < low <= mid <= high < 0.55


def test_a_perfect_week_after_week_has_no_distance_from_habit() -> None:
    week = np.random.default_rng(1).uniform(1, 2, 168)
    assert quartiles([np.tile(week, 14)])["median distance from the hour of week's median, of the mean"] == (0, 0, 0)
