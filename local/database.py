"""The running system's database, looked at from outside."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pg8000.native
import pyarrow as pa
import pyarrow.csv

from tools.cloud import Cloud


class Connected:
    """One connection, for reading."""

    def __init__(self, cloud: Cloud) -> None:
        address = cloud.database
        self._connection = pg8000.native.Connection(
            address["username"],
            host=address["host"],
            port=int(address["port"]),
            password=address["password"],
            database=address["dbname"],
        )

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, **parameters: object) -> list[list[Any]]:
        return list(self._connection.run(sql, **parameters) or [])

    def number(self, sql: str, **parameters: object) -> float:
        """The one number a query gives; 0 for null."""
        return float(self.rows(sql, **parameters)[0][0] or 0)

    def copy(self, query: str, target: Any) -> None:  # noqa: ANN401 anything with a write method
        """A query's rows as CSV; COPY takes no parameters."""
        self._connection.run(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", stream=target)

    def table(self, query: str, columns: Mapping[str, pa.DataType]) -> pa.Table:
        """A query's rows, many of them."""
        listing = BytesIO()
        self.copy(query, listing)
        if not listing.getbuffer().nbytes:
            return pa.schema(columns).empty_table()
        listing.seek(0)
        return pyarrow.csv.read_csv(
            listing,
            read_options=pyarrow.csv.ReadOptions(column_names=list(columns)),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict(columns)),
        )
