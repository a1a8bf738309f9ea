"""The rings of meters apart from the rest of their states: they are three quarters of it and change once an hour."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_RING, _VACANT = 2016, 128
"""Bytes; a whole state ends with its ring and 64 vacant hours in half precision. What is shorter is no state."""
_IS_WHOLE = f"length(state) > {_RING + _VACANT}"
_AT_RING = f"substring(state FROM length(state) - {_RING + _VACANT - 1} FOR {_RING})"
_AT_VACANT = f"substring(state FROM length(state) - {_VACANT - 1})"
_RINGLESS = f"substring(state FOR length(state) - {_RING + _VACANT}) || {_AT_VACANT}"
_WHOLE = f"substring(state FOR length(state) - {_VACANT}) || ring || {_AT_VACANT}"


def upgrade() -> None:
    op.create_table(
        "meter_rings",
        sa.Column("meter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ring", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_meter_rings_meter_id")),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_meter_rings")),
    )
    op.execute("ALTER TABLE meter_rings SET (toast_tuple_target = 8160, fillfactor = 50)")
    op.execute("ALTER TABLE meter_rings ALTER COLUMN ring SET STORAGE EXTERNAL")
    op.execute(f"INSERT INTO meter_rings SELECT meter_id, {_AT_RING} FROM meter_state WHERE {_IS_WHOLE}")  # noqa: S608 (numbers)
    op.execute(f"UPDATE meter_state SET state = {_RINGLESS} WHERE {_IS_WHOLE}")  # noqa: S608 (numbers)
    op.add_column("meter_checkpoints", sa.Column("ring", sa.LargeBinary(), nullable=True))
    op.execute("ALTER TABLE meter_checkpoints ALTER COLUMN ring SET STORAGE EXTERNAL")
    op.execute(f"DELETE FROM meter_checkpoints WHERE NOT {_IS_WHOLE}")  # noqa: S608 (numbers)
    op.execute(f"UPDATE meter_checkpoints SET ring = {_AT_RING}, state = {_RINGLESS}")  # noqa: S608 (numbers)
    op.alter_column("meter_checkpoints", "ring", nullable=False)


def downgrade() -> None:
    op.execute(f"UPDATE meter_checkpoints SET state = {_WHOLE}")  # noqa: S608 (numbers)
    op.drop_column("meter_checkpoints", "ring")
    op.execute(f"UPDATE meter_state s SET state = {_WHOLE} FROM meter_rings r WHERE r.meter_id = s.meter_id")  # noqa: S608 (numbers)
    op.drop_table("meter_rings")
