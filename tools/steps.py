"""Long work shown step by step: what runs, how long it took, and where to look when it fails."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil
import typer
from rich.console import Console

TAIL_LINES = 15
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

type Step = tuple[str, Callable[[], str | None]]

_interrupted = threading.Event()


class StepFailedError(RuntimeError):
    """A step did not work; the text is for the person who started it."""

    def __init__(self, reason: str, log: Path | None = None) -> None:
        super().__init__(reason)
        self.log = log


class Steps:
    """Runs steps one after the other and reports each. A step returns a remark, such as "unchanged", or nothing."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = time.monotonic()

    def run(self, title: str, work: Callable[[], str | None]) -> None:
        """Raises typer.Exit after saying why and where, when the step fails."""
        with self._console.status(f"{title} ..."):
            self._run(title, work)

    def beside(self, steps: Sequence[Step]) -> Callable[[], None]:
        """Run steps in order on a thread, beside those that `run` is given; the answer waits for them.

        It raises as `run` does, when one of them failed; those after it were left out.
        """
        failure: list[BaseException] = []

        def work() -> None:
            try:
                for step in steps:
                    self._run(*step)
            except typer.Exit as error:
                failure.append(error)

        lane = threading.Thread(target=work, name=steps[0][0])
        lane.start()

        def wait() -> None:
            with self._console.status(f"{steps[-1][0]} ..."):
                lane.join()
            if failure:
                raise failure[0]

        return wait

    def _run(self, title: str, work: Callable[[], str | None]) -> None:
        begun = time.monotonic()
        try:
            remark = work()
        except StepFailedError as error:
            self._failed(title, str(error), error.log)
            raise typer.Exit(1) from error
        except Exception as error:
            self._failed(title, f"{type(error).__name__}: {error}", None)
            raise typer.Exit(1) from error
        note = f" [dim]({remark})[/dim]" if remark else ""
        self._console.print(f"[green]✓[/green] {title}{note} [dim]{time.monotonic() - begun:.1f} s[/dim]")

    def elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _failed(self, title: str, reason: str, log: Path | None) -> None:
        if _interrupted.is_set():
            return  # whoever interrupts knows
        self._console.print(f"[red]✗ {title}[/red]")
        self._console.print(reason, markup=False, highlight=False)
        if log:
            self._console.print(f"log: {log}", markup=False, highlight=False)


@contextmanager
def interruptible() -> Iterator[None]:
    """What ends this program, Ctrl-C or a signal, ends the commands it runs too and raises KeyboardInterrupt once."""

    def interrupt(_: int, __: FrameType | None) -> None:
        for number in INTERRUPTS:
            signal.signal(number, signal.SIG_IGN)
        _interrupted.set()
        end_commands()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _interrupted.clear()


def end_commands() -> None:
    """End the commands under way with all that they started. What is to stay has a process group of its own."""
    group, found = os.getpgrp(), set[psutil.Process]()
    while new := {child for child in psutil.Process().children(recursive=True) if _group(child) == group} - found:
        for child in new:
            with suppress(psutil.Error):
                child.suspend()  # first all stand still: none may start another and be gone
        found |= new
    for child in found:
        with suppress(psutil.Error):
            child.kill()


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None


def run_logged(command: list[str], log: Path, folder: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command with its output in `log`.

    Raises:
        StepFailedError: it failed; with the end of its output.
    """
    if _interrupted.is_set():
        raise StepFailedError("interrupted")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        result = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    if result.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
        raise StepFailedError(f"{' '.join(command)} failed:\n{tail}", log)
