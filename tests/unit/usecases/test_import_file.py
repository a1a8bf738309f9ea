"""Uploaded tables go through the same door as a gateway's readings."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.telemetry import FakeStream
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch
from wattwarden.domain.errors import InvalidError
from wattwarden.domain.people import Gateway
from wattwarden.ports.stream import Lane
from wattwarden.usecases.telemetry.import_file import Imported, Row, import_rows

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
REGISTRY = FakeAssetRegistry(meters={1: {"A-1", "7"}}, rooms={1: {"A1"}})


def take(*rows: Row, stream: FakeStream | None = None) -> Imported:
    return import_rows(Gateway(0, 1, "import"), iter(rows), "Asia/Kolkata", REGISTRY, stream or FakeStream(), NOW)


def test_text_cells_become_numbers_and_times_without_an_offset_are_the_hostels() -> None:
    stream = FakeStream()
    row = {"meter": "A-1", "timestamp": "2026-01-31 14:00", "kwh": "0.5", "voltage": "", "current": None}
    assert take(row, stream=stream).accepted == 1
    [(_, batch)] = stream.batches
    assert isinstance(batch, ReadingsBatch)
    assert batch.ts == [datetime(2026, 1, 31, 8, 30, tzinfo=UTC).timestamp()]
    assert (batch.kwh, batch.voltage, batch.source) == ([0.5], [None], "import:import")
    assert stream.lanes == [Lane.BACKFILL]  # young as it is


def test_rows_of_a_wrong_clock_are_told_to_the_person_alone() -> None:
    stream = FakeStream()
    row = {"meter": "A-1", "timestamp": "1970-01-01 00:00", "kwh": "0.5"}
    assert take(row, stream=stream).refused[0]["reason"] == "clock_wrong"
    assert not stream.batches


def test_excel_gives_dates_and_numbers_even_for_a_meters_name() -> None:
    row = {"meter": 7, "timestamp": datetime(2026, 1, 31, 14), "kwh": 0.5}  # noqa: DTZ001 - as Excel gives it
    assert take(row).accepted == 1


def test_head_counts_are_known_by_their_columns() -> None:
    stream = FakeStream()
    assert take({"room": "A1", "timestamp": "2026-01-31T08:00:00Z", "count": "2"}, stream=stream).accepted == 1
    assert isinstance(stream.batches[0][1], OccupancyBatch)


def test_refusals_name_the_row_as_the_sheet_counts() -> None:
    def rows() -> Iterator[Row]:
        for n in range(1_500):
            yield {
                "meter": "A-1",
                "timestamp": f"2026-01-{1 + n // 1_440:02} {n // 60 % 24:02}:{n % 60:02}",
                "kwh": "x",
            }

    result = take(*rows())
    assert (result.accepted, result.refused_rows, len(result.refused)) == (0, 1_500, 1_000)
    assert [r["row"] for r in result.refused[:2]] == [2, 3]
    assert "kwh" in result.refused[0]["detail"]


@pytest.mark.parametrize("rows", [[], [{"meter": "A-1", "energy": "1"}], [{"a": "1"}]])
def test_a_table_of_something_else_says_which_columns_are_expected(rows: list[Row]) -> None:
    with pytest.raises(InvalidError):
        take(*rows)
