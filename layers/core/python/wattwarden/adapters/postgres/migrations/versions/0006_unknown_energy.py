"""Anomalies of readings whose energy is unknown; meters whose replay fails; when an incident was found."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_MAY_BE_UNKNOWN = {"anomalies": ("actual_kwh", "excess_kwh", "cost"), "incidents": ("peak_kw", "excess_kwh", "cost")}

_FORMER_NOTES = {
    "history": "^from imported history$",
    "withdrawn": r"\n?Withdrawn: readings that arrived later show normal consumption\.$",
    "folded": r"^part of: .*$",
}
"""Sentences that stood for states before, as patterns."""


def upgrade() -> None:
    for table, columns in _MAY_BE_UNKNOWN.items():
        for column in columns:
            op.alter_column(table, column, nullable=True)
    op.alter_column("meter_changes", "multiplier", nullable=True)
    op.add_column("alerts", sa.Column("resolution", sa.Text(), nullable=True))
    op.create_check_constraint("resolution", "alerts", "resolution IN ('history', 'withdrawn', 'folded')")
    for resolution, note in _FORMER_NOTES.items():
        op.execute(
            sa.text(
                "UPDATE alerts SET resolution = :resolution, note = nullif(regexp_replace(note, :note, ''), '')"
                " WHERE state = 'resolved' AND note ~ :note"
            ).bindparams(resolution=resolution, note=note)
        )
    op.add_column(
        "incidents",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.execute("UPDATE incidents SET created_at = started_at")
    op.create_index("ix_incidents_unheld", "incidents", ["created_at"], postgresql_where=sa.text("alert_id IS NULL"))
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_table(
        "replay_failures",
        sa.Column("meter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_replay_failures_meter_id")),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_replay_failures")),
    )


def downgrade() -> None:
    op.drop_constraint("ck_alerts_resolution", "alerts")
    op.drop_column("alerts", "resolution")
    op.drop_table("replay_failures")
    op.drop_index("ix_outbox_created_at", "outbox")
    op.drop_index("ix_incidents_unheld", "incidents")
    op.drop_column("incidents", "created_at")
    op.execute("UPDATE meter_changes SET multiplier = 1 WHERE multiplier IS NULL")
    op.alter_column("meter_changes", "multiplier", nullable=False)
    for table, columns in _MAY_BE_UNKNOWN.items():
        for column in columns:
            op.execute(f"UPDATE {table} SET {column} = 0 WHERE {column} IS NULL")  # noqa: S608 (names from this module)
            op.alter_column(table, column, nullable=False)
