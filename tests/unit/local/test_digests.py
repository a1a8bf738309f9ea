"""Exceptions of a comparison name columns that there are, each with why."""

import pytest

from local.digests import COMPARED, OF_METERS, Without
from local.lake.digests import NOT_REBUILT
from verify.trust.passes import WRITTEN
from verify.trust.rows.sameness import ARRIVAL
from wattwarden.adapters.postgres.base.tables import metadata


@pytest.mark.parametrize(
    ("without", "tables"),
    [(NOT_REBUILT, COMPARED), (ARRIVAL, OF_METERS), (WRITTEN, OF_METERS)],
    ids=["rebuild", "trust", "lives"],
)
def test_what_is_left_out_is_there_and_says_why(without: Without, tables: tuple[str, ...]) -> None:
    columns = {column.name for name in tables for column in metadata.tables[name].columns}
    known = columns | {f"{name}.{column.name}" for name in tables for column in metadata.tables[name].columns}
    assert without.keys() <= known
    assert all(without.values())
