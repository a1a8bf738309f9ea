"""What every command of `python -m local` has to wait for."""

import subprocess
import sys

import pytest

from tools.cloud import REPOSITORY


def test_no_command_waits_for_the_cdk_that_it_does_not_use() -> None:
    code = "import sys, local.__main__; sys.exit('jsii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


@pytest.mark.parametrize(
    ("module", "named"),
    [
        (["verify.bench"], "--seconds"),
        (["verify.trust"], "--on-running"),
        (["detector.scoreboard"], "--real"),
        (["local.demo", "simulate"], "--speed"),
        (["local.demo", "replay"], "--missing-zero"),
        (["local.demo", "fault", "--room", "--kind"], "--room"),  # as make has it without ROOM and KIND
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_help_that_is_asked_of_a_module_is_the_modules(module: list[str], named: str) -> None:
    command = [sys.executable, "-m", "local", "run", *module, "--help"]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert named in told.stdout
