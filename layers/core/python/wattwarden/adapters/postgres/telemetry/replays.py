"""What replay_meters loads and commits (`ports.replay.ReplayStore`)."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, RowMapping, text

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.json_parameters import storable_text
from wattwarden.adapters.postgres.telemetry.contexts import CONTEXT_COLUMNS, CONTEXT_JOINS, context_of, register_of
from wattwarden.adapters.postgres.telemetry.exogenous import PostgresExogenous
from wattwarden.adapters.postgres.telemetry.facts import load_facts, load_totals
from wattwarden.adapters.postgres.telemetry.faults import save_faults
from wattwarden.adapters.postgres.telemetry.incidents import replace_anomalies
from wattwarden.adapters.postgres.telemetry.outbox import PostgresOutbox, save_events
from wattwarden.adapters.postgres.telemetry.readings import replace_readings
from wattwarden.adapters.postgres.telemetry.states import (
    OF_THIS_RELEASE,
    forget_checkpoints,
    iso_instants,
    lock_versions,
    save_checkpoints,
    save_states,
    unmark,
)
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.readings import ReadingColumns
from wattwarden.domain.registers import Quality, RegisterState
from wattwarden.ports.replay import ReplayEffects, ReplayStore, ReplayTask, Waiting
from wattwarden.usecases.telemetry.replay import pause_after

_HOUR_S = 3600

# A change reaches back to the start of every interval that it changes: of those that are stored since then, of those
# that stood there before a correction, and of those that a register's next value can be differenced from.
_DUE = text(f"""
SELECT {CONTEXT_COLUMNS}, extract(epoch FROM least(
    s.replay_from, stored.start, former.start, before.ts, counted.ts,
    CASE WHEN counted.quality IN ('{Quality.REPLACED}', '{Quality.RATIO}') THEN counted.start END
))::float8 AS since
FROM meters m {CONTEXT_JOINS}
LEFT JOIN LATERAL (
    SELECT min(ts - greatest(interval_s, told_interval_s) * interval '1 second') AS start FROM readings
    WHERE meter_id = m.id AND ts >= s.replay_from
) stored ON true
LEFT JOIN LATERAL (
    SELECT min(ts - interval_s * interval '1 second') AS start FROM reading_versions
    WHERE meter_id = m.id AND ts >= s.replay_from
) former ON true
LEFT JOIN LATERAL (
    SELECT ts FROM readings WHERE meter_id = m.id AND ts < s.replay_from ORDER BY ts DESC LIMIT 1
) before ON true
LEFT JOIN LATERAL (
    SELECT ts, quality, ts - interval_s * interval '1 second' AS start FROM readings
    WHERE meter_id = m.id AND ts < s.replay_from AND (kwh IS NOT NULL OR quality = '{Quality.BASELINE}')
    ORDER BY ts DESC LIMIT 1
) counted ON true
WHERE s.replay_from IS NOT NULL
    AND NOT EXISTS (SELECT FROM replay_failures f WHERE f.meter_id = m.id AND f.next_at > CAST(:now AS timestamptz))
    AND (
    s.replay_marked_at <= CAST(:now AS timestamptz) - interval '5 seconds'
    OR s.replay_first_marked_at <= CAST(:now AS timestamptz) - interval '2 minutes')
ORDER BY s.replay_first_marked_at, m.id LIMIT :limit
""")  # noqa: S608 (names from this package)

_NOTE_FAILURE = text("""
INSERT INTO replay_failures AS kept (meter_id, attempts, error, first_at, last_at, next_at)
VALUES (:meter_id, 1, :error, :now, :now, :now)
ON CONFLICT (meter_id) DO UPDATE SET attempts = kept.attempts + 1, error = excluded.error, last_at = excluded.last_at
RETURNING attempts
""")
_PAUSE = text("UPDATE replay_failures SET next_at = :next_at WHERE meter_id = :meter_id")
_FORGET_FAILURES = text("DELETE FROM replay_failures WHERE meter_id = ANY(CAST(:meters AS bigint[]))")
_WAITING = text("""
SELECT count(*) AS marked, count(f.meter_id) AS failing,
    coalesce(extract(epoch FROM CAST(:now AS timestamptz)
        - min(s.replay_first_marked_at) FILTER (WHERE f.meter_id IS NULL)), 0)::float8 AS oldest_s
FROM meter_state s LEFT JOIN replay_failures f USING (meter_id)
WHERE s.replay_from IS NOT NULL
""")

# Roll-ups cannot be cut within an interval that is spread over several of their hours.
_ACROSS = text(f"""
SELECT k.meter_id, extract(epoch FROM r.start)::float8 AS since
FROM unnest(CAST(:meters AS bigint[]), CAST(:starts AS timestamptz[])) AS k (meter_id, start)
CROSS JOIN LATERAL (
    SELECT min(ts - length * interval '1 second') AS start FROM (
        SELECT ts, greatest(interval_s, told_interval_s) AS length FROM readings
        WHERE meter_id = k.meter_id AND ts > k.start AND (interval_s > 3600 OR quality = '{Quality.COARSE}')
        UNION ALL
        SELECT ts, interval_s FROM reading_versions WHERE meter_id = k.meter_id AND ts > k.start AND interval_s > 3600
    ) of_hours
    WHERE ts - length * interval '1 second' < k.start
) r
WHERE r.start IS NOT NULL
""")  # noqa: S608 (names from this package)

_CHECKPOINTS = text(f"""
SELECT k.meter_id, c.state, c.ring, extract(epoch FROM c.ts)::float8 AS last_ts,
    c.register_value, c.register_ts, c.suspect_value, c.suspect_ts, r.n
