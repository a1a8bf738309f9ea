from pathlib import Path

import pg8000.native
import pytest

from local import postgres
from local.postgres import postgres_server

pytestmark = pytest.mark.integration


def connect(database: postgres.Database) -> pg8000.native.Connection:
    return pg8000.native.Connection(
        database.username,
        host=database.host,
        port=database.port,
        password=database.password,
        database=database.dbname,
    )


def test_a_server_lives_as_long_as_its_context(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    with postgres_server(folder) as database:
        connection = connect(database)
        assert connection.run("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user") == [
            ["wattwarden", False]
        ]
        connection.close()
        assert postgres.running(folder) == database
    assert postgres.running(folder) is None
    assert not folder.exists()


def test_committed_rows_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    try:
        connection = connect(postgres.start(folder))
        connection.run("CREATE TABLE kept (n int)")
        connection.run("INSERT INTO kept VALUES (1)")
        connection.close()
        postgres.stop(folder)
        connection = connect(postgres.start(folder))
        assert connection.run("SELECT n FROM kept") == [[1]]
        connection.close()
    finally:
        postgres.delete(folder)
