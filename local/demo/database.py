"""What the running system's database holds, counted by identity: a look from outside that no API offers."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pg8000.native
import pyarrow as pa
from numpy.typing import NDArray

from local.database import Connected


@dataclass(frozen=True, slots=True)
class Stored:
    """Identities in the readings table, and what the hourly roll-up counted: they must agree."""

    meter: NDArray[np.str_]
    ts: NDArray[np.int64]
    kwh: float
    rolled_up: int
    rolled_up_kwh: float

    def keys(self) -> set[tuple[str, int]]:
        return set(zip(self.meter.tolist(), self.ts.tolist(), strict=True))


class Database(Connected):
    """Looks of the demo and its benchmark."""

    def __del__(self) -> None:
        with suppress(pg8000.native.InterfaceError):  # closed already
            self.close()

    def count_readings(self, hostel_id: int) -> int:
        """A counter that is cheap to ask for again and again: the hourly roll-up's."""
        return int(
            self.number(
                "SELECT coalesce(sum(h.readings), 0) FROM readings_hourly h JOIN meters m ON m.id = h.meter_id"
                " WHERE m.hostel_id = :hostel",
                hostel=hostel_id,
            )
        )

    def count_found(self, hostel_id: int) -> dict[str, int]:
        """Anomalies, incidents and alerts of the hostel."""
        return {
            table: int(self.number(f"SELECT count(*) FROM {table} WHERE hostel_id = :hostel", hostel=hostel_id))  # noqa: S608 fixed names
            for table in ("anomalies", "incidents", "alerts")
        }

    def stored(self, hostel_id: int) -> Stored:
        """Every stored reading's identity (serial, epoch second), and the sums of readings and roll-up."""
        source = f"readings r JOIN meters m ON m.id = r.meter_id WHERE m.hostel_id = {int(hostel_id)}"
        query = f"SELECT m.serial, extract(epoch FROM r.ts)::bigint FROM {source}"  # noqa: S608 COPY has no parameters
        rows = self.table(query, {"meter": pa.string(), "ts": pa.int64()})
        return Stored(
            meter=np.array(rows["meter"].to_pylist(), dtype=np.str_),
            ts=rows["ts"].to_numpy(),
            kwh=self._sum_kwh("readings", hostel_id),
            rolled_up=self.count_readings(hostel_id),
            rolled_up_kwh=self._sum_kwh("readings_hourly", hostel_id),
        )

    def _sum_kwh(self, table: str, hostel_id: int) -> float:
        return self.number(
            f"SELECT sum(r.kwh) FROM {table} r JOIN meters m ON m.id = r.meter_id WHERE m.hostel_id = :hostel",  # noqa: S608 fixed names
            hostel=hostel_id,
        )
