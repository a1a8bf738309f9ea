"""Background processes that outlive the command that starts them: a pid file and a log file each."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 20.0
KEPT_LOG_BYTES = 5_000_000


class ProcessFailedError(RuntimeError):
    """A process ended before it was ready; the text ends with its log."""


@dataclass(frozen=True)
class Background:
    """A process group known by name. Starting it twice keeps the first."""

    name: str
    pids: Path
    logs: Path

    @property
    def log(self) -> Path:
        return self.logs / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.pids / f"{self.name}.pid"

    def pid(self) -> int | None:
        """The leader's process id while it runs."""
        if not self.pid_file.exists():
            return None
        pid, _, started = self.pid_file.read_text().partition(" ")
        return int(pid) if _started(int(pid)) == float(started) else None

    def start(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        """Start `command` in its own session, unless it runs. Output goes to the log, which is cut when it is long."""
        if self.pid():
            return
        self.pids.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        mode = "wb" if self.log.exists() and self.log.stat().st_size > KEPT_LOG_BYTES else "ab"
        with self.log.open(mode) as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid_file.write_text(f"{process.pid} {psutil.Process(process.pid).create_time()}")
        process.returncode = 0  # it is left running on purpose; Popen would warn about it

    def require_running(self) -> None:
        if self.pid() is None:
            raise ProcessFailedError(f"{self.name} ended:\n{self.tail()}")

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def stop(self) -> None:
        """Ask the leader to end, give it time, then end whatever is left of its group."""
        pid = self.pid()
        if pid is None:
            self._end_group()
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.pid() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._end_group()

    def _end_group(self) -> None:
        if self.pid_file.exists():
            group, _, started = self.pid_file.read_text().partition(" ")
            for process in _members(int(group), float(started)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self.pid_file.unlink()


def lambda_workers(aws_endpoint_url: str, function: str | None = None) -> list[psutil.Process]:
    """The workers of this very cloud, of one function or all: another here has functions of the same name."""
    return [
        process
        for process, variables in _environments()
        if variables.get("AWS_ENDPOINT_URL") == aws_endpoint_url
        and "AWS_LAMBDA_FUNCTION_NAME" in variables
        and function in (None, variables.get("POWERTOOLS_SERVICE_NAME"))
    ]


def serving_containers(folder: Path) -> list[psutil.Process]:
    """The SageMaker containers of the cloud whose state is in `folder`, where their models lie."""
    return [
        process
        for process, variables in _environments()
        if "SM_MODEL_DIR" in variables
        and "SM_CODE_DIR" in variables
        and Path(variables["SM_MODEL_DIR"]).is_relative_to(folder)
    ]


def _environments() -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """Every process whose environment may be read."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            yield process, process.environ()


def _started(pid: int) -> float | None:
    """When a process started, which tells it from a later one with the same number; None when it is gone."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.NoSuchProcess:
        return None


def _members(group: int, since: float) -> list[psutil.Process]:
    """The processes of a group; one that is older than the group bears its number by chance."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getpgid(process.pid) == group and process.create_time() >= since:
                found.append(process)
    return found
