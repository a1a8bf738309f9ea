"""Well-known detectors, measured beside ours on the same readings.

Each sees the past only: what it knows of a meter comes from that meter's earlier readings, what it learns in advance
from the same training rows as ours, unlabelled. Each gives a score; its alarm threshold is chosen as ours is, by the
event F1 on the training hostels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from detector.dataset import Replayed, part
from detector.model import by_head
from detector.scoring import matched
from wattwarden.detection import FEATURES

Values = NDArray[np.float64]
Scorer = Callable[[Replayed], Values]
"""A score per reading, the higher the odder; NaN where the peer has no opinion."""

OUTLIER_INPUTS = (
    *("value", "lag1", "lag24", "lag168", "roll24", "how_mid", "how_high", "hod_mid", "p99"),
    *("hour_sin", "hour_cos", "weekend"),
)
"""What the detectors without labels see, in units of the meter's own level."""
SEED = 7
LEARNT_ROWS = 30_000
CANDIDATES = 1 - np.geomspace(0.1, 1e-4, 24)
"""Quantiles of the scores from which the threshold is chosen."""
MINIMUM_DAYS = 7
LEARNT_METERS = 3  # one in three
_TREES, _DEPTH, _WINDOW = 25, 12, 2_000


@dataclass(frozen=True, slots=True)
class Peer:
    score: Scorer
    thresholds: dict[str, float]
    """One for rooms and one for other meters, as ours."""

    def flags(self, data: Replayed) -> NDArray[np.bool_]:
        """Which readings it alarms at."""
        limit = np.full(len(data), np.inf)
        for name, rows in by_head(data.features, FEATURES).items():
            limit[rows] = self.thresholds.get(name, max(self.thresholds.values()))
        flagged: NDArray[np.bool_] = self.score(data) >= limit
        return flagged


def learn(training: Replayed) -> dict[str, Peer]:
    """Peers by name, with thresholds of their own, from some of the training meters."""
    training = part(training, np.arange(len(training.rooms.beds)) % LEARNT_METERS == 0)
    peers = {}
    for name, scorer in _scorers(training).items():
        scores = scorer(training)
        limits = {
            head: _threshold(training, scores, rows) for head, rows in by_head(training.features, FEATURES).items()
        }
        peers[name] = Peer(scorer, {head: limit for head, limit in limits.items() if limit is not None})
    return peers


def _threshold(training: Replayed, scores: Values, rows: NDArray[np.bool_]) -> float | None:
    """The one with the best event F1 on those rows."""
    known = scores[rows & np.isfinite(scores)]
    if len(known) == 0:
        return None
    candidates = np.unique(np.quantile(known, CANDIDATES))
    return float(max(candidates, key=lambda limit: matched(training, scores >= limit, rows).scores().f1))


def _scorers(training: Replayed) -> Mapping[str, Scorer]:
    rows = _inputs(training)[training.features[:, FEATURES.index("usable")] > 0]
    learnt = rows[np.random.default_rng(SEED).permutation(len(rows))[:LEARNT_ROWS]]
    forest = IsolationForest(n_estimators=200, random_state=SEED).fit(learnt)
    tails = np.sort(learnt, axis=0)
    trees = HalfSpaceTrees(np.quantile(learnt, 0.001, axis=0), np.quantile(learnt, 0.999, axis=0))
    return {
        "static z": static_z,
        "hour-of-week robust z": hour_of_week_z,
        "IsolationForest": lambda data: -forest.score_samples(_inputs(data)),
        "ECOD": lambda data: ecod(tails, _inputs(data)),
        "half-space trees": lambda data: trees.scores(_inputs(data), np.argsort(data.obs.ts, kind="stable")),
    }


def static_z(data: Replayed) -> Values:
    """Distance from the mean of all the meter's earlier readings, in their standard deviations."""
    past = _kwh(data).groupby(data.obs.meter, sort=False)
    n = past.cumcount()
    total, squares = past.cumsum() - _kwh(data), (_kwh(data) ** 2).groupby(data.obs.meter, sort=False).cumsum()
    squares -= _kwh(data) ** 2
    mean = total / n.clip(lower=1)
    deviation = np.sqrt((squares / n.clip(lower=1) - mean**2).clip(lower=0.0))
    known = n * data.obs.interval_s >= MINIMUM_DAYS * 86_400
    return _values((_kwh(data) - mean).abs() / deviation.where(known & (deviation > 0)))