FROM unnest(CAST(:meters AS bigint[]), CAST(:starts AS timestamptz[])) AS k (meter_id, start)
LEFT JOIN LATERAL (
    SELECT * FROM meter_checkpoints
    WHERE meter_id = k.meter_id AND ts <= k.start AND {OF_THIS_RELEASE}
    ORDER BY ts DESC LIMIT 1
) c ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM readings WHERE meter_id = k.meter_id AND ts > coalesce(c.ts, '-infinity')
) r
""")  # noqa: S608 (names from this package)


class PostgresReplays(PostgresOutbox, PostgresExogenous, ReplayStore):
    def due(self, now: datetime, limit: int) -> list[ReplayTask]:
        with transaction(self._engine) as connection:
            rows = connection.execute(_DUE, {"now": now, "limit": limit}).mappings().all()
            if not rows:
                return []
            due = [(context_of(row), row["since"]) for row in rows]
            starts = _window_starts(connection, due)
            asked = {"meters": list(starts), "starts": iso_instants(np.array(list(starts.values())))}
            kept = {row["meter_id"]: row for row in connection.execute(_CHECKPOINTS, asked).mappings()}
        return [_task(meter, kept[meter.meter_id], starts[meter.meter_id]) for meter, _ in due]

    def facts(self, tasks: Sequence[ReplayTask]) -> ReadingColumns:
        with transaction(self._engine) as connection:
            return load_facts(connection, [task.context for task in tasks])

    def totals(self, tasks: Sequence[ReplayTask]) -> ReadingColumns:
        with transaction(self._engine) as connection:
            return load_totals(connection, [task.context for task in tasks])

    def note_failure(self, meter_id: int, error: str, now: datetime) -> None:
        noted = {"meter_id": meter_id, "error": storable_text(error), "now": now}
        with transaction(self._engine) as connection:
            attempts = connection.execute(_NOTE_FAILURE, noted).scalar_one()
            connection.execute(_PAUSE, {"meter_id": meter_id, "next_at": now + pause_after(attempts)})

    def waiting(self, now: datetime) -> Waiting:
        with transaction(self._engine) as connection:
            row = connection.execute(_WAITING, {"now": now}).one()
        return Waiting(row.marked, row.failing, max(row.oldest_s, 0.0))

    def commit_replay(self, effects: ReplayEffects) -> None:
        windows = {task.context.meter_id: task.window_start for task in effects.tasks}
        with transaction(self._engine) as connection:
            lock_versions(connection, [(task.context.meter_id, task.context.version) for task in effects.tasks])
            save_states(connection, effects.states)
            unmark(connection, list(windows))
            connection.execute(_FORGET_FAILURES, {"meters": list(windows)})
            forget_checkpoints(connection, windows)
            save_checkpoints(connection, effects.checkpoints)
            replace_readings(connection, effects.readings, effects.pieces, windows)
            replace_anomalies(connection, list(windows), effects.anomalies, effects.closed_incidents)
            save_faults(connection, effects.faults)
            save_events(connection, effects.events)


def _window_starts(connection: Connection, due: Sequence[tuple[MeterContext, float]]) -> dict[int, float]:
    """Per meter the start of the local day that everything changed lies after, floored to the hour of UTC."""
    zones = {meter.meter_id: ZoneInfo(meter.timezone) for meter, _ in due}
    starts = {meter.meter_id: _day_start(since, zones[meter.meter_id]) for meter, since in due}
    asking = starts
    while asking:
        asked = {"meters": list(asking), "starts": iso_instants(np.array(list(asking.values())))}
        found = connection.execute(_ACROSS, asked).all()
        asking = {row.meter_id: _day_start(row.since, zones[row.meter_id]) for row in found}
        starts |= asking
    return starts


def _day_start(ts: float, zone: ZoneInfo) -> float:
    """The hour of UTC in which the local day of `ts` begins."""
    day = datetime.fromtimestamp(ts, zone).date()
    return datetime.combine(day, time(), zone).timestamp() // _HOUR_S * _HOUR_S


def _task(meter: MeterContext, kept: RowMapping, window_start: float) -> ReplayTask:
    register = RegisterState() if kept["state"] is None else register_of(kept)
    at_checkpoint = {name: kept[name] for name in ("state", "ring", "last_ts")}
    context = meter._replace(**at_checkpoint, register=register)
    return ReplayTask(context=context, window_start=window_start, readings=kept["n"])
