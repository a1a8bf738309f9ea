"""Tables bear the field's words: suppression rules (thresholds, before)."""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_CONSTRAINTS = (
    "pk_{}",
    "fk_{}_hostel_id",
    "fk_{}_room_id",
    "fk_{}_set_by",
    "ck_{}_kind",
    "ck_{}_minimum_confidence",
    "ck_{}_minimum_excess_kw",
    "ck_{}_says_something",
)


def upgrade() -> None:
    _rename("thresholds", "suppressions")


def downgrade() -> None:
    _rename("suppressions", "thresholds")


def _rename(old: str, new: str) -> None:
    """A table with all that is named after it."""
    op.rename_table(old, new)
    op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")
    op.execute(f"ALTER INDEX uq_{old}_in_force RENAME TO uq_{new}_in_force")
    for name in _CONSTRAINTS:
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {name.format(old)} TO {name.format(new)}")
