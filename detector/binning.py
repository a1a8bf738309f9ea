"""Bin edges of weighted readings from one sort of each column, and the same to the last bit.

scikit-learn 1.9 sorts the column anew for each of its edges: three quarters of the time that a training takes.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble._hist_gradient_boosting import binning
from sklearn.utils.stats import _weighted_percentile

Values = NDArray[np.float64]

theirs = binning._find_binning_thresholds  # noqa: SLF001 there is no public way to give the edges


def edges(column: Values, max_bins: int, sample_weight: Values | None = None) -> Values:
    """What scikit-learn's own function finds."""
    found: Values
    few = len(np.unique(column)) <= max_bins
    if few or sample_weight is None or np.isnan(column).any() or not np.all(sample_weight):
        found = theirs(column, max_bins, sample_weight)
        return found
    order = np.argsort(column)
    ranks = np.linspace(0, 100, max_bins + 1)[1:-1]
    found = np.unique(_weighted_percentile(column[order], sample_weight[order], ranks, average=True))
    np.minimum(found, binning.ALMOST_INF, out=found)
    return found


def sort_once() -> None:
    """From here on, in this process."""
    binning._find_binning_thresholds = edges  # noqa: SLF001 as above
