"""Monthly partitions of readings, made on demand."""

from collections.abc import Sequence

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Attaching a table made beforehand locks `readings` less than CREATE TABLE ... PARTITION OF: writers go on.
# SECURITY DEFINER lets a consumer without the right to create tables add the month of a late reading.
ENSURE_PARTITIONS = """
CREATE FUNCTION ensure_reading_partitions(from_ts timestamptz, to_ts timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    month timestamptz;
    partition text;
    made integer := 0;
BEGIN
    IF from_ts < '2000-01-01' OR to_ts >= '2100-01-01' THEN
        RAISE EXCEPTION 'no readings are kept for % to %', from_ts, to_ts USING ERRCODE = 'datetime_field_overflow';
    END IF;
    FOR month IN SELECT generate_series(date_trunc('month', from_ts), to_ts, interval '1 month') LOOP
        partition := 'readings_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(7226002);
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE readings INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
        EXECUTE format(
            'ALTER TABLE readings ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            partition, month, month + interval '1 month'
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$
"""


def upgrade() -> None:
    op.execute(ENSURE_PARTITIONS)


def downgrade() -> None:
    op.execute("DROP FUNCTION ensure_reading_partitions(timestamptz, timestamptz)")
