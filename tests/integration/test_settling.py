"""What the laptop's commands say of a database in which something waits."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, text

import local.__main__ as commands
from local.postgres import Database
from tests.integration.hostel import Hostel, state
from tools.cloud import Cloud, State
from verify.trust.system import GaveUpError, System
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.domain.meters import ReplayMark
from wattwarden.ports.scoring import Effects

NAMED = "meter M2 of hostel-1 failed once: ValueError: these facts cannot be read"


@pytest.fixture
def failing(engine: Engine, store: PostgresTelemetry, hostel: Hostel) -> None:
    """Two meters are marked; the replay of one failed."""
    for meter in hostel.meters[:2]:
        store.commit(Effects(states=[state(meter, 0, 3600.0)]))
        store.commit(Effects(marks=[ReplayMark(meter, 1, 3600.0)]))
    PostgresReplays(engine).note_failure(
        hostel.meters[1], "ValueError: these facts cannot be read [in M2]", datetime.now(UTC)
    )


def cloud(database: dict[str, object]) -> Cloud:
    return Cloud("", "", "", {}, {}, database)


@pytest.mark.usefixtures("failing")
def test_nothing_settles_while_a_replay_fails_and_it_is_said_at_once(server: Database, tmp_path: Path) -> None:
    system = System(State(tmp_path, 9399), cloud(server.as_secret()), Console(file=io.StringIO()))
    with pytest.raises(GaveUpError, match=NAMED):
        system.settle(patience=600)


def status(database: dict[str, object], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `make status` says under the processes."""
    where, said = State(folder, 9399), io.StringIO()
    cloud(database).write(where.cloud)
    monkeypatch.setattr(commands, "console", Console(file=said, width=120, highlight=False))
    commands._waiting(where)
    return " ".join(said.getvalue().replace("│", "").split())


@pytest.mark.usefixtures("failing")
def test_status_shows_what_waits_and_names_the_meter_whose_replay_fails(
    server: Database, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO quarantine (dedupe_key, source, reason, detail, payload) VALUES"
                " ('a', '', 'processing_failed', '', '{\"hostel_id\": 1, \"meter\": \"M1\"}')"
            )
        )
    said = status(server.as_secret(), tmp_path, monkeypatch)
    for row in (
        "meters marked 2",
        "failing 1",
        "oldest mark 0 s",
        "set aside 1 of 1 meter",
        "M2 hostel-1 1 ",
        "ValueError: these facts cannot be read [in M2]",
    ):
        assert row in said


def test_status_does_not_fail_without_the_database_or_with_one_of_another_release(
    server: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {**server.as_secret(), "port": 1}
    assert "the database is down" in status(nowhere, tmp_path, monkeypatch)
    empty = {**server.as_secret(), "dbname": "postgres"}
    assert "does not exist" in status(empty, tmp_path, monkeypatch)
