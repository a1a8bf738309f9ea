"""python -m local.demo: the demo hostel and everything that pushes data from outside."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.demo.corpus import CorpusPlan, write

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console()


@app.command()
def corpus(
    out: Annotated[Path, typer.Option(help="folder for corpus.parquet")] = Path("build/corpus"),
    seed: int = 7,
    hostels: int = 8,
    rooms: int = 14,
    days: int = 75,
    interval_minutes: int = 60,
) -> None:
    """Write a labelled corpus of randomised hostels."""
    plan = CorpusPlan(seed=seed, hostels=hostels, rooms=rooms, days=days, interval_minutes=interval_minutes)
    target, made = write(plan, out)
    console.print(f"{target}: {'written' if made else 'is up to date'}")


if __name__ == "__main__":
    app()
