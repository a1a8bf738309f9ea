"""How severe an alert was when people were last told of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("alerts", sa.Column("told_severity", sa.Text(), nullable=True))
    op.execute("UPDATE alerts SET told_severity = severity")
    op.create_check_constraint("told_severity", "alerts", "told_severity IN ('low', 'medium', 'high', 'critical')")


def downgrade() -> None:
    op.drop_constraint("ck_alerts_told_severity", "alerts")
    op.drop_column("alerts", "told_severity")
