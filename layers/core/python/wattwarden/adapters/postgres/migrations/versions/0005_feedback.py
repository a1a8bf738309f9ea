"""Feedback that can be changed, thresholds with a past, models on trial, drift."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KINDS = (
    "'excess', 'empty_room_load', 'shortfall', 'zero', 'flat', 'undervoltage', 'power_factor', 'pattern', "
    "'static_limit'"
)
_EMPTY = sa.text("'{}'::jsonb")


def upgrade() -> None:
    op.add_column(
        "feedback",
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.drop_constraint("ck_feedback_verdict", "feedback")
    op.execute("UPDATE feedback SET verdict = 'expected' WHERE verdict = 'false_alarm'")
    op.create_check_constraint("verdict", "feedback", "verdict IN ('real', 'expected', 'unsure')")

    op.drop_table("thresholds")  # nothing has ever been written into it
    op.create_table(
        "thresholds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("minimum_confidence", sa.Double(), nullable=True),
        sa.Column("minimum_excess_kw", sa.Double(), nullable=True),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_thresholds_kind")),
        sa.CheckConstraint("minimum_confidence BETWEEN 0 AND 1", name=op.f("ck_thresholds_minimum_confidence")),
        sa.CheckConstraint("minimum_excess_kw >= 0", name=op.f("ck_thresholds_minimum_excess_kw")),
        sa.CheckConstraint(
            "muted OR minimum_confidence IS NOT NULL OR minimum_excess_kw IS NOT NULL",
            name=op.f("ck_thresholds_says_something"),
        ),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_thresholds_hostel_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_thresholds_room_id")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_thresholds_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thresholds")),
    )
    op.create_index(
        "uq_thresholds_in_force",
        "thresholds",
        ["hostel_id", "room_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("incidents", sa.Column("suppressed_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_incidents_suppressed_by"), "incidents", "thresholds", ["suppressed_by"], ["id"])
    op.create_index(
        "ix_incidents_suppressed",
        "incidents",
        ["hostel_id", "last_at"],
        postgresql_where=sa.text("suppressed_by IS NOT NULL"),
    )

    # No deployment is on its way while the schema is: a challenger that is left was never deployed.
    op.execute("UPDATE model_versions SET state = 'refused' WHERE state = 'challenger'")
    op.add_column("model_versions", sa.Column("reason", sa.Text(), nullable=True))
    op.create_index(
        "uq_model_versions_challenger",
        "model_versions",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'challenger'"),
    )
    op.execute("CREATE SCHEMA IF NOT EXISTS mlflow")  # MLflow makes and migrates its own tables there
    op.create_table(
        "drift_references",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bins", postgresql.JSONB(astext_type=sa.Text()), server_default=_EMPTY, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_drift_references")),
    )
    op.create_table(
        "drift_reports",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("stability", postgresql.JSONB(astext_type=sa.Text()), server_default=_EMPTY, nullable=False),
        sa.Column("drifted_share", sa.Double(), nullable=True),
        sa.Column("alert_rate", sa.Double(), nullable=True),
        sa.Column("usual_alert_rate", sa.Double(), nullable=True),
        sa.Column("precision", sa.Double(), nullable=True),
        sa.Column("labelled", sa.Integer(), nullable=False),
        sa.Column("fallback_share", sa.Double(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), server_default=_EMPTY, nullable=False),
        sa.Column("retraining", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_drift_reports")),
    )


def downgrade() -> None:
    op.drop_table("drift_reports")
    op.drop_table("drift_references")
    op.execute("DROP SCHEMA IF EXISTS mlflow CASCADE")
    op.drop_index("uq_model_versions_challenger", table_name="model_versions")
    op.drop_column("model_versions", "reason")
    op.drop_index("ix_incidents_suppressed", table_name="incidents")
    op.drop_constraint("fk_incidents_suppressed_by", "incidents")
    op.drop_column("incidents", "suppressed_by")
    op.drop_index("uq_thresholds_in_force", table_name="thresholds")
    op.drop_table("thresholds")
    op.create_table(
        "thresholds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("minimum_severity", sa.Text(), nullable=False),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_thresholds_kind")),
        sa.CheckConstraint(
            "minimum_severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_thresholds_minimum_severity")
        ),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_thresholds_hostel_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_thresholds_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thresholds")),
        sa.UniqueConstraint(
            "hostel_id",
            "room_id",
            "kind",
            name=op.f("uq_thresholds_hostel_id_room_id_kind"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.drop_constraint("ck_feedback_verdict", "feedback")
    op.execute("UPDATE feedback SET verdict = 'false_alarm' WHERE verdict = 'expected'")
    op.create_check_constraint("verdict", "feedback", "verdict IN ('real', 'false_alarm', 'unsure')")
    op.drop_column("feedback", "changed_at")
