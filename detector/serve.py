"""Serve the detector: the four functions SageMaker's scikit-learn container calls. NPY in, NPY out."""

import os

# Before scikit-learn loads: calls run side by side, so that none takes all cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.model import Detector

NPY = "application/x-npy"
MAX_ROWS = 50_000


def model_fn(model_dir: str) -> Detector:
    """Raises TamperedModelError, before anything is unpickled, when the artefact is not the one training wrote."""
    return Detector.load(Path(model_dir))


def input_fn(body: bytes, content_type: str) -> NDArray[np.float32]:
    """Features [n, F], float32.

    Raises:
        ValueError: another content type, dtype or shape, or more rows than a call may bring.
    """
    if content_type != NPY:
        raise ValueError(f"content type {content_type!r}: only {NPY} is understood")
    features = np.load(BytesIO(body), allow_pickle=False)
    if features.dtype != np.float32 or features.ndim != 2 or len(features) > MAX_ROWS:  # noqa: PLR2004 a matrix
        raise ValueError(f"{features.dtype} {features.shape}: float32 [n <= {MAX_ROWS}, features] is expected")
    matrix: NDArray[np.float32] = features
    return matrix


def predict_fn(features: NDArray[np.float32], model: Detector) -> NDArray[np.float32]:
    """[n, 5]: probability, band 5/50/95 % in kW, alarm threshold.

    Raises:
        ValueError: the matrix has not the columns that the model was trained on.
    """
    if features.shape[1] != len(model.features):
        raise ValueError(f"{features.shape[1]} features; this model was trained on {len(model.features)}")
    return model.predict(features)


def output_fn(predictions: NDArray[np.float32], accept: str) -> tuple[bytes, str]:
    """NPY whatever is accepted: nothing else is ever produced."""
    del accept
    buffer = BytesIO()
    np.save(buffer, predictions, allow_pickle=False)
    return buffer.getvalue(), NPY
