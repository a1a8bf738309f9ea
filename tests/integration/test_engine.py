"""Connections that survive what happens to servers and passwords."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, text

from local.postgres import Database
from wattwarden.adapters.postgres.base.engine import engine_of, transaction
from wattwarden.domain.errors import ConflictError, UnavailableError


def test_a_connection_that_the_server_closed_is_replaced_unnoticed(server: Database, migrated: Engine) -> None:
    mine = engine_of(lambda **_: server.as_secret(), "closed")
    with transaction(mine) as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    _terminate(migrated, pid)
    with transaction(mine) as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != pid
    mine.dispose()


def test_a_server_that_goes_away_in_a_transaction_is_unavailable_and_the_next_one_works(
    server: Database, migrated: Engine
) -> None:
    mine = engine_of(lambda **_: server.as_secret(), "cut")

    def lose_the_server() -> None:
        with transaction(mine) as connection:
            _terminate(migrated, connection.scalar(text("SELECT pg_backend_pid()")))
            connection.execute(text("SELECT 1"))

    with pytest.raises(UnavailableError):
        lose_the_server()
    with transaction(mine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    mine.dispose()


def test_no_server_at_all_is_unavailable(server: Database) -> None:
    nowhere = engine_of(lambda **_: server.as_secret() | {"port": 1}, "nowhere")
    with pytest.raises(UnavailableError), transaction(nowhere):
        pass


def test_a_password_that_was_rotated_is_read_afresh(server: Database) -> None:
    asked: list[bool] = []

    def secret(*, refresh: bool = False) -> Mapping[str, Any]:
        asked.append(refresh)
        return server.as_secret() if refresh else server.as_secret() | {"password": "yesterday's"}

    rotated = engine_of(secret, "rotated")
    with transaction(rotated) as connection:
        assert connection.scalar(text("SELECT current_setting('application_name')")) == "rotated"
    assert asked == [False, True]
    rotated.dispose()


def test_a_statement_that_takes_too_long_is_cut_off(server: Database) -> None:
    impatient = engine_of(lambda **_: server.as_secret(), "impatient", statement_timeout_s=1)
    with pytest.raises(UnavailableError), transaction(impatient) as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    impatient.dispose()


def test_a_deadlock_is_a_conflict(migrated: Engine) -> None:
    with pytest.raises(ConflictError), transaction(migrated) as connection:
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = 'deadlock_detected'; END $$"))


def _terminate(engine: Engine, pid: int | None) -> None:
    with transaction(engine) as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
