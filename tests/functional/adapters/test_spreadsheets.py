"""Uploaded tables: what is read, and what is refused."""

import io
from datetime import datetime

import pytest
from openpyxl import Workbook

from wattwarden.adapters.spreadsheets import read_rows
from wattwarden.domain.errors import InvalidError


def workbook(*rows: tuple[object, ...]) -> io.BytesIO:
    book = Workbook()
    for row in rows:
        assert book.active is not None
        book.active.append(row)  # type: ignore[union-attr]
    data = io.BytesIO()
    book.save(data)
    data.seek(0)
    return data


def test_csv_with_a_byte_order_mark_and_untidy_headings() -> None:
    data = io.BytesIO("\ufeffMeter, Timestamp ,KWH\r\nA-1,2026-01-31T14:00:00+05:30,0.5\r\n\r\n".encode())
    assert list(read_rows("january.csv", data)) == [
        {"meter": "A-1", "timestamp": "2026-01-31T14:00:00+05:30", "kwh": "0.5"}
    ]


def test_the_first_sheet_of_a_workbook() -> None:
    data = workbook(("meter", "timestamp", "kwh"), ("A-1", datetime(2026, 1, 31, 14), 0.5), (None, None, None))  # noqa: DTZ001 - as Excel gives it
    assert list(read_rows("january.XLSX", data)) == [
        {"meter": "A-1", "timestamp": datetime(2026, 1, 31, 14), "kwh": 0.5}  # noqa: DTZ001
    ]


@pytest.mark.parametrize(("name", "data"), [("x.csv", b"\xff\xfe\x00"), ("x.xlsx", b"meter,kwh"), ("x.xlsx", b"")])
def test_a_file_that_is_not_what_its_name_says(name: str, data: bytes) -> None:
    with pytest.raises(InvalidError):
        list(read_rows(name, io.BytesIO(data)))
