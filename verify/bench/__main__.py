"""python -m verify.bench: figures of the system and of its parts, in docs/figures/bench.json and docs/benchmark.md."""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tools.cloud import NotRunningError, State, read_cloud
from verify import pages
from verify.bench import consumer as consuming
from verify.bench import endtoend, growth, startup
from verify.bench import faults as fault_delay
from verify.figures import others_percent, read, write

app = typer.Typer(add_completion=False, help=__doc__)
console = Console()

type Report = Callable[[str], None]

Seconds = Annotated[float, typer.Option(help="how long to push 5,000 readings a second")]
Faults = Annotated[int, typer.Option(help="faults whose alerts are timed; 0 leaves that out")]
Rows = Annotated[list[int] | None, typer.Option(help="stored readings, growing; such as 1000000, 100000000")]


@app.callback(invoke_without_command=True)
def bench(context: typer.Context, seconds: Seconds = 60.0, faults: Faults = 50, rows: Rows = None) -> None:
    """All of it, one after the other. End to end needs the running system (make up)."""
    if context.invoked_subcommand:
        return
    others = round(others_percent())
    lost = False
    try:
        found = _end_to_end(seconds, faults) | {"others_percent": others}
        _keep({"end_to_end": found})
        lost = _lost(found)
    except NotRunningError as error:
        console.print(f"end to end is left out: {error}")
    parts: dict[str, Callable[[Report], dict[str, Any]]] = {
        "consumer": consuming.measure,
        "rooms": growth.rooms,
        "history": lambda report: growth.history(report, rows or growth.ROWS),
        "startup": lambda _: startup.measure(),
    }
    for name, measure in parts.items():
        start = time.monotonic()
        measured = measure(partial(console.print, f"{name}:"))
        _keep({name: measured | {"took_s": round(time.monotonic() - start)}})  # at once: a later part may fail
    if lost:
        raise typer.Exit(1)


@app.command("end-to-end")
def end_to_end(seconds: Seconds = 60.0, faults: Faults = 50) -> None:
    """Through the real doors: sustained rate, its maximum, delays, alerts, losses."""
    found = _end_to_end(seconds, faults)
    _keep({"end_to_end": found})
    if _lost(found):
        raise typer.Exit(1)


@app.command()
def consumer() -> None:
    """What a reading costs in the consumer and in PostgreSQL, beside a plain COPY; and where the time goes."""
    _keep({"consumer": consuming.measure(console.print)})


@app.command()
def rooms() -> None:
    """Whether a reading costs the same with more rooms."""
    _keep({"rooms": growth.rooms(console.print)})


@app.command()
def history(rows: Rows = None) -> None:
    """Whether a reading costs the same, and answers are as fast, with more stored readings."""
    _keep({"history": growth.history(console.print, rows or growth.ROWS)})


@app.command("startup")
def start_up() -> None:
    """How long every function takes to start, and how large it is."""
    _keep({"startup": startup.measure()})


@app.command()
def faults(count: Annotated[int, typer.Option(min=1)] = 50) -> None:
    """Only the delay from a faulty reading to its alert, on a system at rest."""
    _show(fault_delay.run(read_cloud(), State.from_environment(), count=count, report=lambda _: None).figures())


def _end_to_end(seconds: float, faults: int) -> dict[str, Any]:
    return endtoend.measure(read_cloud(), State.from_environment(), seconds=seconds, count=faults, report=console.print)


def _keep(figures: dict[str, Any]) -> None:
    console.print(str(write("bench", figures)))
    console.print(str(pages.write("benchmark", parts=read("bench"))))


def _lost(found: dict[str, Any]) -> bool:
    """Whether a reading was lost or changed on its way, or counted twice."""
    wrong = ("lost", "altered", "invented", "duplicated")
    return any(found[run][name] for run in ("sustained", "at_1000_per_s") for name in wrong)


def _show(figures: dict[str, Any]) -> None:
    table = Table("figure", "value")
    for key, value in figures.items():
        table.add_row(key, f"{value:,}" if isinstance(value, int | float) else str(value))
    console.print(table)


if __name__ == "__main__":
    app()
