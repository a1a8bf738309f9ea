"""The running system: the one that WATTWARDEN_STATE and WATTWARDEN_PORT point to, or one of the tests' own."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from local.postgres import free_port
from local.up import Launcher, reset
from tools.cloud import Cloud, NotRunningError, State, read_cloud


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """Starts a system without the demo hostel when none answers, and takes it down."""
    found = State.from_environment()
    if _answers(found):
        yield found
        return
    own = State(_below(tmp_path_factory), free_port() - 1)
    try:
        Launcher(own, Console()).up(demo=False)
        yield own
    finally:
        reset(own)


@pytest.fixture(scope="session")
def cloud(state: State) -> Cloud:
    return read_cloud(state)


def _answers(state: State) -> bool:
    try:
        return httpx.get(f"{read_cloud(state).url}/config.json").is_success
    except (NotRunningError, httpx.HTTPError):
        return False


def _below(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")