def hour_of_week_z(data: Replayed) -> Values:
    """Distance from the median of the last six weeks at that hour of the week, in median absolute deviations."""
    kwh = _kwh(data)
    at_hour = kwh.groupby([data.obs.meter, data.obs.hour_of_week], sort=False)
    per_hour = max(1, round(3600 / float(np.median(data.obs.interval_s))))
    usual = at_hour.transform(lambda of: of.shift(per_hour).rolling(6 * per_hour, min_periods=2).median())
    distance = (kwh - usual).abs()
    four_weeks = 28 * 24 * per_hour
    spread = distance.groupby(data.obs.meter, sort=False).transform(
        lambda of: of.shift(1).rolling(four_weeks, min_periods=four_weeks // 4).median()
    )
    return _values(distance / (1.4826 * spread).where(spread > 0))


def ecod(tails: Values, rows: Values) -> Values:
    """Li et al., ECOD (2022): the sum over features of the negative log of the rarer tail, by empirical frequency."""
    n = len(tails)
    total = np.zeros((3, len(rows)))
    skew = ((tails - tails.mean(axis=0)) ** 3).mean(axis=0)
    for feature in range(rows.shape[1]):
        below = np.searchsorted(tails[:, feature], rows[:, feature], side="right")
        above = n - np.searchsorted(tails[:, feature], rows[:, feature], side="left")
        left, right = (-np.log(np.maximum(count, 0.5) / n) for count in (below, above))
        total += np.stack([left, right, left if skew[feature] < 0 else right])
    return np.asarray(total.max(axis=0))


class HalfSpaceTrees:
    """Tan, Ting and Liu, Fast Anomaly Detection for Streaming Data (2011): a row's mass in the window before."""

    def __init__(self, low: Values, high: Values) -> None:
        rng = np.random.default_rng(SEED)
        nodes = 2**_DEPTH - 1
        self._feature = rng.integers(0, len(low), (_TREES, nodes))
        self._cut = np.empty((_TREES, nodes))
        for tree in range(_TREES):
            # Each tree has a work range of its own, around a random point of each feature's.
            at = rng.random(len(low))
            reach = 2 * np.maximum(at, 1 - at) * (high - low)
            middle = low + at * (high - low)
            self._halve(tree, 0, middle - reach, middle + reach)

    def _halve(self, tree: int, node: int, least: Values, most: Values) -> None:
        """Cut the node's range in the middle of its feature, and its halves likewise."""
        if node >= self._cut.shape[1]:
            return
        feature = self._feature[tree, node]
        cut = self._cut[tree, node] = (least[feature] + most[feature]) / 2
        one = np.arange(len(least)) == feature
        self._halve(tree, 2 * node + 1, least, np.where(one, cut, most))
        self._halve(tree, 2 * node + 2, np.where(one, cut, least), most)

    def scores(self, rows: Values, order: NDArray[np.int64]) -> Values:
        """Scores in the order of arrival; the first window has none."""
        leaves = np.stack([self._leaf(tree, rows) for tree in range(_TREES)])
        found = np.full(len(rows), np.nan)
        mass: NDArray[np.int64] | None = None
        for begin in range(0, len(rows), _WINDOW):
            window = order[begin : begin + _WINDOW]
            if mass is not None:
                found[window] = -np.log1p(np.take_along_axis(mass, leaves[:, window], axis=1)).mean(axis=0)
            mass = np.stack([np.bincount(leaf, minlength=2**_DEPTH) for leaf in leaves[:, window]])
        return found

    def _leaf(self, tree: int, rows: Values) -> NDArray[np.int64]:
        node = np.zeros(len(rows), dtype=np.int64)
        at = np.arange(len(rows))
        for _ in range(_DEPTH):
            right = rows[at, self._feature[tree, node]] >= self._cut[tree, node]
            node = 2 * node + 1 + right
        leaf: NDArray[np.int64] = node - (2**_DEPTH - 1)
        return leaf


def _inputs(data: Replayed) -> Values:
    return data.features[:, [FEATURES.index(name) for name in OUTLIER_INPUTS]].astype(np.float64)


def _kwh(data: Replayed) -> "pd.Series[float]":
    return pd.Series(data.obs.kwh)


def _values(column: "pd.Series[float]") -> Values:
    return np.asarray(column, dtype=np.float64)
