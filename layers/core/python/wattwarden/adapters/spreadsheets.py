"""Uploaded tables: CSV and Excel as rows keyed by heading, read as a stream so that a large file fits."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from wattwarden.domain.errors import InvalidError

MAX_UNZIPPED = 500 * 1024 * 1024
"""A workbook is a zip archive; one that unpacks to more is a bomb, not a table of readings."""


def read_rows(name: str, data: BinaryIO) -> Iterator[dict[str, object]]:
    """Rows of a .csv (UTF-8) or of the first sheet of an .xlsx; headings are lower-cased and stripped.

    Raises:
        InvalidError: the file is not what its name says, or too large.
    """
    return _csv(data) if name.lower().endswith(".csv") else _xlsx(data)


def _csv(data: BinaryIO) -> Iterator[dict[str, object]]:
    try:
        reader = csv.reader(io.TextIOWrapper(data, encoding="utf-8-sig", newline=""))
        headings = [heading.strip().lower() for heading in next(reader, [])]
        for row in reader:
            if row:
                yield dict(zip(headings, row, strict=False))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidError(f"the file is not UTF-8 CSV: {error}") from error


def _xlsx(data: BinaryIO) -> Iterator[dict[str, object]]:
    from openpyxl import load_workbook  # noqa: PLC0415 most files are CSV, and it takes as long to load as boto3

    try:
        with zipfile.ZipFile(data) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNZIPPED:
                raise InvalidError("the workbook unpacks to more than 500 MB")
        data.seek(0)
        sheet = load_workbook(data, read_only=True, data_only=True).worksheets[0]
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise InvalidError(f"the file is not an Excel workbook: {error}") from error
    rows = sheet.iter_rows(values_only=True)
    headings = [str(heading or "").strip().lower() for heading in next(rows, ())]
    for row in rows:
        if any(cell is not None for cell in row):
            yield dict(zip(headings, row, strict=False))
