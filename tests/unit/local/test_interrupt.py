"""An interrupted `make up` leaves no process behind, and the next one goes on from there."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import typer
from rich.console import Console

from local import postgres
from tools.cloud import REPOSITORY, State, refuge
from tools.steps import Steps

pytestmark = pytest.mark.integration

PATIENCE = 60.0
PROGRAM = """
import sys
from pathlib import Path
from rich.console import Console
from local import postgres, up
from tools.cloud import State
from tools.steps import Steps, run_logged
state = State(Path(sys.argv[1]), 1)
steps = Steps(Console())

def long(name):
    sleep = f"'{sys.executable}' -c 'import time; time.sleep(600)' '{state.folder}'"
    return lambda: run_logged(["sh", "-c", f"{sleep} & {sleep}; true"], state.folder / f"{name}.log", state.folder)

with up.taken_back(state, Console()):
    steps.beside([("beside", long("beside")), ("never", long("never"))])
    steps.run("PostgreSQL", lambda: postgres.start(state.database) and None)
    steps.run("long", long("long"))
"""


def of(folder: Path) -> list[psutil.Process]:
    """The processes that have the folder, or the database's refuge, in their command."""
    places = (str(folder), str(refuge(folder / "postgres")))
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if any(place in command for place in places):
            found.append(process)
    return found


def data(folder: Path, name: str) -> bool:
    return any((place / name).exists() for place in (folder / "postgres", refuge(folder / "postgres")))


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "while the database is made": lambda folder: data(folder, "data.new/PG_VERSION"),
    "while it starts": lambda folder: data(folder, "data/postmaster.pid"),
    "while a command runs": lambda folder: (folder / "long.log").exists(),
}


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("while the database is made", signal.SIGTERM),
        ("while it starts", signal.SIGINT),
        ("while a command runs", signal.SIGINT),
        ("while a command runs", signal.SIGTERM),
    ],
)
def test_an_interrupt_leaves_no_process_and_the_next_start_goes_on(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    path = {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    try:
        with subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | path, start_new_session=True) as program:
            _wait(lambda: MOMENTS[moment](folder) and (folder / "beside.log").exists())
            program.send_signal(number)  # to it alone, as a supervisor does; Ctrl-C reaches its commands too
            assert program.wait(PATIENCE) == 1  # typer.Exit, which only typer's commands turn into 130
        _wait(lambda: not of(folder))
        assert not (folder / "never.log").exists()
        assert postgres.start(folder / "postgres") == postgres.running(folder / "postgres")
    finally:
        for process in of(folder):
            process.kill()
        postgres.delete(folder / "postgres")


def test_what_ran_before_goes_on(tmp_path: Path) -> None:
    state = State(tmp_path, 1)
    try:
        before = postgres.start(state.database)
        command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
        path = {"PYTHONPATH": str(REPOSITORY)}
        with subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | path, start_new_session=True) as program:
            _wait((tmp_path / "long.log").exists)
            program.terminate()
            program.wait(PATIENCE)
        assert postgres.running(state.database) == before
    finally:
        postgres.delete(state.database)


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_step_beside_the_others_that_fails_stops_its_lane_and_is_told_when_waited_for() -> None:
    out = io.StringIO()
    ran = []

    def fail() -> None:
        raise ValueError("broken")

    steps = Steps(Console(file=out))
    wait = steps.beside([("one", lambda: ran.append(1)), ("two", fail), ("three", lambda: ran.append(3))])
    steps.run("meanwhile", lambda: ran.append(2))
    with pytest.raises(typer.Exit):
        wait()
    assert sorted(ran) == [1, 2]
    assert "ValueError: broken" in out.getvalue()
