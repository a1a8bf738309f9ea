"""Messages that were refused for good are found without reading all of them."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_notifications_failed ON notifications (queued_at) WHERE state = 'failed'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_notifications_failed")
