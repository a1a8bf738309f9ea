"""Columns of numpy in the form that reaches PostgreSQL fastest."""

import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

_EPOCH_US = 946_684_800_000_000
"""PostgreSQL counts its timestamps in microseconds from 2000-01-01 UTC."""
_COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_COPY_TRAILER = struct.pack(">h", -1)


def timestamps(epoch_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Epoch seconds as PostgreSQL's binary timestamps, rounded to the microsecond."""
    return np.rint(epoch_s * 1e6).astype(np.int64) - _EPOCH_US


def numerics(ten_thousandths: NDArray[np.int64]) -> NDArray[np.void]:
    """Whole numbers of 0.0001 as PostgreSQL's binary numeric: four digits to base 10,000, the last behind the point.

    At most ten digits before the point, as numeric(14, 4) has.
    """
    size = np.abs(ten_thousandths)
    packed = np.empty(len(size), dtype=[("head", ">i2", 4), ("digits", ">i2", 4)])
    packed["head"] = (4, 2, 0, 4)  # how many digits, weight of the first, sign, decimals shown
    packed["head"][:, 2] = np.where(ten_thousandths < 0, 0x4000, 0)
    packed["digits"] = size[:, None] // np.array([10**12, 10**8, 10**4, 1]) % 10_000
    return packed.view("V16")


def whole_numbers(values: Iterable[int]) -> str:
    """Ids as the text of an array, to be cast to bigint[]: the driver takes far longer to write a list."""
    return f"{{{','.join(map(str, values))}}}"


def copy_in(connection: Connection, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
    """Append rows to `table` by binary COPY: columns as they lie in memory; texts and byte strings of one length each.

    Measured for 10,000 rows of 13 columns: 8 ms, against 70 ms as text arrays, of which 45 are Python's.
    """
    rows = len(next(iter(columns.values())))
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, column in columns.items():
        layout += [(f"{name} length", ">i4"), (name, column.dtype.newbyteorder(">").str)]
    packed = np.empty(rows, dtype=layout)
    packed["fields"] = len(columns)
    for name, column in columns.items():
        packed[f"{name} length"] = column.dtype.itemsize
        packed[name] = column
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT binary)"
    stream = [_COPY_HEADER + packed.tobytes() + _COPY_TRAILER]
    connection.connection.cursor().execute(statement, stream=stream)  # type: ignore[call-arg] # pg8000's extension
