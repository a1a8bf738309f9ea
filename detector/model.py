"""The trained detector: an expected band, classifiers on what sticks out of it, and alarm thresholds.

A room of which more is known than the load is judged by the head that learnt rooms; everything else by the one that
learnt meters of which nothing but the load need be known. Saved as `model.joblib` (scikit-learn estimators only) beside
`model.json`, which holds its SHA-256: pickled code is never loaded before the file is known to be the one that training
wrote.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from wattwarden.detection.profile import LIKE_A_ROOM, prior_kw

BAND_INPUTS = (
    "band_low", "band_mid", "band_high", "how_n", "how_low", "how_mid", "how_high", "hod_mid", "hod_high", "hod_low",
    "lag24", "lag168", "roll168", "p50", "p99", "people_share", "people24", "empty_h", "vacant_p97", "vacant_n",
    "warmer", "cooling", "heating", "has_ac", "hour", "weekend",
)  # fmt: skip
"""What the load ought to follow from: never the last hours' load, or an anomaly would become what is expected."""

ALARM_INPUTS = (
    "residual", "z", "residual3", "residual24", "residual96", "base_rise", "cusum_high", "cusum_low",
    "jump", "surprise", "ratio24",
    "lag1", "lag2", "lag3", "roll3", "roll6", "roll24", "max24", "min24", "span6", "stray", "stray24",
    "flat_h", "zero_h", "low_h", "high_h", "short_h", "zero_share", "same_share", "p99", "how_n", "hod_n",
    "voltage_change", "voltage_drift", "low_voltage_n", "pf_fall", "pf_change", "people_share", "people24", "empty_h",
    "empty_excess", "has_ac",
    "pf_z", "pf_z3", "pf_stray", "resistive", "resistive24", "resistive_z", "resistive_stray",
    "baseload24", "baseload72", "baseload_over", "baseload_under",
    "day24", "day72", "day168", "day_over", "day_under", "peak72", "per_head", "voltage_z", "voltage_limit",
    "recurs",
)  # fmt: skip
"""Left out on purpose, because they do not travel to another hostel: temperature, absolute level, hour of the day."""

_BEYOND = ("how_high", "how_low", "hod_high", "hod_low", "near_high", "near_low")
_BEFORE = ("lag24", "lag168")

QUANTILES = (0.05, 0.5, 0.95)
ROOMS, METERS = "rooms", "meters"
_ARTEFACT, _CARD = "model.joblib", "model.json"

Features = NDArray[np.float32]
Values = NDArray[np.float64]


