"""Results of the rows: kept in docs/figures/trust.json, shown in docs/trust.md."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from tools.cloud import REPOSITORY
from verify.bench.report import FIGURES, commit, machine
from verify.trust.system import System

PAGE = REPOSITORY / "docs" / "trust.md"
FILE = FIGURES / "trust.json"


class Form(StrEnum):
    """How long and how large a row is done."""

    SHORT = "short"
    DEFAULT = "default"
    FULL = "full"


@dataclass(slots=True)
class Findings:
    """What a row found: claims that hold or not, and the figures behind them."""

    figures: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, bool] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return bool(self.claims) and all(self.claims.values())


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of what WattWarden must withstand."""

    number: int
    title: str
    passes_when: str
    how: str
    """How it is done and counted, for the page."""
    quick: str
    """Where `make test` tries the same in seconds."""
    run: Callable[[System, Form, Findings], None]
    """Fills the findings as it goes, so that those of a row that breaks off are kept."""


@dataclass(frozen=True, slots=True)
class Result:
    row: int
    form: str
    passed: bool
    claims: dict[str, bool]
    figures: dict[str, Any]
    seconds: float
    date: str
    machine: str
    commit: str
    error: str | None


def result_of(row: Row, form: Form, findings: Findings, seconds: float, error: str | None) -> Result:
    return Result(
        row=row.number,
        form=form,
        passed=findings.passed and error is None,
        claims=findings.claims,
        figures=findings.figures,
        seconds=round(seconds, 1),
        date=datetime.now(UTC).isoformat(timespec="minutes"),
        machine=machine(),
        commit=commit(),
        error=error,
    )


def keep(result: Result) -> None:
    """Put a result into docs/figures/trust.json, in the place of the row's last one."""
    known = load() | {result.row: result}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps([asdict(known[number]) for number in sorted(known)], indent=2) + "\n")


def load() -> dict[int, Result]:
    found = json.loads(FILE.read_text()) if FILE.exists() else []
    return {item["row"]: Result(**item) for item in found}


def write_page(rows: Sequence[Row], page: Path = PAGE) -> None:
    page.write_text(render(rows, load()))


def render(rows: Sequence[Row], results: dict[int, Result]) -> str:
    """The page: a table of all rows, then each row's claims, figures and way of counting."""
    lines = [
        "# What WattWarden withstands",
        "",
        "Written by `make trust`, which does this to a running system of its own: processes are killed, the database",
        "and the endpoint are stopped, clocks are wrong. What the door accepted is remembered reading by reading",
        "(meter, instant, value) by whoever sent it, and compared with the database afterwards as exact sets. A row",
        "that fails says so. *Form* is how long it was done: default, full (as the title says) or short.",
        "",
        "| # | what is done | passes when | passed | form | measured | quick form in `make test` |",
        "|---|---|---|---|---|---|---|",
        *(_line(row, results.get(row.number)) for row in rows),
        "",
    ]
    for row in rows:
        lines += [
            f"## {row.number}. {row.title}",
            "",
            " ".join(row.how.split()),
            "",
            *_details(results.get(row.number)),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _line(row: Row, result: Result | None) -> str:
    if result is None:
        state, form, measured = "not yet run", "", ""
    else:
        state = "yes" if result.passed else "**no**"
        form, measured = result.form, f"{result.date[:10]}, `{result.commit}`"
    cells = (str(row.number), row.title, row.passes_when, state, form, measured, row.quick)
    return f"| {' | '.join(cells)} |"


def _details(result: Result | None) -> list[str]:
    if result is None:
        return ["Not yet run."]
    lines = [f"- {'holds' if holds else '**does not hold**'}: {claim}" for claim, holds in result.claims.items()]
    if result.error:
        lines.append(f"- **ended early**: {result.error}")
    figures = "; ".join(f"{name.replace('_', ' ')} {_figure(value)}" for name, value in result.figures.items())
    took = f"{result.form} form, {result.seconds:.0f} s, {result.date}, {result.machine}, commit `{result.commit}`"
    return [*lines, "", f"Figures: {figures or 'none'}.", "", f"Run: {took}."]


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_figure(part)}" for name, part in value.items()) or "none"
    return str(value)
