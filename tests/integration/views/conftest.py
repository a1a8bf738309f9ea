import pytest
from sqlalchemy import Engine

from tests.integration.views.world import World
from wattwarden.adapters.postgres.views.views import PostgresViews


@pytest.fixture
def world(engine: Engine) -> World:
    return World.create(engine)


@pytest.fixture
def views(engine: Engine) -> PostgresViews:
    return PostgresViews(engine)
