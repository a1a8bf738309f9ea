"""Kinds of classifiers that a head can be: the one in production, and its challengers on the scoreboard."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from detector import binning
from detector.settings import Settings

TREES, ENSEMBLE, NETWORK = "trees", "ensemble", "network"
FAMILIES = (TREES, ENSEMBLE, NETWORK)
SEED = 7
BINS = 100
"""Of a histogram: a coarser one is quicker and no worse here."""
FOREST_TREES, FOREST_ROWS = 80, 0.25
"""Trees of a forest, and the share of the rows that each sees: on all of them 150 trees take more than ten minutes."""


def fit(
    family: str, inputs: NDArray[np.float64], label: NDArray[np.int8], weights: NDArray[np.float64], settings: Settings
) -> Any:  # noqa: ANN401 scikit-learn has no common type of classifiers
    """A fitted classifier of the family.

    Raises:
        ValueError: there is no such family.
    """
    binning.sort_once()
    match family:
        case "trees":
            return _boosted(settings).fit(inputs, label, sample_weight=weights)
        case "ensemble":
            forest = ExtraTreesClassifier(
                FOREST_TREES, min_samples_leaf=8, max_features=0.4, bootstrap=True, max_samples=FOREST_ROWS,
                random_state=SEED, n_jobs=1,
            )  # fmt: skip
            both = VotingClassifier([("boosted", _boosted(settings)), ("forest", forest)], voting="soft")
            return both.fit(inputs, label, sample_weight=weights)
        case "network":
            even = QuantileTransformer(n_quantiles=500, output_distribution="normal", random_state=SEED)
            network = MLPClassifier((96, 48), alpha=1e-3, batch_size=512, max_iter=25, random_state=SEED)
            return _patient(make_pipeline(even, network), inputs, label, weights)
        case _:
            raise ValueError(f"family {family!r}: there are {', '.join(FAMILIES)}")


def _boosted(settings: Settings) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=settings.alarm_iterations,
        max_leaf_nodes=settings.alarm_leaves,
        learning_rate=settings.learning_rate,
        min_samples_leaf=settings.alarm_min_leaf,
        l2_regularization=settings.alarm_l2,
        max_features=0.5,
        max_bins=BINS,
        early_stopping=False,
        random_state=SEED,
    )


def _patient(
    pipeline: Any,  # noqa: ANN401 see `fit`
    inputs: NDArray[np.float64],
    label: NDArray[np.int8],
    weights: NDArray[np.float64],
) -> Any:  # noqa: ANN401
    """Fit for as many epochs as are given: that it might still improve is no mistake."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return pipeline.fit(inputs, label, mlpclassifier__sample_weight=weights)
