"""One real PostgreSQL server per session, migrated; each test gets it empty."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from local.postgres import Database, postgres_server
from tests.integration.hostel import Hostel, empty
from wattwarden.adapters.postgres.base.engine import engine_of
from wattwarden.adapters.postgres.migrations.migrate import upgrade
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/integration" in item.path.as_posix():
            item.add_marker("integration")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with postgres_server(tmp_path_factory.mktemp("postgres")) as database:
        yield database


@pytest.fixture(scope="session")
def migrated(server: Database) -> Iterator[Engine]:
    engine = engine_of(lambda **_: server.as_secret(), "tests", pool_size=4)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(migrated: Engine) -> Engine:
    empty(migrated)
    return migrated


@pytest.fixture
def store(engine: Engine) -> PostgresTelemetry:
    return PostgresTelemetry(engine)


@pytest.fixture
def hostel(engine: Engine) -> Hostel:
    """Four rooms in Kolkata, 8.50 INR a kWh, one meter each: M1 to M4."""
    return Hostel.create(engine, "hostel-1", "Asia/Kolkata", rooms=4)
