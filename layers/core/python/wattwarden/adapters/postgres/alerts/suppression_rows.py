"""Suppression rules, as the domain has them."""

from sqlalchemy import Connection, select

from wattwarden.adapters.postgres.base.tables import suppressions
from wattwarden.domain.anomalies import Kind
from wattwarden.domain.suppressions import SuppressionRule


def suppressions_of(connection: Connection, hostel_id: int) -> list[SuppressionRule]:
    """Those that count in the hostel now."""
    columns = suppressions.c
    query = select(suppressions).where(columns.hostel_id == hostel_id, columns.ended_at.is_(None)).order_by(columns.id)
    return [
        SuppressionRule(
            room_id=row.room_id,
            kind=Kind(row.kind) if row.kind else None,
            minimum_confidence=row.minimum_confidence,
            minimum_excess_kw=row.minimum_excess_kw,
            muted=row.muted,
            suppression_id=row.id,
        )
        for row in connection.execute(query)
    ]
