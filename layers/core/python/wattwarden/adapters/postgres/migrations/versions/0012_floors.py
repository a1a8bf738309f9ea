"""How much must go astray in a hostel before people are told at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("hostels", sa.Column("told_from_kwh", sa.Double(), server_default=sa.text("1"), nullable=False))
    op.add_column("hostels", sa.Column("told_from_cost", sa.Numeric(12, 4), nullable=True))
    op.create_check_constraint("told_from", "hostels", "told_from_kwh >= 0 AND told_from_cost >= 0")
    op.create_index(
        "ix_alerts_untold",
        "alerts",
        ["created_at"],
        postgresql_where=sa.text("told_severity IS DISTINCT FROM severity"),
    )


def downgrade() -> None:
    op.drop_index("ix_alerts_untold", "alerts")
    op.drop_constraint("ck_hostels_told_from", "hostels")
    op.drop_column("hostels", "told_from_cost")
    op.drop_column("hostels", "told_from_kwh")
