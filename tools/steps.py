"""Long work shown step by step: what runs, how long it took, and where to look when it fails."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import typer
from rich.console import Console

TAIL_LINES = 15


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
        begun = time.monotonic()
        try:
            with self._console.status(f"{title} ..."):
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
        self._console.print(f"[red]✗ {title}[/red]")
        self._console.print(reason, markup=False, highlight=False)
        if log:
            self._console.print(f"log: {log}", markup=False, highlight=False)


def run_logged(command: list[str], log: Path, folder: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command with its output in `log`.

    Raises:
        StepFailedError: it failed; with the end of its output.
    """
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
