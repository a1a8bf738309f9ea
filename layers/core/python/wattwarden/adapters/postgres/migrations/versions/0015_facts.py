"""An alert's words are made of what is known now: when an incident began, and the reading that lies furthest out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("began_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incidents", sa.Column("far", sa.Double(), nullable=True))
    op.execute(
        "UPDATE incidents i SET began_at = i.started_at - m.interval_minutes * interval '1 minute',"
        " far = CASE i.kind WHEN 'undervoltage' THEN -(i.reasons ->> 'voltage')::float8"
        " WHEN 'power_factor' THEN (i.reasons ->> 'power_factor_fall')::float8"
        " WHEN 'shortfall' THEN i.expected_kw - i.peak_kw WHEN 'zero' THEN i.expected_kw - i.peak_kw"
        " ELSE i.peak_kw END FROM meters m WHERE m.id = i.meter_id"
    )
    for column in ("title", "why"):
        op.alter_column("alerts", column, nullable=True)


def downgrade() -> None:
    for column in ("title", "why"):
        op.execute(f"UPDATE alerts SET {column} = kind WHERE {column} IS NULL")  # noqa: S608 (names from this module)
        op.alter_column("alerts", column, nullable=False)
    op.drop_column("incidents", "far")
    op.drop_column("incidents", "began_at")
