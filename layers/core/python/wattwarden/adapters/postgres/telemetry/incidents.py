"""Anomalies, and the incidents that are their sums."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.domain.alert_facts import PRICED
from wattwarden.domain.anomalies import Anomaly, Kind, Severity, anomaly_id


def rank_of(severity: str) -> str:
    """SQL for how bad a severity is, from 1."""
    return f"array_position(ARRAY[{', '.join(f"'{s}'" for s in Severity)}], {severity})"


def _names(listed: str) -> list[str]:
    return listed.split()


_DETAILS = _names(
    "incident_id meter_id room_id hostel_id ts anomaly_type kind severity tier score confidence actual_kwh "
    "expected_low_kwh expected_kwh expected_high_kwh excess_kwh cost currency reasons model_version"
)
_SUMS = _names(
    "id hostel_id room_id meter_id kind severity tier started_at began_at last_at peak_kw expected_kw excess_kwh cost "
    "currency confidence reasons far anomalies"
)

# Length of the reading that an anomaly is about.
_HOURS = """
    JOIN meters m ON m.id = a.meter_id
    LEFT JOIN LATERAL (SELECT interval_s FROM readings WHERE meter_id = a.meter_id AND ts = a.ts LIMIT 1) r ON true
    CROSS JOIN LATERAL (SELECT coalesce(r.interval_s / 60, m.interval_minutes) / 60 AS hours) i
"""


def _listed(kinds: Collection[Kind]) -> str:
    return ", ".join(f"'{kind}'" for kind in sorted(kinds))


# Powers, when it began, and how far out it lies, by what its kind is measured in. A voltage is of its instant, not of a
# gap before it; a meter that is dead or stuck has been so for a while when that is told.
_OF_READING = f"""
    a.actual_kwh / hours AS kw, a.expected_kwh / hours AS mean_expected_kw,
    a.ts - interval '1 hour' * CASE a.kind
        WHEN '{Kind.UNDERVOLTAGE}' THEN least(hours, 1)
        WHEN '{Kind.OVERVOLTAGE}' THEN least(hours, 1)
        WHEN '{Kind.ZERO}' THEN greatest(hours, (a.reasons ->> 'zero_h')::float8)
        WHEN '{Kind.FLAT}' THEN greatest(hours, (a.reasons ->> 'flat_h')::float8)
        ELSE hours
    END AS began,
    CASE a.kind
        WHEN '{Kind.UNDERVOLTAGE}' THEN -(a.reasons ->> 'voltage')::float8
        WHEN '{Kind.OVERVOLTAGE}' THEN (a.reasons ->> 'voltage')::float8
        WHEN '{Kind.POWER_FACTOR}' THEN (a.reasons ->> 'power_factor_fall')::float8
        WHEN '{Kind.SHORTFALL}' THEN (a.expected_kwh - a.actual_kwh) / hours
        WHEN '{Kind.ZERO}' THEN (a.expected_kwh - a.actual_kwh) / hours
        ELSE a.actual_kwh / hours
    END AS far
"""
_INCOMING = f"""
    SELECT a.*, m.room_id, m.hostel_id, coalesce(t.currency, h.currency) AS currency,
        round(CASE WHEN a.excess_kwh IS NOT NULL THEN greatest(a.excess_kwh, 0) END::numeric
            * CASE WHEN a.kind IN ({_listed(PRICED)}) THEN nullif(t.price_per_kwh, 0) END, 4) AS cost,
        {_OF_READING}
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS a (
        id uuid, incident_id uuid, meter_id bigint, ts timestamptz, anomaly_type text, kind text, severity text,
        tier text, score float8, confidence float8, actual_kwh float8, expected_low_kwh float8, expected_kwh float8,
        expected_high_kwh float8, excess_kwh float8, reasons jsonb, model_version text
    )
    {_HOURS}
    JOIN hostels h ON h.id = m.hostel_id
    LEFT JOIN LATERAL (
        SELECT price_per_kwh, currency FROM tariffs
        WHERE hostel_id = h.id AND valid_from <= ((a.ts - hours * interval '1 hour') AT TIME ZONE h.timezone)::date
        ORDER BY valid_from DESC LIMIT 1
    ) t ON true
    ORDER BY a.meter_id, a.ts
