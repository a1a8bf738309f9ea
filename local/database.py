"""The running system's database, looked at from outside: what no API offers."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from io import BytesIO
from typing import Any, Self

import pg8000.native
import pyarrow as pa
import pyarrow.csv

from local.ledger import Facts
from local.replays import Replays, replays
from tools.cloud import Cloud


def connect(address: Mapping[str, Any]) -> pg8000.native.Connection:
    """A connection to the database of a secret."""
    return pg8000.native.Connection(
        address["username"],
        host=address["host"],
        port=int(address["port"]),
        password=address["password"],
        database=address["dbname"],
    )


class Database:
    """One connection. Not shared between threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._connection = connect(cloud.database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        with suppress(AttributeError, pg8000.native.InterfaceError):  # never opened, or closed already
            self.close()

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, **parameters: object) -> list[list[Any]]:
        return list(self._connection.run(sql, **parameters) or [])

    def number(self, sql: str, **parameters: object) -> float:
        """The one number a query gives; 0 for null."""
        return float(self.rows(sql, **parameters)[0][0] or 0)

    def table(self, query: str, columns: Mapping[str, pa.DataType]) -> pa.Table:
        """A query's rows, many of them; COPY takes no parameters."""
        listing = BytesIO()
        self._connection.run(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", stream=listing)
        if not listing.getbuffer().nbytes:
            return pa.schema(columns).empty_table()
        listing.seek(0)
        return pyarrow.csv.read_csv(
            listing,
            read_options=pyarrow.csv.ReadOptions(column_names=list(columns)),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict(columns)),
        )

    # -- readings --------------------------------------------------------------------------------------------------

    def meters(self, hostel_id: int) -> dict[str, int]:
        """Ids of the hostel's meters by serial."""
        return dict(self.rows("SELECT serial, id FROM meters WHERE hostel_id = :hostel", hostel=hostel_id))

    def stored(self, hostel_ids: Sequence[int], since: float = 0.0) -> Facts:
        """Every reading of the hostels whose instant is `since` (epoch seconds) or later; a register's own value."""
        columns = dict.fromkeys(("meter", "ms", "value"), pa.int64())
        rows = self.table(
            "SELECT r.meter_id, (extract(epoch FROM r.ts) * 1000)::bigint,"  # noqa: S608 numbers
            " (coalesce(r.register_kwh, r.kwh) * 10000)::bigint FROM readings r JOIN meters m ON m.id = r.meter_id"
            f" WHERE m.hostel_id IN ({_ids(hostel_ids)}) AND r.ts >= to_timestamp({float(since)})",
            columns,
        )
        return Facts.of(*(rows[name].to_numpy() for name in columns))

    def counted_twice(self, hostel_ids: Sequence[int]) -> int:
        """Meters whose hourly roll-up differs from their stored readings, in number or in energy."""
        ids = _ids(hostel_ids)
        return int(
            self.number(
                "SELECT count(*) FROM"  # noqa: S608 integers
                " (SELECT r.meter_id, count(*) AS n, sum(r.kwh) AS kwh FROM readings r JOIN meters m"
                f" ON m.id = r.meter_id WHERE m.hostel_id IN ({ids}) GROUP BY 1) r FULL JOIN"
                " (SELECT h.meter_id, sum(h.readings) AS n, sum(h.kwh) AS kwh FROM readings_hourly h JOIN meters m"
                f" ON m.id = h.meter_id WHERE m.hostel_id IN ({ids}) GROUP BY 1) h USING (meter_id)"
                " WHERE r.n IS DISTINCT FROM h.n OR r.kwh IS DISTINCT FROM h.kwh"
            )
        )

    def count_readings(self, *hostel_ids: int) -> int:
        """A counter that is cheap to ask for again and again: the hourly roll-up's."""
        return int(
            self.number(
                "SELECT coalesce(sum(h.readings), 0) FROM readings_hourly h JOIN meters m ON m.id = h.meter_id"  # noqa: S608 integers
                f" WHERE m.hostel_id IN ({_ids(hostel_ids)})"
            )
        )

    def kwh(self, hostel_id: int) -> Decimal | None:
        """The hostel's energy by its hourly roll-up; None when nothing was measured."""
        [[kwh]] = self.rows(
            "SELECT sum(h.kwh) FROM readings_hourly h JOIN meters m ON m.id = h.meter_id WHERE m.hostel_id = :id",
            id=hostel_id,
        )
        return kwh if kwh is None else Decimal(kwh)

    # -- what was made of them ---------------------------------------------------------------------------------------

    def count_found(self, hostel_id: int) -> dict[str, int]:
        """Anomalies, incidents and alerts of the hostel."""
        return {
            table: int(self.number(f"SELECT count(*) FROM {table} WHERE hostel_id = :hostel", hostel=hostel_id))  # noqa: S608 fixed names
            for table in ("anomalies", "incidents", "alerts")
        }

    def replays(self) -> Replays:
        """Meters that wait for a replay, and those whose replay fails."""
        return replays(self.rows)

    def quarantined_since(self, quarantine_id: int) -> list[dict[str, Any]]:
        """What was quarantined after that id, in order."""
        names = ("quarantine_id", "source", "reason", "detail", "payload")
        found = self.rows(
            "SELECT id, source, reason, detail, payload FROM quarantine WHERE id > :id ORDER BY id", id=quarantine_id
        )
        return [dict(zip(names, row, strict=True)) for row in found]

    def last_quarantined(self) -> int:
        return int(self.number("SELECT coalesce(max(id), 0) FROM quarantine"))


def _ids(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers) or "NULL"
