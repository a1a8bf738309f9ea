"""`make evaluate`: the shipped model on a table (DATA, OUT), or on the release hostels for docs/scoreboard.md.

The detector runs in processes of its own, since nothing here imports it: first the model is trained, as `make up` does
and once for each state of the sources, then it is scored.
"""

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from local.demo import corpus, realism, release, scoreboard
from local.state import REPOSITORY, State

SHARED = "layers/core/python/wattwarden"
TRAINED_BY = ("detector/*.py", f"{SHARED}/detection/*.py", f"{SHARED}/domain/anomalies.py")
"""Sources that a model follows from, beside the corpus and the libraries."""
TRAINS_NOTHING = ("evaluate.py", "peers.py", "scoring.py", "serve.py", "speed.py", "table.py", "search.py")
LIBRARIES = ("numpy", "scikit-learn")
SHIPPED, CHALLENGERS = "trees", ("ensemble", "network")


def evaluate(
    data: Annotated[Path | None, typer.Option(help="table of readings: CSV or Parquet")] = None,
    out: Annotated[Path | None, typer.Option(help="where the figures go, as JSON")] = None,
    real: Annotated[Path | None, typer.Option(help="folder of real meters for the realism report")] = None,
) -> None:
    """Score the shipped model on a table, or on all release hostels."""
    if (data is None) != (out is None):
        raise typer.BadParameter("DATA and OUT are needed both, or neither")
    if data is None or out is None:
        _publish(real)
        return
    if not data.is_file():
        raise typer.BadParameter(f"{data}: there is no such file")
    score(trained(), [(data, out)])
    typer.echo(f"figures are in {out}")


def score(folder: Path, tables: list[tuple[Path, Path]], *, peers: bool = True) -> None:
    """Figures of the model in `folder` for each (table, target)."""
    files = [f"--{name}={path}" for pair in tables for name, path in zip(("data", "out"), pair, strict=True)]
    learnt = [f"--corpus={_corpus()}"] if peers else []
    _detector("evaluate", f"--model={folder}", *learnt, *files)


def trained(family: str = SHIPPED) -> Path:
    """The folder of a model of the family; trained only when it is not there."""
    folder = _folder() / f"model-{family}"
    done = folder / "complete"
    if not done.exists():
        typer.echo("training the model that `make up` ships ..." if family == SHIPPED else f"training the {family} ...")
        _detector("train", f"--corpus={_corpus()}", f"--model_dir={folder}", f"--family={family}", quiet=True)
        done.touch()
    return folder


def _publish(real: Path | None) -> None:
    """Score everything that docs/scoreboard.md tells, and write it."""
    folder = _folder()
    typer.echo("making the release hostels ...")
    files = release.write(folder / "release")
    results: dict[str, dict[str, Any]] = {}
    speed = json.loads(_detector("speed", f"--model={trained()}"))
    card = json.loads((trained() / "model.json").read_text())
    lines = realism.report(realism.measure(real) if real else realism.MEASURED)
    for family in (SHIPPED, *CHALLENGERS):
        model = trained(family)
        targets = {name: folder / "figures" / family / f"{file.stem}.json" for name, file in files.items()}
        main = {name: targets.pop(name) for name in scoreboard.MAIN}
        score(model, [(files[name], target) for name, target in main.items()], peers=family == SHIPPED)
        if family == SHIPPED:
            score(model, [(files[name], target) for name, target in targets.items()], peers=False)
            main |= targets
        results[family] = {name: json.loads(target.read_text()) for name, target in main.items()}
        scoreboard.write(results, speed, card, lines)
        typer.echo(f"docs/scoreboard.md has the {family}")


def _folder() -> Path:
    return State.from_environment().folder / "evaluation" / _fingerprint(corpus.CorpusPlan())


def _corpus() -> Path:
    folder = _folder() / "corpus"
    corpus.write(corpus.CorpusPlan(), folder)
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


def _detector(program: str, *arguments: str, quiet: bool = False) -> str:
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


if __name__ == "__main__":
    typer.run(evaluate)
