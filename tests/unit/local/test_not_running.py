"""What needs a running system says so in a line, whether it never ran or was stopped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.postgres import free_port
from tools.cloud import REPOSITORY, Cloud, NotRunningError, State, read_cloud


@pytest.mark.parametrize(
    "command",
    [
        ("local.lake", "query", "select 1"),
        ("local.demo", "fault", "--room", "C-202", "--kind", "undervoltage"),
        ("verify.bench", "end-to-end"),
    ],
)
def test_a_command_says_in_a_line_that_nothing_runs(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local", "run", *command],
        cwd=REPOSITORY,
        env=os.environ | {"WATTWARDEN_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout == f"WattWarden does not run in {tmp_path}; start it with: make up\n"


def test_the_state_of_what_was_never_started_is_a_line(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "local", "status"],
        cwd=REPOSITORY,
        env=os.environ | {"WATTWARDEN_STATE": str(tmp_path), "WATTWARDEN_PORT": str(free_port())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"WattWarden does not run in {tmp_path}; start it with: make up\n"


def test_a_system_that_was_stopped_does_not_run(tmp_path: Path) -> None:
    state = State(tmp_path, free_port() - 1)
    Cloud(state.url, state.aws_endpoint_url, "us-east-1", {}, {}, {}).write(state.cloud)
    with pytest.raises(NotRunningError, match="was stopped"):
        read_cloud(state)