class TamperedModelError(Exception):
    """The artefact is not the one that training wrote."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling: the logit of what the classifier says, made a probability that is kept."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, probability: Values) -> Values:
        clipped = np.clip(probability, 1e-6, 1 - 1e-6)
        kept: Values = 1 / (1 + np.exp(-(self.slope * np.log(clipped / (1 - clipped)) + self.intercept)))
        return kept


@dataclass(frozen=True, slots=True)
class Head:
    classifier: Any
    """A scikit-learn classifier of `alarm_inputs`."""
    calibration: Calibration = Calibration()
    threshold: float = 1.0
    """Probability from which an incident opens; at 1 none does."""

    def probability(self, inputs: Values) -> Values:
        return self.calibration(self.classifier.predict_proba(inputs)[:, 1])


@dataclass(frozen=True, slots=True)
class Detector:
    bands: list[HistGradientBoostingRegressor]
    """One per quantile, in units of the meter's own level."""
    heads: dict[str, Head]
    """ROOMS and METERS, or one of them for all."""
    features: tuple[str, ...]
    """Columns of the feature matrix, in order."""

    def predict(self, features: Features) -> Features:
        """[n, 5]: probability of an anomaly, band 5/50/95 % in kW, alarm threshold."""
        if len(features) == 0:
            return np.empty((0, 5), dtype=np.float32)
        band = expected_band(self.bands, features, self.features)
        inputs = alarm_inputs(features, band, self.features)
        probability, threshold = np.empty((2, len(features)))
        for name, rows in by_head(features, self.features).items():
            if rows.any():
                head = self.heads.get(name) or next(iter(self.heads.values()))
                probability[rows] = head.probability(inputs[rows])
                threshold[rows] = head.threshold
        scale = features[:, [self.features.index("scale_kw")]]
        return np.column_stack([probability, band * scale, threshold]).astype(np.float32)

    def save(self, folder: Path, **card: object) -> None:
        """Write artefact and card; `card` adds to what the card says."""
        buffer = BytesIO()
        classifiers = {name: head.classifier for name, head in self.heads.items()}
        joblib.dump({"bands": self.bands, "classifiers": classifiers}, buffer, compress=3)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _ARTEFACT).write_bytes(buffer.getvalue())
        heads = {
            name: {"threshold": head.threshold, "calibration": asdict(head.calibration)}
            for name, head in self.heads.items()
        }
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        (folder / _CARD).write_text(json.dumps({"sha256": digest, "heads": heads, "features": self.features, **card}))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The detector that `save` wrote.

        Raises:
            TamperedModelError: the artefact's SHA-256 is not the card's.
        """
        card = json.loads((folder / _CARD).read_text())
        content = (folder / _ARTEFACT).read_bytes()
        if hashlib.sha256(content).hexdigest() != card["sha256"]:
            raise TamperedModelError(f"{_ARTEFACT} does not have the SHA-256 that {_CARD} names")
        parts = joblib.load(BytesIO(content))
        heads = {
            name: Head(
                classifier,
                Calibration(**card["heads"][name]["calibration"]),
                float(card["heads"][name]["threshold"]),
            )
            for name, classifier in parts["classifiers"].items()
        }
        return cls(parts["bands"], heads, tuple(card["features"]))


def by_head(features: Features, names: tuple[str, ...]) -> dict[str, NDArray[np.bool_]]:
    """Which rows each head judges: rooms that draw like rooms and tell heads or power factor, and everything else."""
    column = {name: features[:, names.index(name)] for name in ("beds", "has_ac", "scale_kw", "people24", "pf_h")}
    usual = prior_kw(column["beds"].astype(np.int16), column["has_ac"] > 0)
    tells_more = (column["people24"] >= 0) | (column["pf_h"] > 0)
    rooms = (column["scale_kw"] < LIKE_A_ROOM * usual) & tells_more
    return {ROOMS: rooms, METERS: ~rooms}


def band_inputs(features: Features, names: tuple[str, ...]) -> Features:
    return features[:, [names.index(name) for name in BAND_INPUTS]]


def expected_band(bands: list[HistGradientBoostingRegressor], features: Features, names: tuple[str, ...]) -> Values:
    """[n, 3] in units of the meter's level, ascending and not negative."""
    inputs = band_inputs(features, names)
    predicted = np.stack([band.predict(inputs) for band in bands], axis=1)
    ordered: Values = np.sort(np.maximum(predicted, 0.0), axis=1)
    return ordered


def alarm_inputs(features: Features, band: Values, names: tuple[str, ...]) -> Values:
    """What the classifiers see: distances to the band, to the extremes of the weeks and to habit; then ALARM_INPUTS."""

    def column(name: str) -> Values:
        return features[:, names.index(name)].astype(np.float64)

    value = column("value")
    low, mid, high = band.T
    width = np.maximum(high - low, 0.02)
    habit = np.maximum(column("stray"), 0.01)
    distances = [
        value - mid,
        (value - mid) / width,
        np.maximum(value - high, 0.0),
        np.maximum(low - value, 0.0),
        np.log((value + 0.05) / (mid + 0.05)),
        width,
        (value - mid) / habit,
        column("surprise") / habit,
        column("stray24") / habit,
        *(value - column(name) for name in _BEYOND),
        *(column(name) - mid for name in _BEFORE),
    ]
    return np.column_stack([*distances, features[:, [names.index(name) for name in ALARM_INPUTS]]])
