"""What a meter said of an interval, where less of it counts; a meter may contradict itself."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("readings", sa.Column("told_kwh", sa.Numeric(10, 4), nullable=True))
    op.add_column("readings", sa.Column("told_interval_s", sa.Double(), nullable=True))
    _kinds("implausible", "clock_wrong", "contradicting")


def downgrade() -> None:
    op.execute("DELETE FROM meter_faults WHERE kind = 'contradicting'")
    _kinds("implausible", "clock_wrong")
    op.drop_column("readings", "told_interval_s")
    op.drop_column("readings", "told_kwh")


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_meter_faults_kind"), "meter_faults")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_meter_faults_kind"), "meter_faults", f"kind IN ({listed})")
