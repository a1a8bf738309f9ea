"""What `make up` says before it starts anything."""

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tools.cloud import REPOSITORY, State
from tools.preflight import GIGABYTE, Facts, look, problems

HERE = str(REPOSITORY)
WELL = Facts(
    port=8080,
    python=(3, 13),
    python_at="/usr/bin/python3.13",
    node="v20.1.0",
    npm="10.8.2",
    disk=50 * GIGABYTE,
    memory=8 * GIGABYTE,
)
AT_ONCE = 2.0


@pytest.fixture
def listener() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_nothing_is_said_when_nothing_is_in_the_way() -> None:
    assert problems(WELL) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(WELL, python=(3, 12)), ["Python 3.13 is needed", "/usr/bin/python3.13 is 3.12"]),
        (replace(WELL, node=None), ["Node >= 20 is needed", "not found", "https://nodejs.org"]),
        (replace(WELL, node="v18.19.0"), ["Node >= 20 is needed", "v18.19.0"]),
        (replace(WELL, npm=None), ["npm is needed", "not found"]),
        (
            replace(WELL, taken={8081: "nginx (process 7)"}),
            ["8081 is taken by nginx (process 7)", "WATTWARDEN_PORT=18080"],
        ),
        (replace(WELL, disk=GIGABYTE), ["3 GB of free disk space", "1.0 are there"]),
        (replace(WELL, memory=GIGABYTE), ["3 GB of free memory", "1.0 are there"]),
    ],
)
def test_what_is_in_the_way_is_one_line_that_says_what_to_do(facts: Facts, said: list[str]) -> None:
    (line,) = problems(facts)
    assert "\n" not in line
    assert all(part in line for part in said), line


def test_everything_is_said_at_once() -> None:
    assert len(problems(replace(WELL, node=None, taken={8080: "", 8083: ""}, memory=0, disk=0))) == 5


def test_a_system_that_runs_needs_no_more_room() -> None:
    assert problems(replace(WELL, running=(HERE, 8080), memory=0, disk=0)) == []


def test_a_hostel_that_is_set_up_needs_little_more_disk() -> None:
    assert problems(replace(WELL, first=False, disk=2 * GIGABYTE)) == []


@pytest.mark.parametrize(("where", "port"), [(HERE, 9090), ("/another/checkout", 8080)])
def test_a_state_folder_serves_one_system_at_a_time(where: str, port: int) -> None:
    (line,) = problems(replace(WELL, running=(where, port)))
    assert f"in use by a system on port {port}" in line
    assert ("/another/checkout" in line) == (where != HERE)


def test_a_port_of_somebody_else_is_found_with_whose_it_is(tmp_path: Path, listener: int) -> None:
    facts = look(State(tmp_path, listener))
    assert list(facts.taken) == [listener]
    assert str(os.getpid()) in facts.taken[listener] or sys.platform != "linux"


def test_a_port_of_the_system_that_runs_here_is_not_taken(tmp_path: Path, listener: int) -> None:
    state = State(tmp_path, listener)
    program = "import time; time.sleep(60)  # local.edge"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            state.pids.mkdir()
            (state.pids / "edge.pid").write_text(f"{process.pid} 1.0")
            facts = look(state)
            assert not facts.taken
            assert facts.running == (HERE, listener)
        finally:
            process.kill()


def test_another_process_with_the_number_of_ours_does_not_hide_a_taken_port(tmp_path: Path, listener: int) -> None:
    state = State(tmp_path, listener)
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            state.pids.mkdir()
            (state.pids / "edge.pid").write_text(f"{process.pid} 1.0")
            assert list(look(state).taken) == [listener] or sys.platform != "linux"
        finally:
            process.kill()


def test_a_taken_port_is_refused_at_once_and_nothing_is_started(tmp_path: Path, listener: int) -> None:
    folder = tmp_path / "state"
    environment = os.environ | {"WATTWARDEN_STATE": str(folder), "WATTWARDEN_PORT": str(listener)}
    command = [sys.executable, "tools/bootstrap.py", "up"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ended.returncode == 1
    assert f"port {listener} is taken" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not folder.exists()
    # It waits for nothing: its processor time is what it takes on a machine at rest.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < AT_ONCE


def test_a_port_that_is_no_number_is_refused_in_a_line() -> None:
    environment = os.environ | {"WATTWARDEN_PORT": "eighty"}
    command = [sys.executable, "tools/bootstrap.py", "up"]
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "WATTWARDEN_PORT is 'eighty': give a number from 1 to 65532\n")
