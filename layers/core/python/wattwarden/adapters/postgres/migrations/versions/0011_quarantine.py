"""A quarantined item counts how often it came; beyond a hostel's quota of the day items are only counted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("hostel_id", sa.BigInteger(), nullable=True))
    op.add_column("quarantine", sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False))
    for name in ("received_at", "last_received_at"):
        column = sa.Column(name, sa.DateTime(timezone=True), server_default=_NOW, nullable=False)
        op.add_column("quarantine", column)
    op.execute("""
        UPDATE quarantine SET received_at = first_seen, last_received_at = first_seen,
            hostel_id = CASE WHEN payload ->> 'hostel_id' ~ '^[0-9]{1,18}$'
                             THEN CAST(payload ->> 'hostel_id' AS bigint) END
    """)
    op.create_index("ix_quarantine_hostel_id_received_at", "quarantine", ["hostel_id", "received_at"])
    op.create_table(
        "quarantine_beyond",
        sa.Column("hostel_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "hostel_id",
            "day",
            "reason",
            name=op.f("uq_quarantine_beyond_hostel_id_day_reason"),
            postgresql_nulls_not_distinct=True,
        ),
    )


def downgrade() -> None:
    op.drop_table("quarantine_beyond")
    op.drop_index("ix_quarantine_hostel_id_received_at", "quarantine")
    for name in ("last_received_at", "received_at", "times", "hostel_id"):
        op.drop_column("quarantine", name)
