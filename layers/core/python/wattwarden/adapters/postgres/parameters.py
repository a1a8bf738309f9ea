"""Columns of numpy in the form that reaches PostgreSQL fastest."""

import struct
from collections.abc import Mapping, Sequence
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


def copy_in(
    connection: Connection,
    table: str,
    columns: Mapping[str, NDArray[Any]],
    blobs: tuple[str, Sequence[bytes]] | None = None,
) -> None:
    """Append rows to `table` by binary COPY: columns as they lie in memory, and at most one of byte strings.

    Measured for 10,000 rows of 13 columns: 8 ms, against 70 ms as text arrays, of which 45 are Python's.
    """
    names = [*columns, *([blobs[0]] if blobs else [])]
    rows = len(next(iter(columns.values())))
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, column in columns.items():
        layout += [(f"{name} length", ">i4"), (name, column.dtype.newbyteorder(">").str)]
    if blobs:
        layout.append(("blob length", ">i4"))
    packed = np.empty(rows, dtype=layout)
    packed["fields"] = len(names)
    for name, column in columns.items():
        packed[f"{name} length"] = column.dtype.itemsize
        packed[name] = column
    if blobs:
        packed["blob length"] = [len(blob) for blob in blobs[1]]
    body = packed.tobytes()
    if blobs:
        size = packed.dtype.itemsize
        parts = (part for i, blob in enumerate(blobs[1]) for part in (body[i * size : (i + 1) * size], blob))
        body = b"".join(parts)
    statement = f"COPY {table} ({', '.join(names)}) FROM STDIN WITH (FORMAT binary)"
    connection.connection.cursor().execute(statement, stream=[_COPY_HEADER + body + _COPY_TRAILER])  # type: ignore[call-arg] # pg8000's extension
