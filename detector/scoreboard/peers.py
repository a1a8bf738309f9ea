"""Well-known detectors, measured beside ours on the same readings: the code of pyod and river behind thin adapters.

Each sees the past only: what it knows of a meter comes from that meter's earlier readings, what it learns in advance
from the same training rows as ours, unlabelled. Each gives a score; its alarm threshold is chosen as ours is, by the
event F1 on the training hostels.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.models.iforest import IForest
from river import anomaly

from detector.dataset import Replayed, part
from detector.model import by_head
from detector.scoring import matched
from wattwarden.detection import FEATURES

Values = NDArray[np.float64]
Scorer = Callable[[Replayed], Values]
"""A score per reading, the higher the odder; NaN where the peer has no opinion."""
Limits = dict[Hashable, tuple[float, float]]
"""Of each input, between which values it usually lies."""

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
_ESTIMATORS, _BINS = 200, 50
_TREES, _DEPTH, _WINDOW = 25, 8, 2_000


class _Fitted(Protocol):
    """A detector of pyod that judges a row by what it was fitted to, and by nothing else."""

    def decision_function(self, rows: Values, /) -> Values: ...


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
    ranges = np.quantile(learnt, (0.001, 0.999), axis=0).T.tolist()
    limits: Limits = {name: (low, high) for name, (low, high) in zip(OUTLIER_INPUTS, ranges, strict=True)}
    return {
        "static z": static_z,
        "hour-of-week robust z": hour_of_week_z,
        "IsolationForest": _by(IForest(n_estimators=_ESTIMATORS, random_state=SEED).fit(learnt)),
        "ECOD": _by(Tails(learnt)),
        "HBOS": _by(HBOS(n_bins=_BINS).fit(learnt)),
        "half-space trees": lambda data: half_space_trees(limits, _inputs(data), data.obs.ts),
    }


def _by(detector: _Fitted) -> Scorer:
    return lambda data: detector.decision_function(_inputs(data))


def static_z(data: Replayed) -> Values:
    """Distance from the mean of all the meter's earlier readings, in their standard deviations."""
    found = np.full(len(data), np.nan)
    for rows in np.split(np.arange(len(data)), np.flatnonzero(np.diff(data.obs.meter)) + 1):
        meter: Any = anomaly.StandardAbsoluteDeviation()  # river's methods have no types
        known = np.arange(len(rows)) * data.obs.interval_s[rows] >= MINIMUM_DAYS * 86_400
        for row, enough, kwh in zip(rows, known, data.obs.kwh[rows].tolist(), strict=True):
            if enough and meter.variance.get() > 0:
                found[row] = meter.score_one(None, kwh)
            meter.learn_one(None, kwh)
    return found


def hour_of_week_z(data: Replayed) -> Values:
    """Distance from the median of the last six weeks at that hour of the week, in median absolute deviations.

    Ours: neither library has it.
    """
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


class Tails:
    """ECOD (Li et al., 2022): how far out in its tail each value lies, as it rates the rows that it learnt from.

    pyod's own `decision_function` adds the rows to be judged to those learnt, so that each would see the later ones.
    Its score is a sum over the inputs and can be looked up by input.
    """

    def __init__(self, learnt: Values) -> None:
        rated = ECOD().fit(learnt).O
        firsts = [np.unique(column, return_index=True) for column in learnt.T]
        self._table = [(values, rated[at, number]) for number, (values, at) in enumerate(firsts)]

    def decision_function(self, rows: Values, /) -> Values:
        rated = [np.interp(column, *table) for column, table in zip(rows.T, self._table, strict=True)]
        return np.asarray(np.sum(rated, axis=0))


def half_space_trees(limits: Limits, rows: Values, ts: Values) -> Values:
    """Tan, Ting and Liu (2011): a row's mass in the window before it by arrival; the first window has none."""
    trees: Any = anomaly.HalfSpaceTrees(n_trees=_TREES, height=_DEPTH, window_size=_WINDOW, limits=limits, seed=SEED)
    found = np.full(len(rows), np.nan)
    for number, row in enumerate(np.argsort(ts, kind="stable")):
        inputs = dict(zip(limits, rows[row].tolist(), strict=True))
        if number >= _WINDOW:
            found[row] = trees.score_one(inputs)
        trees.learn_one(inputs)
    return found


def _inputs(data: Replayed) -> Values:
    return data.features[:, [FEATURES.index(name) for name in OUTLIER_INPUTS]].astype(np.float64)


def _kwh(data: Replayed) -> "pd.Series[float]":
    return pd.Series(data.obs.kwh)


def _values(column: "pd.Series[float]") -> Values:
    return np.asarray(column, dtype=np.float64)
