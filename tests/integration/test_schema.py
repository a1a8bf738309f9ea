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
from tests.integration.hostel import Hostel, rows_of
from wattwarden.adapters.postgres.base.engine import engine_of
from wattwarden.adapters.postgres.base.tables import metadata
from wattwarden.adapters.postgres.migrations import migrate

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


def test_months_that_are_no_longer_kept_go_with_the_versions_of_their_readings(empty: Engine) -> None:
    migrate.upgrade(empty)
    migrate.ensure_partitions(empty, NOW)
    ended = "INSERT INTO reading_versions (meter_id, ts, kwh, received_at) VALUES (1, :ts, 1, now())"
    with empty.begin() as connection:
        for day in ("2026-09-30T23:59Z", "2026-10-01Z"):
            connection.execute(text(ended), {"ts": day})
        connection.execute(text("SELECT drop_reading_partitions(least('2026-10-15', now() - interval '28 days'))"))
    names = rows_of(empty, "SELECT relname FROM pg_class WHERE relname ~ '^readings_2.*[0-9]$' ORDER BY 1")
    assert names[0]["relname"] == "readings_2026_10"
    assert [row["ts"].month for row in rows_of(empty, "SELECT ts FROM reading_versions")] == [10]


def test_readings_of_the_last_weeks_are_never_dropped(migrated: Engine) -> None:
    with migrated.connect() as connection, pytest.raises(Exception, match="still needed"):
        connection.execute(text("SELECT drop_reading_partitions(now() - interval '27 days')"))


def test_a_register_that_was_remembered_before_is_remembered_still(empty: Engine) -> None:
    migrate.upgrade(empty)
    with empty.begin() as connection:
        command.downgrade(migrate._config(connection), "0002")
    hostel = Hostel.create(empty, "h", "Asia/Kolkata", rooms=1)
    state = (
        "INSERT INTO meter_state (meter_id, version, state, last_ts, last_register_kwh, last_received_at) "
        "VALUES (:meter, 3, 'state', '2026-11-01T10:00Z', 41.5, now())"
    )
    with empty.begin() as connection:
        connection.execute(text(state), {"meter": hostel.meters[0]})
    migrate.upgrade(empty)
    [kept] = rows_of(empty, "SELECT register_value, register_ts, suspect_value FROM meter_state")
    assert kept == {
        "register_value": 41.5,
        "register_ts": datetime(2026, 11, 1, 10, tzinfo=UTC).timestamp(),
        "suspect_value": None,
    }


def test_a_state_of_before_is_split_and_joined_again(empty: Engine) -> None:
    core, ring, vacant = b"core" * 150, bytes(range(252)) * 8, b"vacant!!" * 16
    migrate.upgrade(empty)
    with empty.begin() as connection:
        command.downgrade(migrate._config(connection), "0003")
    hostel = Hostel.create(empty, "h", "Asia/Kolkata", rooms=1)
    whole = {"meter": hostel.meters[0], "state": core + ring + vacant}
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO meter_state (meter_id, version, state) VALUES (:meter, 3, :state)"), whole)
        kept = "INSERT INTO meter_checkpoints (meter_id, ts, state) VALUES (:meter, now(), :state)"
        connection.execute(text(kept), whole)

    migrate.upgrade(empty)
    split = "SELECT s.state, g.ring FROM meter_state s JOIN meter_rings g USING (meter_id)"
    for query in (split, "SELECT state, ring FROM meter_checkpoints"):
        assert [*map(bytes, rows_of(empty, query)[0].values())] == [core + vacant, ring]
    with empty.begin() as connection:
        command.downgrade(migrate._config(connection), "0003")
    for table in ("meter_state", "meter_checkpoints"):
        assert bytes(rows_of(empty, f"SELECT state FROM {table}")[0]["state"]) == whole["state"]


def test_the_administrator_is_made_once_and_stays_one(engine: Engine) -> None:
    migrate.ensure_administrator(engine, " Admin@Hostel.example ")
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET role = 'viewer', name = 'Asha'"))
    migrate.ensure_administrator(engine, "admin@hostel.example")

    people = rows_of(engine, "SELECT email, name, role FROM users")
    assert people == [{"email": "admin@hostel.example", "name": "Asha", "role": "admin"}]


def _is_no_partition(_: Any, name: str | None, kind: str, *__: Any) -> bool:
    return not (kind == "table" and (name or "").startswith("readings_2"))
