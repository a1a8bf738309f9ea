"""The migrations make the schema that the code describes, on an empty database and on its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pg8000.native
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from local.postgres import Database
from tests.integration.hostel import rows_of
from wattwarden.adapters.postgres import migrate
from wattwarden.adapters.postgres.engine import engine_of
from wattwarden.adapters.postgres.tables import metadata

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def empty(server: Database) -> Iterator[Engine]:
    """A new database beside the migrated one."""
    secret = server.as_secret()
    administrator = pg8000.native.Connection(
        secret["username"], password=secret["password"], host=secret["host"], port=secret["port"], database="postgres"
    )
    administrator.run("CREATE DATABASE empty")
    engine = engine_of(lambda **_: secret | {"dbname": "empty"}, "tests")
    yield engine
    engine.dispose()
    administrator.run("DROP DATABASE empty")
    administrator.close()


def test_an_empty_database_gets_the_schema_that_the_tables_describe(empty: Engine) -> None:
    revision = migrate.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_no_partition})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == revision == migrate.head()
    assert migrate.upgrade(empty) == revision


def test_the_migrations_go_down_again_to_nothing(empty: Engine) -> None:
    migrate.upgrade(empty)
    migrate.ensure_partitions(empty, NOW)
    with empty.begin() as connection:
        command.downgrade(migrate._config(connection), "base")
    left = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    assert rows_of(empty, left) == [{"relname": "alembic_version"}]


def test_partitions_are_made_once_for_two_months_back_and_three_ahead(empty: Engine) -> None:
    migrate.upgrade(empty)
    assert [migrate.ensure_partitions(empty, NOW), migrate.ensure_partitions(empty, NOW)] == [6, 0]
    names = rows_of(empty, "SELECT inhrelid::regclass::text AS name FROM pg_inherits ORDER BY 1")
    assert [row["name"] for row in names if not row["name"].startswith("pk_") and "pkey" not in row["name"]] == [
        f"readings_{month}" for month in ("2026_09", "2026_10", "2026_11", "2026_12", "2027_01", "2027_02")
    ]


def test_a_partition_of_1970_is_refused(migrated: Engine) -> None:
    with migrated.connect() as connection, pytest.raises(Exception, match="no readings are kept"):
        connection.execute(text("SELECT ensure_reading_partitions('1970-01-01Z', '1970-01-01Z')"))


def test_the_administrator_is_made_once_and_stays_one(engine: Engine) -> None:
    migrate.ensure_administrator(engine, " Admin@Hostel.example ")
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET role = 'viewer', name = 'Asha'"))
    migrate.ensure_administrator(engine, "admin@hostel.example")

    people = rows_of(engine, "SELECT email, name, role FROM users")
    assert people == [{"email": "admin@hostel.example", "name": "Asha", "role": "admin"}]


def _is_no_partition(_: Any, name: str | None, kind: str, *__: Any) -> bool:
    return not (kind == "table" and (name or "").startswith("readings_2"))