"""  # noqa: S608 (names from this module)


def _summed(anomalies: str) -> str:
    """SQL for the incidents that some anomalies add up to; what is unknown of one adds nothing to them.

    The first anomaly of the highest severity gives severity and tier, the first that lies furthest out gives what is
    told of it: powers and reasons. So the sum of all is the same as the sums of parts put together in order of time.
    """
    return f"""
    SELECT incident_id AS id, min(hostel_id) AS hostel_id, min(room_id) AS room_id, min(meter_id) AS meter_id,
        min(kind) FILTER (WHERE first) AS kind, min(severity) FILTER (WHERE worst) AS severity,
        min(tier) FILTER (WHERE worst) AS tier, min(ts) AS started_at, min(began) AS began_at, max(ts) AS last_at,
        min(kw) FILTER (WHERE furthest) AS peak_kw,
        min(mean_expected_kw) FILTER (WHERE furthest) AS expected_kw, sum(excess_kwh::numeric(14, 4)) AS excess_kwh,
        sum(cost) AS cost, min(currency) FILTER (WHERE first) AS currency, max(confidence) AS confidence,
        (array_agg(reasons) FILTER (WHERE furthest))[1] AS reasons, max(far) AS far, count(*) AS anomalies
    FROM (
        SELECT *,
            row_number() OVER (PARTITION BY incident_id ORDER BY ts) = 1 AS first,
            row_number() OVER (PARTITION BY incident_id ORDER BY {rank_of("severity")} DESC, ts) = 1 AS worst,
            row_number() OVER (PARTITION BY incident_id ORDER BY far DESC NULLS LAST, ts) = 1 AS furthest
        FROM {anomalies}
    ) ranked
    GROUP BY incident_id
    ORDER BY incident_id
"""  # noqa: S608 (names from this module)


def _raise_alerts(grown: str) -> str:
    """SQL that makes alerts as severe as the worst of these incidents."""
    return f"""
UPDATE alerts SET severity = worse.severity
FROM (
    SELECT DISTINCT ON (alert_id) alert_id, severity FROM {grown} ORDER BY alert_id, {rank_of("severity")} DESC
) worse
WHERE alerts.id = worse.alert_id AND {rank_of("worse.severity")} > {rank_of("alerts.severity")}
"""  # noqa: S608 (names from this module)


# An incident is the sum of its anomalies: whatever counts an anomaly twice is stopped by its key.
_SAVE_ANOMALIES = text(f"""
WITH incoming AS MATERIALIZED ({_INCOMING}), stored AS (
    INSERT INTO anomalies (id, {", ".join(_DETAILS)})
    SELECT id, {", ".join(_DETAILS)} FROM incoming
    ON CONFLICT DO NOTHING
    RETURNING id
), fresh AS (
    SELECT incoming.* FROM stored JOIN incoming USING (id)
), grown AS (
    INSERT INTO incidents AS kept ({", ".join(_SUMS)}) {_summed("fresh")}
    ON CONFLICT (id) DO UPDATE SET
        started_at = least(kept.started_at, excluded.started_at),
        began_at = least(kept.began_at, excluded.began_at),
        last_at = greatest(kept.last_at, excluded.last_at),
        (peak_kw, expected_kw, reasons, far) = (
            SELECT f.peak_kw, f.expected_kw, f.reasons, f.far
            FROM (VALUES (kept.peak_kw, kept.expected_kw, kept.reasons, kept.far, 0),
                         (excluded.peak_kw, excluded.expected_kw, excluded.reasons, excluded.far, 1))
                AS f (peak_kw, expected_kw, reasons, far, age)
            ORDER BY f.far DESC NULLS LAST, f.age LIMIT 1
        ),
        excess_kwh = coalesce(kept.excess_kwh + excluded.excess_kwh, kept.excess_kwh, excluded.excess_kwh),
        cost = coalesce(kept.cost + excluded.cost, kept.cost, excluded.cost),
        anomalies = kept.anomalies + excluded.anomalies,
        (severity, tier) = (
            SELECT w.severity, w.tier
            FROM (VALUES (kept.severity, kept.tier, 0), (excluded.severity, excluded.tier, 1))
                AS w (severity, tier, age)
            ORDER BY {rank_of("w.severity")} DESC, w.age LIMIT 1
        ),
        confidence = greatest(kept.confidence, excluded.confidence)
    RETURNING kept.alert_id, kept.severity
)
{_raise_alerts("grown")}
""")  # noqa: S608 (the severities' own names)

_ANOMALIES_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS incoming_anomalies (
    LIKE anomalies, kw float8, mean_expected_kw float8, began timestamptz, far float8
) ON COMMIT DELETE ROWS
"""
_STAGE_ANOMALIES = text(f"""
INSERT INTO incoming_anomalies (id, {", ".join(_DETAILS)}, created_at, kw, mean_expected_kw, began, far)
SELECT id, {", ".join(_DETAILS)}, now(), kw, mean_expected_kw, began, far FROM ({_INCOMING}) new
""")  # noqa: S608 (names from this module)

