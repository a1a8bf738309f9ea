import os
import sys
import time
from pathlib import Path

import psutil

from local.processes import Background
from tools.stamps import Stamp

SLEEP = "import time; time.sleep(60)"
WITH_A_CHILD = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', '{SLEEP}']); time.sleep(60)"


def started(folder: Path, program: str) -> Background:
    background = Background("sleeper", folder / "pids", folder / "logs")
    background.start([sys.executable, "-c", program], dict(os.environ), folder)
    return background


def test_a_process_is_found_by_its_name_and_stopped(tmp_path: Path) -> None:
    background = started(tmp_path, SLEEP)
    pid = background.pid()
    assert pid is not None
    assert started(tmp_path, SLEEP).pid() == pid
    background.stop()
    assert background.pid() is None


def test_no_child_outlives_a_stopped_process(tmp_path: Path) -> None:
    background = started(tmp_path, WITH_A_CHILD)
    pid = background.pid()
    assert pid is not None
    children: list[psutil.Process] = []
    while not children:
        children = psutil.Process(pid).children()
        time.sleep(0.01)
    background.stop()
    psutil.wait_procs(children, timeout=5)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)


def test_another_process_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    background = Background("sleeper", tmp_path, tmp_path)
    background.pid_file.write_text(f"{os.getpid()} 12345.0")
    assert background.pid() is None


def test_a_stamp_is_fresh_until_the_inputs_change(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp")
    assert not stamp.is_fresh("a")
    stamp.set("a")
    assert stamp.is_fresh("a")
    assert not stamp.is_fresh("b")
