"""Stored readings as they were sent: what a register's meter sent besides is worked out from it, and no fact."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.telemetry.states import iso_instants
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.readings import ReadingColumns

# Each column of a meter comes as one string of numbers in binary: a driver reads rows many times slower. Instants are
# whole microseconds, energies whole 0.1 Wh, as they are stored.
_ABSENT = -(2**62)
_INSTANTS = ("ts", "received_at")
_ENERGIES = ("kwh", "register_kwh")
_COLUMNS = {
    "ts": "timestamptz_send(ts)",
    "received_at": "timestamptz_send(received_at)",
    "kwh": f"int8send(CASE WHEN register_kwh IS NULL THEN coalesce((kwh * 10000)::bigint, {_ABSENT}) "
    f"ELSE {_ABSENT} END)",
    "register_kwh": f"int8send(coalesce((register_kwh * 10000)::bigint, {_ABSENT}))",
    "interval_s": "float8send(CASE WHEN register_kwh IS NULL THEN interval_s ELSE 'NaN' END)",
    "voltage": "float8send(coalesce(voltage, 'NaN'))",
    "current": "float8send(coalesce(current_a, 'NaN'))",
    "power_factor": "float8send(coalesce(power_factor, 'NaN'))",
}
_JOINED = ", ".join(
    f"coalesce(string_agg({sql}, ''::bytea ORDER BY ts), '') AS {name}" for name, sql in _COLUMNS.items()
)
_FACTS = text(f"""
SELECT {", ".join(f"r.{name}" for name in _COLUMNS)}
FROM unnest(CAST(:meters AS bigint[]), CAST(:since AS timestamptz[])) WITH ORDINALITY AS k (meter_id, since, n)
CROSS JOIN LATERAL (
    SELECT {_JOINED}
    FROM readings WHERE meter_id = k.meter_id AND ts > k.since AND ts <= CAST(:until AS timestamptz)
) r
ORDER BY k.n
""")  # noqa: S608 (names from this module)
_PG_EPOCH_US = 946_684_800_000_000


def load_facts(connection: Connection, contexts: Sequence[MeterContext], until: float | None = None) -> ReadingColumns:
    """The readings after each context's `last_ts` up to `until` (epoch seconds); `meter` indexes the contexts."""
    asked = {
        "meters": [context.meter_id for context in contexts],
        "since": [_instant(context.last_ts, "-infinity") for context in contexts],
        "until": _instant(until, "infinity"),
    }
    rows = connection.execute(_FACTS, asked).mappings().all()
    columns = {name: b"".join(row[name] for row in rows) for name in _COLUMNS}
    return ReadingColumns(
        meter=np.repeat(np.arange(len(contexts), dtype=np.int64), [len(row["ts"]) // 8 for row in rows]),
        **{name: _numbers(name, packed) for name, packed in columns.items()},
    )


def _instant(ts: float | None, otherwise: str) -> str:
    return otherwise if ts is None else iso_instants(np.array([ts]))[0]


def _numbers(name: str, packed: bytes) -> NDArray[np.float64]:
    if name in _INSTANTS:
        instants: NDArray[Any] = np.frombuffer(packed, dtype=">i8").astype(np.int64)
        return (instants + _PG_EPOCH_US) / 1e6
    if name in _ENERGIES:
        whole = np.frombuffer(packed, dtype=">i8").astype(np.int64)
        return np.where(whole == _ABSENT, np.nan, whole / 1e4)
    return np.frombuffer(packed, dtype=">f8").astype(np.float64)
