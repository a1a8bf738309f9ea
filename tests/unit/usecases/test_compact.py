import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.lake import FakeLake, FakeSource
from tests.unit.usecases.test_archive import DAY, KINDS, NOON, readings, record
from wattwarden.contracts.lake import REGISTRY
from wattwarden.contracts.telemetry import encode
from wattwarden.domain.errors import UnavailableError
from wattwarden.usecases.lake import compact as module
from wattwarden.usecases.lake.archive import ShardRecord, archive
from wattwarden.usecases.lake.compact import Compacted, compact

NOW = datetime(2026, 1, 4, 2, 30, tzinfo=UTC)
TODAY = date(2026, 1, 4)
HOURLY, ANOMALIES, FEATURES = "processed/readings_hourly", "processed/anomalies", "processed/features"


def at_night(lake: FakeLake, source: FakeSource | None = None, seconds_left: float = 900.0) -> Compacted:
    return compact(NOW, lake, source or FakeSource(), lambda: seconds_left)


STREAM = [record(n, encode(readings(NOON + DAY * (n // 4)))) for n in range(12)]
"""Four records a day, over the three days before the night."""

Cut = tuple[int, int]


@given(
    cuts=st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), min_size=1, max_size=8),
    failures=st.lists(st.integers(0, 40), max_size=4),
)
def test_no_row_is_lost_nor_kept_twice_however_often_batches_come_again_and_the_power_fails(
    cuts: Sequence[Cut], failures: Sequence[int]
) -> None:
    lake, kept = FakeLake(), set[str]()

    def nothing_is_missing(lake: FakeLake) -> None:
        assert kept <= {str(row) for row in lake.rows("raw/")}

    lake.watch = nothing_is_missing
    nights = iter(failures)
    for start, length in cuts:
        records: Sequence[ShardRecord] = STREAM[start : start + length]
        archive(records, lake)
        kept |= {str(row) for row in lake.rows("raw/")}
        lake.steps_left = next(nights, 0)
        with suppress(UnavailableError):
            at_night(lake)
        lake.steps_left = None
    at_night(lake)
    rows = [str(row) for row in lake.rows("raw/readings/")]
    assert sorted(rows) == sorted(kept)
    days = [key.split("/")[2] for key in lake.files_ if key.startswith("raw/readings/")]
    assert len(days) == len(set(days)), "one file a day"


def test_today_is_left_alone() -> None:
    lake = FakeLake()
    for n, batch in enumerate([readings(NOW.timestamp() - 60), readings(NOW.timestamp() - 30)]):
        archive([record(n, encode(batch))], lake)
    assert at_night(lake).merged == 0
    assert len(lake.files("raw/readings/")) == 2


def broken(lake: FakeLake, count: int) -> list[str]:
    """The first files of the lake's readings become unreadable."""
    keys = [file.key for file in lake.files("raw/readings/")[:count]]
    lake.unreadable |= set(keys)
    return keys


def test_a_file_that_cannot_be_read_is_set_aside_with_its_reason_and_the_rest_is_merged() -> None:
    lake, source = FakeLake(), FakeSource({HOURLY: {TODAY - timedelta(days=1): 1.0}})
    for one in STREAM:
        archive([one], lake)
    (bad,) = broken(lake, 1)
    away = f"raw/unreadable/{bad.removeprefix('raw/')}"

    night = at_night(lake, source)

    assert (night.unreadable, night.merged, night.finished) == ([bad], 11, True)
    assert len(lake.files("raw/readings/")) == 3
    assert bad not in lake.files_
    assert away in lake.files_
    assert json.loads(lake.texts[f"{away}.json"]) == {"was": bad, "reason": "no Parquet", "at": NOW.isoformat()}
    assert night.days[HOURLY] == 1
    assert at_night(lake, source).unreadable == []


def test_when_file_after_file_cannot_be_read_nothing_more_is_set_aside_and_days_are_written_all_the_same() -> None:
    lake, source = FakeLake(), FakeSource({HOURLY: {TODAY - timedelta(days=1): 1.0}})
    for n in range(30):
        archive([record(n, encode(readings()))], lake)
    broken(lake, 30)

    night = at_night(lake, source)

    assert (len(night.unreadable), night.merged, night.finished) == (module.UNREADABLE_AT_MOST, 0, False)
    assert len(lake.files("raw/readings/")) == 30 - module.UNREADABLE_AT_MOST
    assert night.days[HOURLY] == 1


def test_an_index_that_cannot_be_read_is_written_anew_with_its_days() -> None:
    lake, source = FakeLake(), FakeSource({HOURLY: {TODAY - timedelta(days=1): 1.0}})
    at_night(lake, source)
    index = "processed/_index/readings_hourly/meters-000000000.json"
    for text in ('{"2026-01-03": ', '["2026-01-03"]', '{"yesterday": "1"}'):
        lake.texts[index] = text
        night = at_night(lake, source)
        assert (night.unreadable, night.days[HOURLY]) == ([index], 1)
        assert at_night(lake, source).unreadable == []


def test_a_file_in_a_folder_of_no_day_is_left_alone() -> None:
    lake = FakeLake()
    archive(STREAM[:2], lake)
    archive(STREAM[2:4], lake)
    lake.files_["raw/readings/dt=someday/copy.parquet"] = []
    assert at_night(lake).merged == 2
    assert "raw/readings/dt=someday/copy.parquet" in lake.files_


def test_every_kind_is_merged() -> None:
    lake = FakeLake()
    for n in range(3):
        archive([record(10 * n + m, encode(batch)) for m, batch in enumerate(KINDS)], lake)
    assert at_night(lake).merged == 12
    for kind in ("readings", "occupancy", "weather", "refused"):
        (file,) = lake.files(f"raw/{kind}/")
        assert len(lake.files_[file.key]) == (6 if kind == "readings" else 3)


def test_a_second_night_finds_nothing_to_do() -> None:
    lake, source = FakeLake(), FakeSource({HOURLY: {TODAY - timedelta(days=1): 1.0}})
    archive(STREAM[:4], lake)
    archive(STREAM[4:], lake)
    at_night(lake, source)
    again = at_night(lake, source)
    assert again.merged == 0
    assert not any(again.days.values())


def test_files_grow_only_up_to_a_size_that_fits_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MERGED_BYTES", 500)
    lake = FakeLake(bytes_a_row=100)
    for n in range(8):
        archive([record(n, encode(readings()))], lake)
    before = {str(row) for row in lake.rows("raw/readings/")}
    for _ in range(3):
        at_night(lake)
    sizes = [file.size for file in lake.files("raw/readings/")]
    assert sizes == [400] * 4
    assert {str(row) for row in lake.rows("raw/readings/")} == before


def test_the_registry_is_written_as_it_is_that_day() -> None:
    lake = FakeLake()
    at_night(lake)
    assert {f"raw/registry/dt=2026-01-04/{name}.parquet" for name in REGISTRY} <= set(lake.files_)


def test_only_days_that_changed_are_written_and_none_that_still_runs() -> None:
    lake = FakeLake()
    days = {TODAY - timedelta(days=n): float(n) for n in range(20)}
    source = FakeSource({HOURLY: days})
    assert at_night(lake, source).days[HOURLY] == 19
    assert not lake.files(f"{HOURLY}/dt=2026-01-04/")
    changed = date(2026, 1, 1)
    days[changed] = 42.0
    assert at_night(lake, source).days[HOURLY] == 1
    (row,) = lake.rows(f"{HOURLY}/dt={changed}/")
    assert set(row) == {42.0}


def test_a_day_whose_anomalies_were_all_taken_back_becomes_empty() -> None:
    lake, yesterday = FakeLake(), TODAY - timedelta(days=1)
    at_night(lake, FakeSource({ANOMALIES: {yesterday: 1.0}}))
    assert at_night(lake, FakeSource()).days[ANOMALIES] == 1
    assert lake.rows(f"{ANOMALIES}/") == []
    assert at_night(lake, FakeSource()).days[ANOMALIES] == 0


def test_roll_ups_that_the_database_no_longer_keeps_stay_in_the_lake() -> None:
    lake, yesterday = FakeLake(), TODAY - timedelta(days=1)
    at_night(lake, FakeSource({HOURLY: {yesterday: 1.0}}))
    at_night(lake, FakeSource())
    assert len(lake.rows(f"{HOURLY}/")) == 1


def test_features_are_folded_anew_from_the_first_day_that_changed() -> None:
    lake, days = FakeLake(), {TODAY - timedelta(days=n): float(n) for n in range(1, 10)}
    source = FakeSource({HOURLY: days})
    at_night(lake, source)
    at_night(lake, source)
    days[date(2026, 1, 2)] = 42.0
    at_night(lake, source)
    assert [datetime.fromtimestamp(at, UTC).date() for at in source.folded] == [date(2025, 12, 26), date(2026, 1, 2)]


def test_a_night_that_fails_while_folding_is_made_up_for_in_the_next() -> None:
    lake, source = FakeLake(), FakeSource({HOURLY: {TODAY - timedelta(days=1): 1.0}})
    at_night(lake, source)
    source.days[HOURLY] = {TODAY - timedelta(days=1): 2.0}
    for steps in range(60):
        lake.steps_left = steps
        try:
            at_night(lake, source)
        except UnavailableError:
            continue
        break
    lake.steps_left = None
    source.folded.clear()
    at_night(lake, source)
    assert source.folded == []
    assert lake.texts["processed/_index/features/meters-000000000.json"].count("2026-01-03") == 1


def test_without_time_nothing_is_begun_and_the_rest_is_left_for_the_next_run() -> None:
    lake = FakeLake()
    archive(STREAM[:2], lake)
    archive(STREAM[2:], lake)
    files = set(lake.files("raw/readings/"))
    assert not at_night(lake, seconds_left=10.0).finished
    assert set(lake.files("raw/readings/")) == files
    assert at_night(lake).finished
