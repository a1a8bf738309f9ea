"""`make evaluate`: the shipped model on a table (DATA, OUT), or on the release hostels for docs/scoreboard.md.

The detector runs in processes of its own, since nothing here imports it: first the model is trained, as `make up` does
and once for each state of the sources, then it is scored.
"""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from local.demo import corpus
from local.state import REPOSITORY, State

SHARED = "layers/core/python/wattwarden"
TRAINED_BY = ("detector/*.py", f"{SHARED}/detection/*.py", f"{SHARED}/domain/anomalies.py")
"""Sources that a model follows from, beside the corpus and the libraries."""
TRAINS_NOTHING = ("evaluate.py", "peers.py", "scoring.py", "serve.py", "table.py")
LIBRARIES = ("numpy", "scikit-learn")


def evaluate(
    data: Annotated[Path | None, typer.Option(help="table of readings: CSV or Parquet")] = None,
    out: Annotated[Path | None, typer.Option(help="where the figures go, as JSON")] = None,
) -> None:
    """Score the shipped model."""
    if data is None or out is None:
        raise typer.BadParameter("both DATA and OUT are needed")
    if not data.is_file():
        raise typer.BadParameter(f"{data}: there is no such file")
    folder = trained()
    score(folder, [(data, out)])
    typer.echo(f"figures are in {out}")


def score(folder: Path, tables: list[tuple[Path, Path]]) -> None:
    """Figures of the model in `folder` for each (table, target)."""
    files = [f"--{name}={path}" for pair in tables for name, path in zip(("data", "out"), pair, strict=True)]
    _detector("evaluate", f"--model={folder / 'model'}", f"--corpus={folder / 'corpus'}", *files)


def trained() -> Path:
    """The folder of the corpus and of the model that training makes of it; trained only when it is not there."""
    plan = corpus.CorpusPlan()
    folder = State.from_environment().folder / "evaluation" / _fingerprint(plan)
    done = folder / "complete"
    if not done.exists():
        typer.echo("training the model that `make up` ships ...")
        corpus.write(plan, folder / "corpus")
        _detector("train", f"--corpus={folder / 'corpus'}", f"--model_dir={folder / 'model'}", quiet=True)
        done.touch()
    return folder


def _fingerprint(plan: corpus.CorpusPlan) -> str:
    digest = hashlib.sha256(plan.fingerprint().encode())
    for pattern in TRAINED_BY:
        for source in sorted(REPOSITORY.glob(pattern)):
            if source.name not in TRAINS_NOTHING:
                digest.update(source.read_bytes())
    for library in LIBRARIES:
        digest.update(version(library).encode())
    return digest.hexdigest()[:16]


def _detector(program: str, *arguments: str, quiet: bool = False) -> None:
    search = f"{REPOSITORY}:{REPOSITORY / 'layers' / 'core' / 'python'}"
    result = subprocess.run(
        [sys.executable, "-m", f"detector.{program}", *arguments],
        env=os.environ | {"PYTHONPATH": search},
        check=False,
        stdout=subprocess.DEVNULL if quiet else None,
    )
    if result.returncode:
        raise typer.Exit(result.returncode)


if __name__ == "__main__":
    typer.run(evaluate)
