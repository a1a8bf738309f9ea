"""Fit the band and the heads on replayed readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

from detector import families
from detector.dataset import Replayed
from detector.model import (
    METERS,
    QUANTILES,
    ROOMS,
    Calibration,
    Detector,
    Features,
    Head,
    Values,
    alarm_inputs,
    band_inputs,
    by_head,
    expected_band,
)  # fmt: skip
from detector.settings import Settings
from wattwarden.detection import FEATURES
from wattwarden.detection.profile import JUDGED_H

TARGET_CAP = 40.0  # in units of the meter's level: one absurd reading must not steer the band
FEEDBACK_WEIGHT = 3.0
"""What a person has said of a reading, in readings of the corpus."""
ROOM_AS_METER = 0.5
"""Weight of a room's reading among those of meters."""
SEED = 7
BINS = 100
CHANNELS: dict[str, dict[str, float]] = {
    "occupancy": {"people_share": -1, "people24": -1, "empty_h": 0, "empty_excess": 0, "vacant_n": 0, "per_head": 0},
    "voltage": dict.fromkeys(("voltage_change", "voltage_drift", "low_voltage_n", "voltage_z", "voltage_limit"), 0),
    "power_factor": dict.fromkeys(
        (
            *("pf_fall", "pf_h", "pf_change", "pf_z", "pf_z3", "pf_stray"),
            *("resistive", "resistive24", "resistive_z", "resistive_stray"),
        ),
        0,
    ),
    "temperature": {"warmer": 0, "cooling": 0, "heating": 0},
    "air conditioning": {"has_ac": 0, "cooling": 0},
}
"""Features of a channel, and what they are where nobody knows it."""

Flags = NDArray[np.bool_]
type Band = HistGradientBoostingRegressor


def fit(replays: Sequence[Replayed], settings: Settings, bands: list[Band]) -> Detector:
    """Heads from all labelled rows; they never alarm yet.

    The first replay is the corpus, the others are histories whose labels came from people.
    """
    lessons = _Lessons.together([_Lessons.of_replay(data, data is not replays[0]) for data in replays])
    rooms = by_head(lessons.features, FEATURES)[ROOMS]
    taught = {ROOMS: _of_rooms(lessons.of(rooms)), METERS: _of_meters(lessons.of(~rooms), lessons.of(rooms))}
    heads = {
        name: Head(families.fit(settings.family, *chosen(lesson, bands, settings.alarm_rows), settings))
        for name, lesson in taught.items()
        if len(np.unique(lesson.label)) > 1
    }
    return Detector(bands, heads, FEATURES)


def fit_bands(replays: Sequence[Replayed], settings: Settings) -> list[Band]:
    """One per quantile, from all rows that are not known to be anomalous."""
    features = np.concatenate([data.features[judged(data.features) & (data.label != 1)] for data in replays])
    rows = _sample(len(features), settings.band_rows)
    inputs = band_inputs(features[rows], FEATURES)
    load = np.minimum(features[rows, FEATURES.index("value")], TARGET_CAP)
    return [
        HistGradientBoostingRegressor(
            loss="quantile",
            quantile=quantile,
            max_iter=settings.band_iterations,
            max_leaf_nodes=settings.band_leaves,
            max_bins=BINS,
            learning_rate=0.1,
            min_samples_leaf=80,
            early_stopping=False,
            random_state=SEED,
        ).fit(inputs, load)
        for quantile in QUANTILES
    ]


def judged(features: Features) -> Flags:
    """Rows that the model judges, and learns from."""
    seen = features[:, FEATURES.index("seen_h")] >= JUDGED_H
    return np.asarray(seen & (features[:, FEATURES.index("usable")] > 0))


def calibrate(probability: Values, label: NDArray[np.int8], density: float) -> Calibration:
    """Platt (1999), on rows that the classifier has not seen, as if anomalies were so many times as rare."""
    known = label >= 0
    if len(np.unique(label[known])) < 2:  # noqa: PLR2004 one class tells nothing
        return Calibration()
    clipped = np.clip(probability[known], 1e-6, 1 - 1e-6)
    logit = np.log(clipped / (1 - clipped))[:, None]
    fitted = LogisticRegression(C=1e6).fit(
        logit, label[known], sample_weight=np.where(label[known] == 1, 1 / density, 1.0)
    )
    return Calibration(max(float(fitted.coef_[0, 0]), 0.05), float(fitted.intercept_[0]))


