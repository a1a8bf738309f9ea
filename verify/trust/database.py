"""What the database of the system under test holds: looks from outside that no API offers."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pyarrow as pa

from local.database import Connected
from local.replays import Replays, replays
from tools.cloud import Cloud
from verify.trust.facts import Facts

DERIVED = ("readings", "readings_hourly", "readings_daily", "meter_state", "meter_rings", "anomalies", "incidents")
"""Tables that are a function of the facts sent."""

ARRIVAL = frozenset(
    {"received_at", "last_received_at", "created_at", "version", "model_version", "withdrawn_at"}
    | {"replay_from", "replay_marked_at", "replay_first_marked_at"}
)
"""Columns that say when or how often something arrived, not what it said."""


_STANDING = {"incidents": " AND x.withdrawn_at IS NULL"}
"""An incident that somebody was told of before its past was known stays, as withdrawn."""


class Database(Connected):
    """Looks of the trust suite."""

    def meters(self, hostel_id: int) -> dict[str, int]:
        """Ids of the hostel's meters by serial."""
        return dict(self.rows("SELECT serial, id FROM meters WHERE hostel_id = :hostel", hostel=hostel_id))

    def stored(self, hostel_ids: Sequence[int], since: float = 0.0) -> Facts:
        """Every reading of the hostels whose instant is `since` (epoch seconds) or later; a register's own value."""
        columns = dict.fromkeys(("meter", "ms", "value"), pa.int64())
        rows = self.table(
            "SELECT r.meter_id, (extract(epoch FROM r.ts) * 1000)::bigint,"  # noqa: S608 numbers; COPY has no parameters
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

    def fingerprints(self, hostel_id: int) -> dict[str, tuple[int, str]]:
        """For each table that follows from the facts: rows, and a hash over every column but times of arrival.

        Meters go by their serial and rows are sorted, so that two hostels that were told the same are equal.
        """
        return {table: self._fingerprint(table, hostel_id) for table in DERIVED}

    def kwh(self, hostel_id: int) -> Decimal | None:
        """The hostel's energy by its hourly roll-up; None when nothing was measured."""
        [[kwh]] = self.rows(
            "SELECT sum(h.kwh) FROM readings_hourly h JOIN meters m ON m.id = h.meter_id WHERE m.hostel_id = :id",
            id=hostel_id,
        )
        return kwh if kwh is None else Decimal(kwh)

    def replays(self) -> Replays:
        """Meters that wait for a replay, and those whose replay fails."""
        return replays(self.rows)

    def waiting_replays(self) -> int:
        """Meters marked for a replay."""
        return self.replays().marked

    def quarantined_since(self, quarantine_id: int) -> list[dict[str, Any]]:
        """What was quarantined after that id, in order."""
        names = ("quarantine_id", "source", "reason", "detail", "payload")
        found = self.rows(
            "SELECT id, source, reason, detail, payload FROM quarantine WHERE id > :id ORDER BY id", id=quarantine_id
        )
        return [dict(zip(names, row, strict=True)) for row in found]

    def last_quarantined(self) -> int:
        return int(self.number("SELECT coalesce(max(id), 0) FROM quarantine"))

    def _fingerprint(self, table: str, hostel_id: int) -> tuple[int, str]:
        columns = self._content_columns(table)
        chosen = ", ".join(f"x.{name}" for name in columns)
        order = ", ".join(str(number) for number in range(1, len(columns) + 2))
        digest = _Digest()
        self.copy(
            f'SELECT m.serial COLLATE "C", {chosen} FROM {table} x JOIN meters m ON m.id = x.meter_id'  # noqa: S608 names from the catalogue
            f" WHERE m.hostel_id = {int(hostel_id)}{_STANDING.get(table, '')} ORDER BY {order}",
            digest,
        )
        return digest.rows, digest.sha.hexdigest()

    def _content_columns(self, table: str) -> list[str]:
        """Columns that hold content, times first since they sort best."""
        found = self.rows(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = :table ORDER BY ordinal_position",
            table=table,
        )
        names = [(name, kind) for name, kind in found if name not in ARRIVAL and name != "id" and name[-3:] != "_id"]
        times_first = sorted(names, key=lambda column: not column[1].startswith(("timestamp", "date")))
        return [name for name, _ in times_first]


@contextmanager
def connected(cloud: Cloud) -> Iterator[Database]:
    database = Database(cloud)
    try:
        yield database
    finally:
        database.close()


class _Digest:
    """A place to write to that keeps only a hash and the number of lines."""

    def __init__(self) -> None:
        self.sha = hashlib.sha256()
        self.rows = 0

    def write(self, data: bytes) -> int:
        self.sha.update(data)
        self.rows += data.count(b"\n")
        return len(data)


def _ids(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers) or "NULL"
