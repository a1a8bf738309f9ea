"""Figures: percentiles, the machine they were measured on, and the file they end up in."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

BUILD = Path(__file__).parents[2] / "build"
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


def write(name: str, figures: dict[str, Any]) -> Path:
    """Write build/<name>.json, with the machine and the date; figures already there under other names stay."""
    file = BUILD / f"{name}.json"
    BUILD.mkdir(exist_ok=True)
    stamp = {"machine": machine(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
    file.write_text(json.dumps(read(name) | figures | stamp, indent=2) + "\n")
    return file


def read(name: str) -> dict[str, Any]:
    """What build/<name>.json holds; nothing when it does not exist."""
    file = BUILD / f"{name}.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found
