"""What the daily look at drift reads and keeps (`ports.drift.DriftStore`)."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, text
from sqlalchemy.dialects.postgresql import insert

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.tables import drift_references, drift_reports
from wattwarden.ports.drift import DriftReport, DriftStore, Measures, Reference

DAYS_A_MONTH = 30.44
WEEK, MONTH = 7, 28

_MEASURES = text("""
WITH metered AS (
    SELECT count(DISTINCT room_id) AS rooms FROM meters WHERE removed_at IS NULL
), raised AS (
    SELECT count(*) FILTER (WHERE created_at >= CAST(:now AS timestamptz) - interval '7 days') AS recent,
        count(*) FILTER (WHERE created_at < CAST(:now AS timestamptz) - interval '7 days') AS usual
    FROM alerts
    WHERE created_at >= CAST(:now AS timestamptz) - interval '35 days' AND created_at < :now
        AND resolution IS DISTINCT FROM 'history'
), said AS (
    SELECT DISTINCT ON (alert_id) verdict FROM feedback
    WHERE changed_at >= CAST(:now AS timestamptz) - interval '28 days' ORDER BY alert_id, changed_at DESC, id DESC
), known AS (
    SELECT meter_id FROM meter_checkpoints GROUP BY meter_id
    HAVING min(ts) < CAST(:now AS timestamptz) - interval '15 days'
), judged AS (
    SELECT avg((a.tier <> 'model')::int)::float8 AS fallback
    FROM anomalies a JOIN rooms r ON r.id = a.room_id JOIN known USING (meter_id)
    WHERE a.created_at >= CAST(:now AS timestamptz) - interval '1 day' AND r.beds > 0
        AND a.ts >= CAST(:now AS timestamptz) - interval '2 days'
)
SELECT metered.rooms, raised.recent, raised.usual, judged.fallback,
    (SELECT count(*) FROM said WHERE verdict = 'real') AS real,
    (SELECT count(*) FROM said WHERE verdict = 'expected') AS expected,
    (SELECT min(created_at) FROM alerts) AS first_alert
FROM metered, raised, judged
""")


class PostgresDrift(DriftStore):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def measures(self, now: datetime) -> Measures:
        with transaction(self._engine) as connection:
            row = connection.execute(_MEASURES, {"now": now}).one()
        settled = row.first_alert is not None and row.first_alert < now - timedelta(days=WEEK + MONTH)
        return Measures(
            alert_rate=_rate(row.recent, row.rooms, WEEK),
            usual_alert_rate=_rate(row.usual, row.rooms, MONTH) if settled else None,
            real=row.real,
            expected=row.expected,
            fallback_share=row.fallback,
        )

    def reference(self, model: str) -> Reference | None:
        with transaction(self._engine) as connection:
            row = connection.execute(select(drift_references).where(drift_references.c.model == model)).one_or_none()
        if row is None:
            return None
        return Reference(row.model, row.rows, {name: (edges, was) for name, (edges, was) in row.bins.items()})

    def keep_reference(self, reference: Reference) -> None:
        bins = {name: list(parts) for name, parts in reference.bins.items()}
        row = insert(drift_references).values(model=reference.model, rows=reference.rows, bins=bins)
        with transaction(self._engine) as connection:
            connection.execute(row.on_conflict_do_nothing())

    def save(self, report: DriftReport) -> None:
        row = asdict(report)
        with transaction(self._engine) as connection:
            connection.execute(
                insert(drift_reports).values(row).on_conflict_do_update(index_elements=["day"], set_=row)
            )


def _rate(alerts: int, rooms: int, days: int) -> float | None:
    """Alerts per room and month."""
    return alerts / rooms / days * DAYS_A_MONTH if rooms else None
