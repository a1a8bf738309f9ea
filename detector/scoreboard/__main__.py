"""`make evaluate`: the shipped model on a table (DATA, OUT), or on the release hostels for docs/scoreboard.md.

The detector's programs run in processes of their own, as in SageMaker: first the model is trained, as `make up` does
and once for each state of the sources, then it is scored.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from detector.scoreboard import meters, models
from detector.scoreboard import page as scoreboard
from simulator import realism, release


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
    models.score(models.trained(), [(data, out)])
    typer.echo(f"figures are in {out}")


def _publish(real: Path | None) -> None:
    """Score everything that docs/scoreboard.md tells, and write it."""
    folder = models.folder()
    typer.echo("making the release hostels ...")
    files = release.write(folder / "release")
    results: dict[str, dict[str, Any]] = {}
    speed = json.loads(models.program("speed", f"--model={models.trained()}"))
    card = json.loads((models.trained() / "model.json").read_text())
    lines = realism.report(realism.measure(meters.read(real)) if real else realism.MEASURED)
    for family in (models.SHIPPED, *models.CHALLENGERS):
        model = models.trained(family)
        targets = {name: folder / "figures" / family / f"{file.stem}.json" for name, file in files.items()}
        main = {name: targets.pop(name) for name in scoreboard.MAIN}
        models.score(model, [(files[name], target) for name, target in main.items()], peers=family == models.SHIPPED)
        if family == models.SHIPPED:
            models.score(model, [(files[name], target) for name, target in targets.items()], peers=False)
            main |= targets
        results[family] = {name: json.loads(target.read_text()) for name, target in main.items()}
        scoreboard.write(results, speed, card, lines)
        typer.echo(f"docs/scoreboard.md has the {family}")


if __name__ == "__main__":
    typer.run(evaluate)
