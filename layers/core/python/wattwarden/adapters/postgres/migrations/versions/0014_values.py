"""What makes a value of a reading: its interval, too."""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_FORMER = ("meter_id", "ts", "kwh", "register_kwh")


def upgrade() -> None:
    op.execute("UPDATE reading_versions SET interval_s = NULL WHERE register_kwh IS NOT NULL")
    _values(*_FORMER, "interval_s", former=_FORMER)


def downgrade() -> None:
    op.execute(
        "DELETE FROM reading_versions v USING reading_versions o WHERE (v.meter_id, v.ts) = (o.meter_id, o.ts)"
        " AND (v.kwh, v.register_kwh) IS NOT DISTINCT FROM (o.kwh, o.register_kwh) AND v.interval_s > o.interval_s"
    )
    _values(*_FORMER, former=(*_FORMER, "interval_s"))


def _values(*columns: str, former: Sequence[str]) -> None:
    op.drop_constraint(op.f("uq_reading_versions_" + "_".join(former)), "reading_versions")
    op.create_unique_constraint(
        op.f("uq_reading_versions_" + "_".join(columns)),
        "reading_versions",
        columns,
        postgresql_nulls_not_distinct=True,
    )