# An anomaly belongs to an incident: those that are new must be there before; what they come to follows.
_BEGIN_INCIDENTS = text(f"""
INSERT INTO incidents ({", ".join(_SUMS)}) {_summed("incoming_anomalies")}
ON CONFLICT (id) DO NOTHING
""")

_REPLACE_ANOMALIES = text(f"""
WITH gone AS (
    DELETE FROM anomalies a USING incoming_readings r
    WHERE a.meter_id = r.meter_id AND a.ts = r.ts AND NOT EXISTS (SELECT FROM incoming_anomalies n WHERE n.id = a.id)
    RETURNING a.incident_id
), moved AS (
    SELECT a.incident_id FROM anomalies a JOIN incoming_anomalies n USING (id)
), written AS (
    INSERT INTO anomalies AS kept (id, {", ".join(_DETAILS)})
    SELECT id, {", ".join(_DETAILS)} FROM incoming_anomalies ORDER BY meter_id, ts
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _DETAILS)}
    WHERE ({", ".join(f"kept.{name}" for name in _DETAILS)})
        IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _DETAILS)})
    RETURNING incident_id
)
SELECT incident_id FROM gone
UNION SELECT incident_id FROM moved
UNION SELECT incident_id FROM written
ORDER BY 1
""")  # noqa: S608 (names from this module)

_SUM_INCIDENTS = text(f"""
WITH parts AS MATERIALIZED (
    SELECT a.*, {_OF_READING}
    FROM anomalies a {_HOURS}
    WHERE a.incident_id = ANY(CAST(:incidents AS uuid[]))
), grown AS (
    UPDATE incidents i SET {", ".join(f"{name} = s.{name}" for name in _SUMS[4:])},
        closed_at = CASE WHEN i.withdrawn_at IS NULL THEN i.closed_at END, withdrawn_at = NULL
    FROM ({_summed("parts")}) s
    WHERE s.id = i.id
    RETURNING i.alert_id, i.severity
)
{_raise_alerts("grown")}
""")  # noqa: S608 (names from this module)

_WITHDRAW_INCIDENTS = text("""
WITH empty AS (
    SELECT i.id, i.alert_id FROM incidents i
    WHERE i.id = ANY(CAST(:incidents AS uuid[])) AND NOT EXISTS (SELECT FROM anomalies a WHERE a.incident_id = i.id)
), untold AS (
    DELETE FROM incidents i USING empty e WHERE i.id = e.id AND e.alert_id IS NULL
)
UPDATE incidents i SET
    withdrawn_at = coalesce(i.withdrawn_at, now()), closed_at = coalesce(i.closed_at, i.last_at),
    anomalies = 0, excess_kwh = 0, cost = 0
FROM empty e WHERE i.id = e.id AND e.alert_id IS NOT NULL
""")

# A person's own resolution stays as it is; what was resolved here comes back with its incidents.
_RESOLVE_ALERTS = text("""
UPDATE alerts a SET state = 'resolved', resolved_at = now(), resolution = 'withdrawn'
WHERE a.id IN (SELECT alert_id FROM incidents WHERE id = ANY(CAST(:incidents AS uuid[]))) AND a.state <> 'resolved'
    AND NOT EXISTS (SELECT FROM incidents i WHERE i.alert_id = a.id AND i.withdrawn_at IS NULL)
""")
_REOPEN_ALERTS = text("""
UPDATE alerts a SET state = CASE WHEN a.acknowledged_at IS NULL THEN 'open' ELSE 'acknowledged' END,
    resolved_at = NULL, resolution = NULL
WHERE a.id IN (SELECT alert_id FROM incidents WHERE id = ANY(CAST(:incidents AS uuid[])))
    AND a.state = 'resolved' AND a.resolution = 'withdrawn'
    AND EXISTS (SELECT FROM incidents i WHERE i.alert_id = a.id AND i.withdrawn_at IS NULL)
""")

