"""What score_readings loads and commits (`ports.scoring.TelemetryStore`)."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text

from wattwarden.adapters.postgres.base.engine import KeyExistsError, transaction
from wattwarden.adapters.postgres.telemetry.contexts import KnownMeters
from wattwarden.adapters.postgres.telemetry.exogenous import PostgresExogenous, save_exogenous
from wattwarden.adapters.postgres.telemetry.faults import save_faults
from wattwarden.adapters.postgres.telemetry.incidents import save_anomalies
from wattwarden.adapters.postgres.telemetry.outbox import PostgresOutbox, save_events
from wattwarden.adapters.postgres.telemetry.quarantine import save_quarantined
from wattwarden.adapters.postgres.telemetry.readings import add_readings, save_readings
from wattwarden.adapters.postgres.telemetry.states import (
    iso_instants,
    mark_for_replay,
    microseconds,
    move_on,
    save_states,
)
from wattwarden.adapters.postgres.telemetry.versions import save_versions
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.readings import ReadingRows, StoredValue
from wattwarden.ports.scoring import Effects, ExogenousFacts, TelemetryStore

# LIMIT makes it one look-up per key whatever the statistics say; a join could read everybody's whole period.
_STORED = text("""
SELECT k.n, r.kwh::float8 AS kwh, r.register_kwh::float8 AS register_kwh, r.interval_s,
    extract(epoch FROM r.received_at)::float8 AS received_at,
    (SELECT json_agg(json_build_array(v.kwh, v.register_kwh, v.interval_s, extract(epoch FROM v.received_at))
        ORDER BY v.received_at, v.kwh, v.register_kwh, v.interval_s)
     FROM reading_versions v WHERE v.meter_id = k.meter_id AND v.ts = k.ts) AS others
FROM unnest(CAST(:meters AS bigint[]), CAST(:ts AS timestamptz[])) WITH ORDINALITY AS k (meter_id, ts, n)
CROSS JOIN LATERAL (
    SELECT coalesce(told_kwh, kwh) AS kwh, register_kwh, received_at,
        CASE WHEN register_kwh IS NULL THEN coalesce(told_interval_s, interval_s) END AS interval_s
    FROM readings WHERE meter_id = k.meter_id AND ts = k.ts LIMIT 1
) r
""")

_ENSURE_PARTITIONS = text("SELECT ensure_reading_partitions(m, m) FROM unnest(CAST(:months AS timestamptz[])) m")


class PostgresTelemetry(PostgresOutbox, PostgresExogenous, TelemetryStore):
    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._months: set[str] = set()  # known to have a partition
        self._known = KnownMeters()

    def save_exogenous(self, exogenous: ExogenousFacts) -> None:
        with transaction(self._engine) as connection:
            if since := save_exogenous(connection, exogenous):
                move_on(connection, list(since))
                mark_for_replay(connection, since, inclusive=False)

    def meters(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], MeterContext]:
        with transaction(self._engine) as connection:
            return self._known.load(connection, keys)

    def stored(self, meter_ids: Sequence[int], ts: Sequence[float]) -> dict[tuple[int, float], StoredValue]:
        if not len(meter_ids):
            return {}
        asked = {
            "meters": [int(meter_id) for meter_id in meter_ids],
            "ts": iso_instants(np.asarray(ts, dtype=np.float64)),
        }
        with transaction(self._engine) as connection:
            return {
                (int(meter_ids[row.n - 1]), float(ts[row.n - 1])): StoredValue(
                    _number(row.kwh),
                    _number(row.register_kwh),
                    _number(row.interval_s),
                    row.received_at,
                    tuple(
                        (_number(kwh), _number(register), _number(length), at)
                        for kwh, register, length, at in row.others or ()
                    ),
                )
                for row in connection.execute(_STORED, asked)
            }

    def commit(self, effects: Effects) -> None:
        # Rows are written in the order of their keys, and tables in this order: two consumers cannot deadlock.
        if effects.readings is not None and len(effects.readings.ts):
            self._ensure_partitions(effects.readings.ts)
        try:
            self._commit(effects, add_readings)
        except KeyExistsError:  # a key is stored that the meter's state knows nothing of: it is left out
            self._commit(effects, save_readings)
        self._known.written(effects.states)

    def _commit(self, effects: Effects, save: Callable[[Connection, ReadingRows], None]) -> None:
        with transaction(self._engine) as connection:
            save_states(connection, effects.states, effects.marks)
            if effects.readings is not None:
                save(connection, effects.readings)
            save_versions(connection, effects.corrections, effects.versions, effects.marks)
            save_anomalies(connection, effects.anomalies, effects.closed_incidents)
            save_faults(connection, effects.faults)
            save_quarantined(connection, effects.quarantined)
            save_events(connection, effects.events)

    def _ensure_partitions(self, ts: NDArray[np.float64]) -> None:
        """Make the months' partitions in a transaction of their own, once per process and month."""
        firsts = np.unique(microseconds(ts).astype("datetime64[M]")).astype("datetime64[D]")
        months = set(np.datetime_as_string(firsts, timezone="UTC").tolist()) - self._months
        if months:
            with transaction(self._engine) as connection:
                connection.execute(_ENSURE_PARTITIONS, {"months": sorted(months)})
            self._months |= months


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
