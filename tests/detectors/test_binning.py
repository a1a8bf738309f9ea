"""Our bin edges are scikit-learn's."""

import numpy as np
import pytest

from detector import binning
from detector.families import BINS, fit
from detector.settings import Settings


@pytest.mark.parametrize("distinct", [3, BINS, BINS + 1, 400, 10_000])
@pytest.mark.parametrize("weights", ["of people", "any", "none of some", "none"])
def test_edges_are_those_of_scikit_learn_to_the_last_bit(distinct: int, weights: str) -> None:
    rng = np.random.default_rng(distinct)
    column = rng.choice(rng.normal(0, 1, distinct), 5_000)
    weight = {
        "of people": rng.choice([0.5, 1.0, 3.0], len(column)),
        "any": rng.gamma(1.0, 1.0, len(column)),
        "none of some": rng.choice([0.0, 1.0], len(column)),
        "none": None,
    }[weights]
    assert np.array_equal(binning.edges(column, BINS, weight), binning.theirs(column, BINS, weight))


def test_what_is_unknown_or_endless_has_the_same_edges() -> None:
    rng = np.random.default_rng(5)
    for odd in (np.nan, np.inf):
        column, weight = rng.normal(0, 1, 2_000), rng.gamma(1.0, 1.0, 2_000)
        column[rng.random(len(column)) < 0.1] = odd
        assert np.array_equal(binning.edges(column, BINS, weight), binning.theirs(column, BINS, weight))


def test_trees_are_grown_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def edges(column: np.ndarray, max_bins: int, sample_weight: np.ndarray | None = None) -> np.ndarray:
        asked.append(column)
        return binning.theirs(column, max_bins, sample_weight)

    monkeypatch.setattr(binning.binning, "_find_binning_thresholds", binning.theirs)  # put back afterwards
    monkeypatch.setattr(binning, "edges", edges)
    rng = np.random.default_rng(5)
    few = Settings(alarm_iterations=1)
    fit("trees", rng.normal(0, 1, (100, 2)), rng.integers(0, 2, 100).astype(np.int8), np.ones(100), few)
    assert len(asked) == 2
