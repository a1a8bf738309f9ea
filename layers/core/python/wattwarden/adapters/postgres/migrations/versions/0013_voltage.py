"""Overvoltage is a kind, and a hostel has a country, whose rules say how far a voltage may lie from the nominal one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_BEFORE = (
    "excess", "empty_room_load", "shortfall", "zero", "flat", "undervoltage", "power_factor", "pattern", "static_limit",
)  # fmt: skip
_TABLES = ("alerts", "incidents", "anomalies", "suppressions")


def upgrade() -> None:
    op.add_column("hostels", sa.Column("country", sa.Text(), nullable=True))
    op.create_check_constraint("country", "hostels", "country ~ '^[A-Z]{2}$'")
    _allow((*_BEFORE, "overvoltage"))


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"UPDATE {table} SET kind = 'undervoltage' WHERE kind = 'overvoltage'")  # noqa: S608 (our own names)
    _allow(_BEFORE)
    op.drop_constraint("ck_hostels_country", "hostels")
    op.drop_column("hostels", "country")


def _allow(kinds: Sequence[str]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in _TABLES:
        op.drop_constraint(f"ck_{table}_kind", table)
        op.create_check_constraint("kind", table, f"kind IN ({listed})")
