"""What a meter's past is worked out anew from; roll-ups whose sums are exact; readings that are dropped."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_ROLL_UPS = ("readings_hourly", "readings_daily")
_EXPECTED = ("expected_low_kwh", "expected_kwh", "expected_high_kwh")
_REGISTER = ("register_value", "register_ts", "suspect_value", "suspect_ts")

# Whole months only: a partition goes with all that refers to its readings alone. It gives up rather than make writers
# wait behind it; the next day's run tries again.
DROP_PARTITIONS = """
CREATE FUNCTION drop_reading_partitions(before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '3s'
AS $$
DECLARE
    first_kept timestamptz := date_trunc('month', before);
    partition text;
    dropped integer := 0;
BEGIN
    IF before IS NULL OR before > now() - interval '28 days' THEN
        RAISE EXCEPTION 'readings since % are still needed', before USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'readings'::regclass
            AND c.relname ~ '^readings_[0-9]{4}_[0-9]{2}$'
            AND c.relname < 'readings_' || to_char(first_kept, 'YYYY_MM')
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM reading_versions WHERE ts < first_kept;
    RETURN dropped;
END
$$
"""


def upgrade() -> None:
    op.add_column("meters", sa.Column("max_kw", sa.Double(), nullable=True))
    op.create_check_constraint("max_kw", "meters", "max_kw > 0")
    op.create_table(
        "meter_changes",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("register_before", sa.Double(), nullable=True),
        sa.Column("register_after", sa.Double(), nullable=True),
        sa.Column("multiplier", sa.Double(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('replaced', 'ratio')", name=op.f("ck_meter_changes_kind")),
        sa.CheckConstraint("multiplier > 0", name=op.f("ck_meter_changes_multiplier")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_meter_changes_meter_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_meter_changes_created_by")),
        sa.PrimaryKeyConstraint("meter_id", "at", name=op.f("pk_meter_changes")),
    )
    op.create_table(
        "meter_faults",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('implausible', 'clock_wrong')", name=op.f("ck_meter_faults_kind")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_meter_faults_meter_id")),
        sa.PrimaryKeyConstraint("meter_id", "kind", name=op.f("pk_meter_faults")),
    )
    op.create_table(
        "reading_versions",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interval_s", sa.Double(), nullable=True),
        sa.Column("kwh", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("register_kwh", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("voltage", sa.Double(), nullable=True),
        sa.Column("current_a", sa.Double(), nullable=True),
        sa.Column("power_factor", sa.Double(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "meter_id",
            "ts",
            "kwh",
            "register_kwh",
            name=op.f("uq_reading_versions_meter_id_ts_kwh_register_kwh"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_reading_versions_ts"), "reading_versions", ["ts"])
    op.create_table(
        "meter_checkpoints",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in _REGISTER),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_meter_checkpoints_meter_id")),
        sa.PrimaryKeyConstraint("meter_id", "ts", name=op.f("pk_meter_checkpoints")),
    )
    op.execute("ALTER TABLE meter_checkpoints ALTER COLUMN state SET STORAGE EXTERNAL")

    op.alter_column("meter_state", "last_register_kwh", new_column_name="register_value")
    for name in _REGISTER[1:]:
        op.add_column("meter_state", sa.Column(name, sa.Double(), nullable=True))
    op.execute(
        "UPDATE meter_state SET register_ts = extract(epoch FROM last_ts)::float8 WHERE register_value IS NOT NULL"
    )
    for name in ("stuck_since", "replay_from", "replay_first_marked_at", "replay_marked_at"):
        op.add_column("meter_state", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    # A head count can move a meter's version on before the meter has said anything.
    for name in ("state", "last_ts", "last_received_at"):
        op.alter_column("meter_state", name, nullable=True)
    op.create_index(
        "ix_meter_state_replay", "meter_state", ["replay_from"], postgresql_where=sa.text("replay_from IS NOT NULL")
    )

    # A state of 2.6 kB lies in its row, not beside it in pieces, and the page keeps room for the next version.
    op.execute("ALTER TABLE meter_state SET (toast_tuple_target = 8160, fillfactor = 50)")

    for table in ("occupancy", "weather"):
        op.add_column(table, sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(f"UPDATE {table} SET received_at = ts")  # noqa: S608 (two names)
        op.alter_column(table, "received_at", nullable=False, server_default=sa.text("now()"))
    for table in _ROLL_UPS:
        changes = [f"ALTER COLUMN {name} TYPE numeric(14, 4) USING round({name}::numeric, 4)" for name in _EXPECTED]
        changes.append("ALTER COLUMN measured_s TYPE numeric(12, 3) USING round(measured_s::numeric, 3)")
        changes.append("ADD COLUMN filled_kwh numeric(14, 4) NOT NULL DEFAULT 0")
        changes.append("SET (fillfactor = 70)")  # a bucket is written with each of its readings
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
    op.add_column("incidents", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_incidents_meter_id_closed_at"), "incidents", ["meter_id", "closed_at"])
    op.create_index(
        "ix_notifications_waiting",
        "notifications",
        ["user_id", "queued_at"],
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.execute(DROP_PARTITIONS)


def downgrade() -> None:
    op.drop_index("ix_notifications_waiting", table_name="notifications")
    op.execute("ALTER TABLE meter_state RESET (toast_tuple_target, fillfactor)")
    op.execute("DROP FUNCTION drop_reading_partitions(timestamptz)")
    op.drop_index(op.f("ix_incidents_meter_id_closed_at"), table_name="incidents")
    op.drop_column("incidents", "withdrawn_at")
    for table in _ROLL_UPS:
        changes = [f"ALTER COLUMN {name} TYPE float8" for name in (*_EXPECTED, "measured_s")]
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}, DROP COLUMN filled_kwh, RESET (fillfactor)")
    for table in ("occupancy", "weather"):
        op.drop_column(table, "received_at")
    op.drop_index("ix_meter_state_replay", table_name="meter_state")
    op.execute("DELETE FROM meter_state WHERE state IS NULL")
    for name in ("state", "last_ts", "last_received_at"):
        op.alter_column("meter_state", name, nullable=False)
    added = ("stuck_since", "replay_from", "replay_first_marked_at", "replay_marked_at")
    for name in (*_REGISTER[1:], *added):
        op.drop_column("meter_state", name)
    op.alter_column("meter_state", "register_value", new_column_name="last_register_kwh")
    op.drop_table("meter_checkpoints")
    op.drop_index(op.f("ix_reading_versions_ts"), table_name="reading_versions")
    op.drop_table("reading_versions")
    op.drop_table("meter_faults")
    op.drop_table("meter_changes")
    op.drop_constraint("ck_meters_max_kw", "meters")
    op.drop_column("meters", "max_kw")
