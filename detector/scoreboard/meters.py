"""Real meters of one's own, to measure the generated ones against."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.table import read_table

ZEROS_ARE_MISSING = 0.005
"""Hardly a building ever uses nothing: where zeros are this share of the rows, they stand for missing values."""


def read(folder: Path) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """(epoch seconds, kWh) of each meter of the folder's tables, in order of time."""
    for path in sorted(folder.glob("*.parquet")):
        table = read_table(path)
        if (table["kwh"] == 0).mean() > ZEROS_ARE_MISSING:
            table = table[table["kwh"] != 0]
        for _, rows in table.groupby(["hostel", "meter"], sort=False):
            yield rows["ts"].to_numpy(dtype=np.int64), rows["kwh"].to_numpy(dtype=np.float64)
