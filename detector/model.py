"""The trained detector: an expected band, a classifier on what sticks out of it, and an alarm threshold.

Saved as `model.joblib` (scikit-learn estimators only) beside `model.json`, which holds its SHA-256: pickled code is
never loaded before the file is known to be the one that training wrote.
"""

import hashlib
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Self

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

BAND_INPUTS = (
    "band_low", "band_mid", "band_high", "how_n", "how_low", "how_mid", "how_high", "hod_mid", "hod_high",
    "lag24", "lag168", "roll168", "p50", "p99", "people_share", "people24", "empty_h", "vacant_p97", "vacant_n",
    "warmer", "cooling", "heating", "has_ac", "hour", "weekend",
)  # fmt: skip
"""What the load ought to follow from: never the last hours' load, or an anomaly would become what is expected."""

ALARM_INPUTS = (
    "residual", "z", "residual3", "residual24", "cusum_high", "cusum_low", "jump", "ratio24",
    "lag1", "lag2", "lag3", "roll3", "roll6", "roll24", "max24", "min24",
    "flat_h", "zero_h", "low_h", "high_h", "short_h", "zero_share", "same_share", "p99",
    "voltage_change", "voltage_drift", "low_voltage_n", "pf_fall", "people_share", "people24", "empty_h",
    "empty_excess", "hour_sin", "hour_cos", "has_ac",
)  # fmt: skip
"""Left out on purpose, because they do not travel to another hostel: temperature, age, absolute level."""

QUANTILES = (0.05, 0.5, 0.95)
_ARTEFACT, _CARD = "model.joblib", "model.json"


class TamperedModelError(Exception):
    """The artefact is not the one that training wrote."""


@dataclass(frozen=True, slots=True)
class Detector:
    bands: list[HistGradientBoostingRegressor]
    """One per quantile, in units of the meter's own level."""
    classifier: HistGradientBoostingClassifier
    threshold: float
    features: tuple[str, ...]
    """Columns of the feature matrix, in order."""

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """[n, 5]: probability of an anomaly, band 5/50/95 % in kW, alarm threshold."""
        if len(features) == 0:
            return np.empty((0, 5), dtype=np.float32)
        band = expected_band(self.bands, features, self.features)
        probability = self.classifier.predict_proba(alarm_inputs(features, band, self.features))[:, 1]
        scale = features[:, [self.features.index("scale_kw")]]
        threshold = np.full(len(features), self.threshold)
        return np.column_stack([probability, band * scale, threshold]).astype(np.float32)

    def save(self, folder: Path, **card: object) -> None:
        """Write artefact and card; `card` adds to what the card says."""
        buffer = BytesIO()
        joblib.dump({"bands": self.bands, "classifier": self.classifier}, buffer, compress=3)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _ARTEFACT).write_bytes(buffer.getvalue())
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        whole = {"sha256": digest, "threshold": self.threshold, "features": self.features, **card}
        (folder / _CARD).write_text(json.dumps(whole, indent=1))

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
        return cls(parts["bands"], parts["classifier"], float(card["threshold"]), tuple(card["features"]))


def band_inputs(features: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.float32]:
    return features[:, [names.index(name) for name in BAND_INPUTS]]


def expected_band(
    bands: list[HistGradientBoostingRegressor], features: NDArray[np.float32], names: tuple[str, ...]
) -> NDArray[np.float64]:
    """[n, 3] in units of the meter's level, ascending and not negative."""
    inputs = band_inputs(features, names)
    predicted = np.stack([band.predict(inputs) for band in bands], axis=1)
    ordered: NDArray[np.float64] = np.sort(np.maximum(predicted, 0.0), axis=1)
    return ordered


def alarm_inputs(
    features: NDArray[np.float32], band: NDArray[np.float64], names: tuple[str, ...]
) -> NDArray[np.float64]:
    """What the classifier sees: the residuals to the band, then ALARM_INPUTS."""
    value = features[:, names.index("value")].astype(np.float64)
    low, mid, high = band.T
    width = np.maximum(high - low, 0.1)
    residuals = [
        value - mid,
        (value - mid) / width,
        np.maximum(value - high, 0.0),
        np.maximum(low - value, 0.0),
        np.log((value + 0.05) / (mid + 0.05)),
        width,
    ]
    return np.column_stack([*residuals, features[:, [names.index(name) for name in ALARM_INPUTS]]])
