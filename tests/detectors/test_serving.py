"""The trained detector behind SageMaker's four functions."""

from io import BytesIO
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest

from detector import serve
from detector.dataset import Replayed, replay
from detector.model import Detector, TamperedModelError
from tests.detectors import simulated
from wattwarden.detection import FEATURES, MeterStates, Verdicts, judge
from wattwarden.domain.anomalies import Kind, Tier


@pytest.fixture(scope="module")
def model(trained: Path) -> Detector:
    return serve.model_fn(str(trained))


def _invoke(features: np.ndarray, model: Detector) -> np.ndarray:
    body = BytesIO()
    np.save(body, features)
    data = serve.input_fn(body.getvalue(), serve.NPY)
    content, content_type = serve.output_fn(serve.predict_fn(data, model), "*/*")
    assert content_type == serve.NPY
    return np.load(BytesIO(content), allow_pickle=False)


def _judge(data: Replayed, model: Detector) -> Verdicts:
    states = MeterStates.new(len(data.rooms.beds))
    return judge(states, data.rooms, data.obs, data.features, _invoke(data.features, model))


def test_predictions_are_a_probability_a_band_in_kw_and_the_threshold(model: Detector) -> None:
    data = replay(simulated.room("new", "new/1", seed=77))
    predictions = _invoke(data.features, model)
    assert predictions.dtype == np.float32
    assert predictions.shape == (len(data), 5)
    probability, low, mid, high, threshold = predictions.T
    assert ((probability >= 0) & (probability <= 1)).all()
    assert ((low >= 0) & (low <= mid) & (mid <= high)).all()
    assert set(threshold.tolist()) == {np.float32(model.heads["rooms"].threshold)}
    settled = slice(24 * 20, None)
    assert 0.05 < np.median(mid[settled]) < 0.4
    covered = (data.obs.kwh[settled] >= low[settled]) & (data.obs.kwh[settled] <= high[settled])
    assert covered.mean() > 0.75


def test_a_heater_in_a_room_never_seen_is_found_at_once(model: Detector) -> None:
    frame = simulated.room("new", "new/1", seed=77, events=False)
    at = 24 * 30 + 13
    frame.loc[at : at + 2, "kwh"] += 1.8
    verdicts = _judge(replay(frame), model)
    assert np.flatnonzero(verdicts.opens).tolist() == [at]
    assert verdicts.kind[at] is Kind.EXCESS
    assert verdicts.tier[at] is Tier.MODEL
    assert verdicts.reasons[at]["threshold"] == pytest.approx(model.heads["rooms"].threshold, abs=1e-3)  # type: ignore[index]


def test_clean_weeks_hardly_ever_alarm(model: Detector) -> None:
    clean = [simulated.room("new", f"new/{seed}", seed=seed, events=False) for seed in range(201, 213)]
    verdicts = _judge(replay(pd.concat(clean, ignore_index=True)), model)
    room_months = len(clean) * simulated.DAYS / 30.44
    assert verdicts.opens.sum() / room_months < 0.7  # a model of sixteen rooms: it knows little


def test_an_empty_matrix_is_answered(model: Detector) -> None:
    assert _invoke(np.empty((0, len(FEATURES)), np.float32), model).shape == (0, 5)


def test_another_content_type_dtype_or_shape_is_refused(model: Detector) -> None:
    def npy(array: np.ndarray) -> bytes:
        body = BytesIO()
        np.save(body, array)
        return body.getvalue()

    good = np.zeros((2, len(FEATURES)), np.float32)
    for body, content_type in (
        (npy(good), "application/json"),
        (npy(good.astype(np.float64)), serve.NPY),
        (npy(good[0]), serve.NPY),
        (b"not an array", serve.NPY),
    ):
        with pytest.raises(ValueError, match=r"."):
            serve.input_fn(body, content_type)
    with pytest.raises(ValueError, match="features"):
        serve.predict_fn(good[:, 1:], model)


def test_pickles_hidden_in_an_array_are_refused() -> None:
    body = BytesIO()
    np.save(body, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickle"):
        serve.input_fn(body.getvalue(), serve.NPY)


def test_a_tampered_artefact_is_refused_before_it_is_unpickled(trained: Path, tmp_path: Path) -> None:
    folder = copytree(trained, tmp_path / "model")
    artefact = folder / "model.joblib"
    content = bytearray(artefact.read_bytes())
    content[-1] ^= 1
    artefact.write_bytes(content)
    with pytest.raises(TamperedModelError):
        serve.model_fn(str(folder))
