"""Figures: percentiles, what they were measured on, and the file they end up in, beside the page that shows them."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tools.cloud import REPOSITORY

BUILD = REPOSITORY / "build"
FIGURES = REPOSITORY / "docs" / "figures"
"""Kept with the pages, so that a part can be measured anew by itself."""
TESTED = ("layers", "functions", "cdk", "detector", "statemachines", "local")
BUSY_SECONDS = 3.0


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` percent of the values do not exceed; None of none."""
    return round(float(np.percentile(values, share)), 3) if values else None


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def others_percent() -> float:
    """How much of the processor others use right now; what is measured beside them suffers."""
    return float(psutil.cpu_percent(BUSY_SECONDS))


def commit() -> str:
    """The commit that was measured, with a mark when the work tree held more."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(BUILD.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    changed = git("status", "--porcelain", "--", *TESTED)
    return git("rev-parse", "--short", "HEAD").strip() + ("+" if changed.strip() else "")


def write(name: str, parts: dict[str, dict[str, Any]]) -> Path:
    """Write docs/figures/<name>.json, each part with its machine, date and commit; other parts stay as they are."""
    file = FIGURES / f"{name}.json"
    FIGURES.mkdir(exist_ok=True)
    stamp = {"machine": machine(), "date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit()}
    file.write_text(
        json.dumps(read(name) | {part: figures | stamp for part, figures in parts.items()}, indent=1) + "\n"
    )
    return file


def read(name: str) -> dict[str, dict[str, Any]]:
    """What docs/figures/<name>.json holds; nothing when it does not exist."""
    file = FIGURES / f"{name}.json"
    found: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
    return found
