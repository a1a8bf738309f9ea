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
    "kwh": "int8send(CASE WHEN register_kwh IS NULL "
    f"THEN coalesce((coalesce(told_kwh, kwh) * 10000)::bigint, {_ABSENT}) "
    f"ELSE {_ABSENT} END)",
    "register_kwh": f"int8send(coalesce((register_kwh * 10000)::bigint, {_ABSENT}))",
    "interval_s": "float8send(CASE WHEN register_kwh IS NULL THEN coalesce(told_interval_s, interval_s) "
    "ELSE 'NaN' END)",
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

# Totals end where a reading of a shorter interval does; of several of one length the one received last counts.
_TOTALS = text("""
SELECT DISTINCT ON (k.n, v.ts, v.interval_s) k.n - 1 AS meter, extract(epoch FROM v.ts)::float8 AS ts, v.interval_s,
    v.kwh::float8 AS kwh, extract(epoch FROM v.received_at)::float8 AS received_at
FROM unnest(CAST(:meters AS bigint[]), CAST(:since AS timestamptz[])) WITH ORDINALITY AS k (meter_id, since, n)
JOIN reading_versions v ON v.meter_id = k.meter_id AND v.ts > k.since AND v.ts <= CAST(:until AS timestamptz)
JOIN readings r ON r.meter_id = v.meter_id AND r.ts = v.ts
    AND (r.register_kwh IS NOT NULL OR v.interval_s > coalesce(r.told_interval_s, r.interval_s))
WHERE v.register_kwh IS NULL AND v.kwh IS NOT NULL
ORDER BY k.n, v.ts, v.interval_s, v.received_at DESC, v.kwh DESC
""")
_PG_EPOCH_US = 946_684_800_000_000


def load_facts(connection: Connection, contexts: Sequence[MeterContext], until: float | None = None) -> ReadingColumns:
    """The readings after each context's `last_ts` up to `until` (epoch seconds); `meter` indexes the contexts."""
    rows = connection.execute(_FACTS, _asked(contexts, until)).mappings().all()
    columns = {name: b"".join(row[name] for row in rows) for name in _COLUMNS}
    return ReadingColumns(
        meter=np.repeat(np.arange(len(contexts), dtype=np.int64), [len(row["ts"]) // 8 for row in rows]),
        **{name: _numbers(name, packed) for name, packed in columns.items()},
    )


def load_totals(connection: Connection, contexts: Sequence[MeterContext], until: float | None = None) -> ReadingColumns:
    """Likewise the energies of longer intervals that end where one of those readings does."""
    rows = connection.execute(_TOTALS, _asked(contexts, until)).all()
    meter, ts, interval_s, kwh, received_at = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 5).T
    absent = np.full(len(rows), np.nan)
    return ReadingColumns(ts, interval_s, kwh, absent, absent, absent, absent, received_at, meter.astype(np.int64))


def _asked(contexts: Sequence[MeterContext], until: float | None) -> dict[str, Any]:
    return {
        "meters": [context.meter_id for context in contexts],
        "since": [_instant(context.last_ts, "-infinity") for context in contexts],
        "until": _instant(until, "infinity"),
    }


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