_OPEN_AGAIN = text("""
UPDATE incidents i SET closed_at = NULL
FROM incoming_readings r
WHERE i.meter_id = ANY(CAST(:meters AS bigint[])) AND i.withdrawn_at IS NULL
    AND r.meter_id = i.meter_id AND r.ts = i.closed_at
""")

_CLOSE_INCIDENTS = text("""
UPDATE incidents SET closed_at = first.at
FROM (
    SELECT i.id, min(c.at) AS at
    FROM incidents i
    JOIN jsonb_to_recordset(CAST(:rows AS jsonb)) AS c (meter_id bigint, at timestamptz)
        ON c.meter_id = i.meter_id AND c.at > i.started_at
    WHERE i.closed_at IS NULL
    GROUP BY i.id
) first
WHERE incidents.id = first.id
""")

_NOTE_OPEN_INCIDENTS = text("""
UPDATE meter_state s SET open_incident_id = (
    SELECT i.id FROM incidents i WHERE i.meter_id = s.meter_id AND i.closed_at IS NULL
    ORDER BY i.started_at DESC LIMIT 1
)
WHERE s.meter_id = ANY(CAST(:meters AS bigint[]))
""")


def save_anomalies(connection: Connection, anomalies: list[Anomaly], closed: list[tuple[int, datetime]]) -> None:
    """Store the anomalies that are new, grow their incidents and alerts, then close what the detector closed."""
    if anomalies:
        connection.execute(_SAVE_ANOMALIES, {"rows": json_rows([_anomaly(a) for a in anomalies])})
    _close(connection, closed)
    meters = {a.meter_id for a in anomalies if a.opens} | {meter_id for meter_id, _ in closed}
    if meters:
        connection.execute(_NOTE_OPEN_INCIDENTS, {"meters": sorted(meters)})


def replace_anomalies(
    connection: Connection,
    meter_ids: Sequence[int],
    anomalies: list[Anomaly],
    closed: list[tuple[int, datetime]],
) -> None:
    """Put the anomalies in the place of those of the readings in `incoming_readings`; incidents and alerts follow."""
    connection.exec_driver_sql(_ANOMALIES_TABLE)
    if anomalies:
        connection.execute(_STAGE_ANOMALIES, {"rows": json_rows([_anomaly(a) for a in anomalies])})
        connection.execute(_BEGIN_INCIDENTS)
    incidents = [str(incident) for incident in connection.execute(_REPLACE_ANOMALIES).scalars()]
    if incidents:
        connection.execute(_SUM_INCIDENTS, {"incidents": incidents})
        connection.execute(_WITHDRAW_INCIDENTS, {"incidents": incidents})
        for statement in (_RESOLVE_ALERTS, _REOPEN_ALERTS):
            connection.execute(statement, {"incidents": incidents})
    connection.execute(_OPEN_AGAIN, {"meters": list(meter_ids)})
    _close(connection, closed)
    connection.execute(_NOTE_OPEN_INCIDENTS, {"meters": list(meter_ids)})


def _close(connection: Connection, closed: list[tuple[int, datetime]]) -> None:
    if closed:
        rows = [{"meter_id": meter_id, "at": at.isoformat()} for meter_id, at in closed]
        connection.execute(_CLOSE_INCIDENTS, {"rows": json_rows(rows)})


def _anomaly(a: Anomaly) -> dict[str, Any]:
    return {
        "id": str(anomaly_id(a.meter_id, a.ts)),
        "incident_id": str(a.incident_id),
        "meter_id": a.meter_id,
        "ts": a.ts.isoformat(),
        "anomaly_type": a.kind.type,
        "kind": a.kind,
        "severity": a.severity,
        "tier": a.tier,
        "score": a.score,
        "confidence": a.confidence,
        "actual_kwh": a.actual_kwh,
        "expected_low_kwh": a.expected_low_kwh,
        "expected_kwh": a.expected_kwh,
        "expected_high_kwh": a.expected_high_kwh,
        "excess_kwh": a.excess_kwh,
        "reasons": a.reasons,
        "model_version": a.model_version,
    }
