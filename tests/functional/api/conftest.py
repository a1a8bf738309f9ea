import pytest

from tests.fakes.api import Api, world


@pytest.fixture
def api() -> Api:
    return world()
