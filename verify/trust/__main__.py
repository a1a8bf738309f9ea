"""python -m verify.trust: rows of docs/trust.md, done to a running system; results in docs/figures/trust.json."""

import time
import traceback
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console

from verify.trust import passes, report, system
from verify.trust.report import Findings, Form, Row
from verify.trust.rows import clocks, energy, failing, fanout, flow, grouping, lives, outages, poison, sameness

app = typer.Typer(add_completion=False, help=__doc__)
console = Console(highlight=False)

ROWS: tuple[Row, ...] = tuple(
    sorted(
        (
            *flow.ROWS,
            *sameness.ROWS,
            *poison.ROWS,
            *outages.ROWS,
            *grouping.ROWS,
            *clocks.ROWS,
            *energy.ROWS,
            *fanout.ROWS,
            *failing.ROWS,
            *lives.ROWS,
        ),
        key=lambda row: row.number,
    )
)
WITH_A_MODEL = frozenset({9})
"""Rows that train one, on a system of their own: the others compare runs that must be judged alike, hence by none."""


@app.callback(invoke_without_command=True)
def trust(
    context: typer.Context,
    rows: Annotated[str, typer.Option(help="numbers, such as 1,2,7; all when left out")] = "",
    *,
    full: Annotated[bool, typer.Option("--full", help="as long as the titles say: hours")] = False,
    short: Annotated[bool, typer.Option("--short", help="a few seconds each, to try the suite itself")] = False,
    on_running: Annotated[bool, typer.Option("--on-running", help="against the present system")] = False,
    page: Annotated[bool, typer.Option(help="write docs/trust.md")] = True,
) -> None:
    """Do the rows; exit code 1 when one fails."""
    if context.invoked_subcommand:
        return
    wanted = {int(number) for number in rows.split(",") if number} or {row.number for row in ROWS}
    form = Form.FULL if full else Form.SHORT if short else Form.DEFAULT
    chosen = [row for row in ROWS if row.number in wanted]
    passed: list[bool] = []
    for group in (
        [row for row in chosen if (row.number in WITH_A_MODEL) is with_a_model] for with_a_model in (False, True)
    ):
        if group:
            with nullcontext(system.running(console)) if on_running else system.own(console) as under_test:
                passed += [_do(row, form, under_test) for row in group]
    if page:
        report.write_page(ROWS)
    raise typer.Exit(0 if all(passed) else 1)


@app.command()
def render() -> None:
    """Write docs/trust.md from the results of docs/figures/trust.json."""
    report.write_page(ROWS)


app.command("lives")(passes.again)


def _do(row: Row, form: Form, under_test: system.System) -> bool:
    console.rule(f"{row.number}: {row.title}")
    begun = time.monotonic()
    findings, error = Findings(), None
    try:
        row.run(under_test, form, findings)
    except Exception as failure:  # noqa: BLE001 - a row that breaks is a row that failed; the others still run
        console.print(traceback.format_exc(), markup=False)
        error = f"{type(failure).__name__}: {failure}"[:500]
    result = report.result_of(row, form, findings, time.monotonic() - begun, error)
    report.keep(result)
    for name, value in result.figures.items():
        console.print(f"  {name}: {value}", markup=False)
    for claim, holds in result.claims.items():
        console.print(f"  {'[green]holds[/green]' if holds else '[red]does not hold[/red]'}: {claim}")
    console.print(f"row {row.number}: {'[green]passed[/green]' if result.passed else '[red]failed[/red]'}")
    return result.passed


if __name__ == "__main__":
    app()
