"""What score_readings loads and commits (`ports.scoring.TelemetryStore`)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, text

from wattwarden.adapters.postgres.engine import transaction
from wattwarden.adapters.postgres.incidents import save_anomalies
from wattwarden.adapters.postgres.json_parameters import storable_text
from wattwarden.adapters.postgres.outbox import PostgresOutbox, save_events
from wattwarden.adapters.postgres.quarantine import save_quarantined
from wattwarden.adapters.postgres.readings import save_readings
from wattwarden.adapters.postgres.states import save_states
from wattwarden.adapters.postgres.surroundings import load_surroundings, save_occupancy, save_weather
from wattwarden.ports.scoring import Effects, MeterContext, Surroundings, TelemetryStore

_METERS = text("""
SELECT m.id AS meter_id, m.serial, m.hostel_id, m.room_id, h.timezone, r.beds, r.has_ac,
    m.interval_minutes * 60 AS interval_s, m.measures, m.register_digits, m.nominal_voltage,
    coalesce(t.price_per_kwh, 0) AS price_per_kwh, coalesce(t.currency, h.currency) AS currency,
    coalesce(s.version, 0) AS version, s.state, extract(epoch FROM s.last_ts)::float8 AS last_ts, s.last_register_kwh
FROM unnest(CAST(:hostels AS bigint[]), CAST(:serials AS text[])) AS k (hostel_id, serial)
JOIN meters m ON m.hostel_id = k.hostel_id AND m.serial = k.serial AND m.removed_at IS NULL
JOIN rooms r ON r.id = m.room_id
JOIN hostels h ON h.id = m.hostel_id
LEFT JOIN meter_state s ON s.meter_id = m.id
LEFT JOIN LATERAL (
    SELECT price_per_kwh, currency FROM tariffs
    WHERE hostel_id = h.id AND valid_from <= (now() AT TIME ZONE h.timezone)::date
    ORDER BY valid_from DESC LIMIT 1
) t ON true
""")


# LIMIT makes it one look-up per key whatever the statistics say; a join could read everybody's whole period.
_STORED = text("""
SELECT k.n, r.kwh::float8 AS kwh, r.register_kwh::float8 AS register_kwh
FROM unnest(CAST(:meters AS bigint[]), CAST(:ts AS timestamptz[])) WITH ORDINALITY AS k (meter_id, ts, n)
CROSS JOIN LATERAL (
    SELECT kwh, register_kwh FROM readings WHERE meter_id = k.meter_id AND ts = k.ts LIMIT 1
) r
""")

_ENSURE_PARTITIONS = text("SELECT ensure_reading_partitions(m, m) FROM unnest(CAST(:months AS timestamptz[])) m")


class PostgresTelemetry(PostgresOutbox, TelemetryStore):
    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._months: set[str] = set()  # known to have a partition

    def meters(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], MeterContext]:
        askable = [(hostel_id, serial) for hostel_id, serial in keys if serial == storable_text(serial)]
        if not askable:
            return {}
        asked = {"hostels": [key[0] for key in askable], "serials": [key[1] for key in askable]}
        with transaction(self._engine) as connection:
            rows = connection.execute(_METERS, asked).mappings()
            return {(row["hostel_id"], row["serial"]): MeterContext(**row) for row in rows}

    def surroundings(
        self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float
    ) -> Surroundings:
        with transaction(self._engine) as connection:
            return load_surroundings(connection, room_ids, hostel_ids, start, end)

    def stored(self, meter_ids: Sequence[int], ts: Sequence[float]) -> dict[tuple[int, float], tuple[float, float]]:
        if not len(meter_ids):
            return {}
        asked = {
            "meters": [int(meter_id) for meter_id in meter_ids],
            "ts": _instants(np.asarray(ts, dtype=np.float64)),
        }
        with transaction(self._engine) as connection:
            return {
                (int(meter_ids[row.n - 1]), float(ts[row.n - 1])): (_number(row.kwh), _number(row.register_kwh))
                for row in connection.execute(_STORED, asked)
            }

    def commit(self, effects: Effects) -> None:
        # Rows are written in the order of their keys, and tables in this order: two consumers cannot deadlock.
        if effects.readings is not None and len(effects.readings.ts):
            self._ensure_partitions(effects.readings.ts)
        with transaction(self._engine) as connection:
            save_states(connection, effects.states)
            if effects.readings is not None:
                save_readings(connection, effects.readings)
            save_anomalies(connection, effects.anomalies, effects.closed_incidents, effects.model_version)
            save_occupancy(connection, effects.occupancy)
            save_weather(connection, effects.weather)
            save_quarantined(connection, effects.quarantined)
            save_events(connection, effects.events)

    def _ensure_partitions(self, ts: NDArray[np.float64]) -> None:
        """Make the months' partitions in a transaction of their own, once per process and month."""
        firsts = np.unique(_microseconds(ts).astype("datetime64[M]")).astype("datetime64[D]")
        months = set(np.datetime_as_string(firsts, timezone="UTC").tolist()) - self._months
        if months:
            with transaction(self._engine) as connection:
                connection.execute(_ENSURE_PARTITIONS, {"months": sorted(months)})
            self._months |= months


def _microseconds(ts: NDArray[np.float64]) -> NDArray[Any]:
    return np.rint(ts * 1e6).astype(np.int64).astype("datetime64[us]")


def _instants(ts: NDArray[np.float64]) -> list[str]:
    """Epoch seconds as ISO texts, rounded to the microsecond as they are when stored."""
    texts: list[str] = np.datetime_as_string(_microseconds(ts), timezone="UTC").tolist()
    return texts


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
