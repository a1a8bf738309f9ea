"""Brings a database to the newest schema; the migrations travel inside this package."""

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from wattwarden.adapters.postgres.base.engine import transaction

_SCRIPTS = Path(__file__).parent
_LOCK = 7_226_001

_ENSURE_PARTITIONS = text("""
SELECT ensure_reading_partitions(now - interval '2 months', now + interval '3 months')
FROM (SELECT CAST(:now AS timestamptz) AS now) today
""")

# Two days more than is kept: a replay of the oldest reading needs the whole of its local day.
_DROP_PARTITIONS = text("""
SELECT drop_reading_partitions(
    CAST(:now AS timestamptz) - CAST(:months AS integer) * interval '1 month' - interval '2 days')
""")

_ENSURE_ADMINISTRATOR = text("""
INSERT INTO users AS kept (email, name, role) VALUES (:email, :email, 'admin')
ON CONFLICT (email) DO UPDATE SET role = 'admin' WHERE kept.role <> 'admin'
""")


def head() -> str:
    """The revision this code needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def upgrade(engine: Engine) -> str:
    """Apply what is missing, all of it or nothing, and name the revision. Two at once wait for each other.

    A schema newer than this code needs stays as it is: a migration only adds, and going back is deploying older code.
    """
    needed = head()
    with transaction(engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found > needed:  # revisions are numbers of four digits
            return found
        command.upgrade(_config(connection), "head")
    return needed


def ensure_partitions(engine: Engine, now: datetime) -> int:
    """Make the partitions of readings from two months ago to three months ahead; returns how many were missing."""
    with transaction(engine) as connection:
        return int(connection.execute(_ENSURE_PARTITIONS, {"now": now}).scalar_one())


def drop_partitions(engine: Engine, now: datetime, months_kept: int) -> int:
    """Drop the readings of whole months that are older than is kept; returns how many months went."""
    with transaction(engine) as connection:
        return int(connection.execute(_DROP_PARTITIONS, {"now": now, "months": months_kept}).scalar_one())


def ensure_administrator(engine: Engine, email: str) -> None:
    """Make sure that this person is known and an administrator."""
    with transaction(engine) as connection:
        connection.execute(_ENSURE_ADMINISTRATOR, {"email": email.strip().lower()})


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
