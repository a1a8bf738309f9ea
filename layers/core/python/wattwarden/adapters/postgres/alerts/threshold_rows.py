"""Thresholds as rules."""

from sqlalchemy import Connection, select

from wattwarden.adapters.postgres.base.tables import thresholds
from wattwarden.domain.anomalies import Kind
from wattwarden.domain.thresholds import Threshold


def thresholds_of(connection: Connection, hostel_id: int) -> list[Threshold]:
    """Those that count in the hostel now."""
    columns = thresholds.c
    query = select(thresholds).where(columns.hostel_id == hostel_id, columns.ended_at.is_(None)).order_by(columns.id)
    return [
        Threshold(
            room_id=row.room_id,
            kind=Kind(row.kind) if row.kind else None,
            minimum_confidence=row.minimum_confidence,
            minimum_excess_kw=row.minimum_excess_kw,
            muted=row.muted,
            threshold_id=row.id,
        )
        for row in connection.execute(query)
    ]
