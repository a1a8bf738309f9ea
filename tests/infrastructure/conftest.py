import pytest

from tests.infrastructure.clouds import Cloud, synthesize


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return synthesize("dev", tmp_path_factory.mktemp("dev"))


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return synthesize("prod", tmp_path_factory.mktemp("prod"))


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return synthesize("local", tmp_path_factory.mktemp("local"))


@pytest.fixture(params=["dev", "prod"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    """A stage in AWS, one after the other."""
    found: Cloud = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["local", "dev", "prod"])
def any_cloud(request: pytest.FixtureRequest) -> Cloud:
    found: Cloud = request.getfixturevalue(request.param)
    return found