@dataclass(frozen=True, slots=True)
class _Lessons:
    features: Features
    label: NDArray[np.int8]
    kind: NDArray[np.str_]
    trust: Values

    @classmethod
    def of_replay(cls, data: Replayed, by_people: bool) -> Self:  # noqa: FBT001 said by the caller's comparison
        known = judged(data.features) & (data.label >= 0)
        trust = np.full(np.count_nonzero(known), FEEDBACK_WEIGHT if by_people else 1.0)
        return cls(data.features[known], data.label[known], data.kind[known], trust)

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def of(self, rows: Flags) -> "_Lessons":
        return _Lessons(self.features[rows], self.label[rows], self.kind[rows], self.trust[rows])

    def masked(self, share: float, trust: float) -> "_Lessons":
        """The same readings where each channel is unknown to the given share of rows."""
        rng = np.random.default_rng(SEED)
        features = self.features.copy()
        for blanks in CHANNELS.values():
            unknown = rng.random(len(features)) < share
            for name, blank in blanks.items():
                features[unknown, FEATURES.index(name)] = blank
            if "vacant_n" in blanks:
                features[unknown, FEATURES.index("vacant_p97")] = features[unknown, FEATURES.index("band_mid")]
        return _Lessons(features, self.label, self.kind, trust * self.trust)


def _of_rooms(rooms: _Lessons) -> _Lessons:
    """As they are, and every third reading again by meters that know less."""
    third = np.arange(len(rooms.label)) % 3 == 0
    return _Lessons.together([rooms, rooms.of(third).masked(0.5, 1.0)])


def _of_meters(meters: _Lessons, rooms: _Lessons) -> _Lessons:
    """Meters of anything, and rooms of which hardly more than the load is known."""
    half = np.arange(len(rooms.label)) % 2 == 0
    return _Lessons.together([meters, rooms.of(half).masked(0.8, ROOM_AS_METER)])


def chosen(lessons: _Lessons, bands: list[Band], at_most: int) -> tuple[Values, NDArray[np.int8], Values]:
    """Inputs, labels and weights of at most so many rows, the ordinary ones thinned out."""
    label, features = lessons.label, lessons.features
    weights = _weights(label, lessons.kind) * lessons.trust
    odd, normal = np.flatnonzero(label == 1), np.flatnonzero(label == 0)
    if len(odd) > at_most // 2:
        kept = np.random.default_rng(SEED).permutation(len(odd))[: at_most // 2]
        weights[odd] *= len(odd) / len(kept)
        odd = odd[kept]
    share = _telling_share(features[normal], at_most - len(odd))
    kept_normal = np.random.default_rng(SEED).random(len(normal)) < share
    weights[normal] /= share
    rows = np.sort(np.concatenate([odd, normal[kept_normal]]))
    inputs = alarm_inputs(features[rows], expected_band(bands, features[rows], FEATURES), FEATURES)
    return inputs, label[rows], weights[rows]


def _telling_share(features: Features, wanted: int) -> Values:
    """Share with which to keep each normal row: the further from the usual, the more it teaches."""
    z, drift = (np.abs(features[:, FEATURES.index(name)]) for name in ("z", "residual24"))
    telling = 0.15 + np.minimum(z, 1.5) + np.minimum(drift, 1.0)
    share: Values = np.minimum(telling * wanted / max(telling.sum(dtype=np.float64), 1e-9), 1.0).astype(np.float64)
    return share


def _weights(label: NDArray[np.int8], kind: NDArray[np.str_]) -> Values:
    """Each kind weighs the same in total, so that a week of theft does not drown an hour of heater."""
    weights = np.ones(len(label))
    kinds = np.unique(kind[label == 1])
    total = np.count_nonzero(label == 1)
    for name in kinds:
        of_kind = (label == 1) & (kind == name)
        weights[of_kind] = total / len(kinds) / np.count_nonzero(of_kind)
    return weights


def _sample(n: int, at_most: int) -> NDArray[np.int64]:
    if n <= at_most:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).choice(n, at_most, replace=False))
