"""Models to be scored, each trained once for a state of the sources, by the programs of the detector itself."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import typer

from simulator import corpus
from tools.cloud import REPOSITORY, State

SHARED = "layers/core/python/wattwarden"
TRAINED_BY = ("detector/*.py", f"{SHARED}/detection/*.py", f"{SHARED}/domain/anomalies.py")
"""Sources that a model follows from, beside the corpus and the libraries."""
TRAINS_NOTHING = ("evaluate.py", "scoring.py", "serve.py", "speed.py", "table.py", "search.py")
LIBRARIES = ("numpy", "scikit-learn")
SHIPPED, CHALLENGERS = "trees", ("ensemble", "network")


def score(model: Path, tables: list[tuple[Path, Path]], *, peers: bool = True) -> None:
    """Figures of a model for each (table, target)."""
    files = [f"--{name}={path}" for pair in tables for name, path in zip(("data", "out"), pair, strict=True)]
    learnt = [f"--corpus={_corpus()}"] if peers else []
    program("evaluate", f"--model={model}", *learnt, *files)


def trained(family: str = SHIPPED) -> Path:
    """The folder of a model of the family; trained only when it is not there."""
    place = folder() / f"model-{family}"
    done = place / "complete"
    if not done.exists():
        typer.echo("training the model that `make up` ships ..." if family == SHIPPED else f"training the {family} ...")
        program("train", f"--corpus={_corpus()}", f"--model_dir={place}", f"--family={family}", quiet=True)
        done.touch()
    return place


def folder() -> Path:
    """Of everything that follows from the corpus and the sources as they are."""
    return State.from_environment().folder / "evaluation" / _fingerprint(corpus.CorpusPlan())


def _corpus() -> Path:
    place = folder() / "corpus"
    corpus.write(corpus.CorpusPlan(), place)
    return place


def _fingerprint(plan: corpus.CorpusPlan) -> str:
    digest = hashlib.sha256(plan.fingerprint().encode())
    for pattern in TRAINED_BY:
        for source in sorted(REPOSITORY.glob(pattern)):
            if source.name not in TRAINS_NOTHING:
                digest.update(source.read_bytes())
    for library in LIBRARIES:
        digest.update(version(library).encode())
    return digest.hexdigest()[:16]


def program(program: str, *arguments: str, quiet: bool = False) -> str:
    """Run one of the detector's programs; what it says is passed on, except where it is quiet, and returned."""
    search = f"{REPOSITORY}:{REPOSITORY / 'layers' / 'core' / 'python'}"
    result = subprocess.run(
        [sys.executable, "-m", f"detector.{program}", *arguments],
        env=os.environ | {"PYTHONPATH": search},
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if result.stdout and not quiet:
        typer.echo(result.stdout, nl=False)
    if result.returncode:
        raise typer.Exit(result.returncode)
    return result.stdout
