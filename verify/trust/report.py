"""Results of the rows: kept in docs/figures/trust.json, shown in docs/trust.md."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from verify import pages
from verify.figures import FIGURES, commit, machine
from verify.trust.system import System

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


def write_page(rows: Sequence[Row]) -> None:
    pages.write("trust", rows=_with_results(rows, load()))


def render(rows: Sequence[Row], results: dict[int, Result]) -> str:
    """The page: a table of all rows, then each row's claims, figures and way of counting."""
    return pages.render("trust", rows=_with_results(rows, results))


def _with_results(rows: Sequence[Row], results: dict[int, Result]) -> list[tuple[Row, Result | None]]:
    return [(row, results.get(row.number)) for row in rows]
