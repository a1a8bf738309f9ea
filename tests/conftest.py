"""What every test may count on: the environment a function has in AWS, and no AWS behind it."""

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "WattWarden")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "tests")
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

SHARE = ("tests/infrastructure/", "tests/detectors/")
"""The tests of these folders share what takes long to make: templates of every stage, a trained model."""


class Apart(LoadScopeScheduling):
    """A process for the tests of a file, or of a folder that shares what its tests need."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in SHARE if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return Apart(config, log) if config.option.dist == "loadfile" else None
