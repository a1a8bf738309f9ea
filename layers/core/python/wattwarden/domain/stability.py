"""How far a distribution has moved from what it was."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10
MOVED = 0.25
"""A population stability index beyond this is a shift; below 0.1 nothing has happened (Siddiqi 2006)."""


def deciles(values: NDArray[Any]) -> tuple[list[float], list[float]]:
    """Inner edges of up to ten bins of a sample, and the share of it in each bin: [edges], [edges + 1].

    A value that many rows share is an edge once, so a feature of few values has few bins.
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
    inner = [float(edge) for edge in edges]
    return inner, shares(values, inner)


def shares(values: NDArray[Any], edges: list[float]) -> list[float]:
    """The share of the values in each bin; a bin reaches up to its edge and holds it."""
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return [float(share) for share in counts / max(len(values), 1)]


def population_stability(reference: list[float], actual: list[float], rows: int) -> float:
    """PSI = sum over bins of (actual - reference) * ln(actual / reference), both as shares.

    An empty bin counts as half a row of the `rows` seen. Source: N. Siddiqi, "Credit Risk Scorecards" (2006), ch. 8.
    """
    least = 0.5 / max(rows, 1)
    was, now = np.maximum(reference, least), np.maximum(actual, least)
    return float(np.sum((now - was) * np.log(now / was)))
