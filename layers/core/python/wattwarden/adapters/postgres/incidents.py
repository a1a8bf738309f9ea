"""Anomalies, and the incidents that are their sums."""

from datetime import datetime
from typing import Any
from uuid import uuid5

from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.json_parameters import json_rows
from wattwarden.domain.anomalies import NAMESPACE, Anomaly, Severity, Tier


def rank_of(severity: str) -> str:
    """SQL for how bad a severity is, from 1."""
    return f"array_position(ARRAY[{', '.join(f"'{s}'" for s in Severity)}], {severity})"


# An incident is the sum of its anomalies: whatever counts an anomaly twice is stopped by its key. The worst anomaly
# gives severity, tier and reasons; the one with the highest power gives the pair of powers.
_SAVE_ANOMALIES = text(f"""
WITH incoming AS MATERIALIZED (
    SELECT a.*, m.room_id, m.hostel_id, coalesce(t.currency, h.currency) AS currency,
        a.actual_kwh / hours AS kw, a.expected_kwh / hours AS expected_kw,
        round(greatest(a.excess_kwh, 0)::numeric * coalesce(t.price_per_kwh, 0), 4) AS cost
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS a (
        id uuid, incident_id uuid, meter_id bigint, ts timestamptz, anomaly_type text, kind text, severity text,
        tier text, score float8, confidence float8, actual_kwh float8, expected_low_kwh float8, expected_kwh float8,
        expected_high_kwh float8, excess_kwh float8, reasons jsonb, model_version text
    )
    JOIN meters m ON m.id = a.meter_id
    JOIN hostels h ON h.id = m.hostel_id
    LEFT JOIN LATERAL (SELECT interval_s FROM readings WHERE meter_id = a.meter_id AND ts = a.ts LIMIT 1) r ON true
    CROSS JOIN LATERAL (SELECT coalesce(r.interval_s / 60, m.interval_minutes) / 60 AS hours) i
    LEFT JOIN LATERAL (
        SELECT price_per_kwh, currency FROM tariffs
        WHERE hostel_id = h.id AND valid_from <= ((a.ts - hours * interval '1 hour') AT TIME ZONE h.timezone)::date
        ORDER BY valid_from DESC LIMIT 1
    ) t ON true
    ORDER BY a.meter_id, a.ts
), stored AS (
    INSERT INTO anomalies (
        id, incident_id, meter_id, room_id, hostel_id, ts, anomaly_type, kind, severity, tier, score, confidence,
        actual_kwh, expected_low_kwh, expected_kwh, expected_high_kwh, excess_kwh, cost, currency, reasons,
        model_version
    )
    SELECT id, incident_id, meter_id, room_id, hostel_id, ts, anomaly_type, kind, severity, tier, score, confidence,
        actual_kwh, expected_low_kwh, expected_kwh, expected_high_kwh, excess_kwh, cost, currency, reasons,
        model_version
    FROM incoming
    ON CONFLICT DO NOTHING
    RETURNING id
), fresh AS (
    SELECT incoming.*,
        row_number() OVER (
            PARTITION BY incident_id ORDER BY {rank_of("severity")} DESC, confidence DESC, ts
        ) = 1 AS worst,
        row_number() OVER (PARTITION BY incident_id ORDER BY kw DESC, ts) = 1 AS peak
    FROM stored JOIN incoming USING (id)
), grown AS (
    INSERT INTO incidents AS kept (
        id, hostel_id, room_id, meter_id, kind, severity, tier, started_at, last_at, peak_kw, expected_kw,
        excess_kwh, cost, currency, confidence, reasons, anomalies
    )
    SELECT incident_id, min(hostel_id), min(room_id), min(meter_id),
        min(kind) FILTER (WHERE worst), min(severity) FILTER (WHERE worst), min(tier) FILTER (WHERE worst),
        min(ts), max(ts), max(kw), min(expected_kw) FILTER (WHERE peak),
        sum(excess_kwh::numeric(14, 4)), sum(cost), min(currency), max(confidence),
        (array_agg(reasons) FILTER (WHERE worst))[1], count(*)
    FROM fresh
    GROUP BY incident_id
    ORDER BY incident_id
    ON CONFLICT (id) DO UPDATE SET
        started_at = least(kept.started_at, excluded.started_at),
        last_at = greatest(kept.last_at, excluded.last_at),
        peak_kw = greatest(kept.peak_kw, excluded.peak_kw),
        expected_kw = CASE WHEN excluded.peak_kw > kept.peak_kw THEN excluded.expected_kw ELSE kept.expected_kw END,
        excess_kwh = kept.excess_kwh + excluded.excess_kwh,
        cost = kept.cost + excluded.cost,
        anomalies = kept.anomalies + excluded.anomalies,
        (severity, tier, reasons) = (
            SELECT w.severity, w.tier, w.reasons
            FROM (VALUES (kept.severity, kept.tier, kept.reasons, kept.confidence, 0),
                         (excluded.severity, excluded.tier, excluded.reasons, excluded.confidence, 1))
                AS w (severity, tier, reasons, confidence, age)
            ORDER BY {rank_of("w.severity")} DESC, w.confidence DESC, w.age LIMIT 1
        ),
        confidence = greatest(kept.confidence, excluded.confidence)
    RETURNING kept.alert_id, kept.severity
)
UPDATE alerts SET severity = worse.severity
FROM (
    SELECT DISTINCT ON (alert_id) alert_id, severity FROM grown ORDER BY alert_id, {rank_of("severity")} DESC
) worse
WHERE alerts.id = worse.alert_id AND {rank_of("worse.severity")} > {rank_of("alerts.severity")}
""")  # noqa: S608 (the severities' own names)

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


def save_anomalies(
    connection: Connection, anomalies: list[Anomaly], closed: list[tuple[int, datetime]], model_version: str | None
) -> None:
    """Store the anomalies that are new, grow their incidents and alerts, then close what the detector closed."""
    if anomalies:
        connection.execute(_SAVE_ANOMALIES, {"rows": json_rows([_anomaly(a, model_version) for a in anomalies])})
    if closed:
        rows = [{"meter_id": meter_id, "at": at.isoformat()} for meter_id, at in closed]
        connection.execute(_CLOSE_INCIDENTS, {"rows": json_rows(rows)})
    meters = {a.meter_id for a in anomalies if a.opens} | {meter_id for meter_id, _ in closed}
    if meters:
        connection.execute(_NOTE_OPEN_INCIDENTS, {"meters": sorted(meters)})


def _anomaly(a: Anomaly, model_version: str | None) -> dict[str, Any]:
    return {
        "id": str(uuid5(NAMESPACE, f"anomaly:{a.meter_id}:{a.ts.timestamp():.0f}")),
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
        "model_version": model_version if a.tier is Tier.MODEL else None,
    }
