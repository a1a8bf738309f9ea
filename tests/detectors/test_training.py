"""The training program: same features as serving, honest failure, a card that says what it made."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest

from detector import train
from detector.dataset import part, read, replay
from detector.fitting import CHANNELS
from detector.model import METERS, ROOMS, by_head
from tests.detectors import simulated
from tests.detectors.conftest import QUICK
from wattwarden.detection import FEATURES, MeterStates, Observations, advance

ROOT = Path(__file__).parents[2]


def _take(obs: Observations, rows: np.ndarray) -> Observations:
    return Observations(**{name: getattr(obs, name)[rows] for name in Observations.__slots__})


def test_training_replays_to_the_features_that_serving_computes_batch_by_batch(corpus: Path) -> None:
    data = replay(read(corpus))
    blobs: list[bytes | None] = [None] * len(data.rooms.beds)
    rings = list(blobs)
    served = np.empty_like(data.features)
    for batch in np.array_split(np.unique(data.obs.ts), 50):
        rows = np.flatnonzero(np.isin(data.obs.ts, batch))
        states = MeterStates.load(blobs, rings)
        served[rows] = advance(states, data.rooms, _take(data.obs, rows))
        blobs, rings = list(states.dump()), list(states.dump_rings(np.arange(len(states))))
    assert np.array_equal(served, data.features)
    assert np.isfinite(served).all()


def test_leaving_meters_out_keeps_the_features_of_the_others(corpus: Path) -> None:
    frame = read(corpus)
    data = replay(frame)
    kept = np.arange(len(data.rooms.beds)) % 3 > 0
    of_kept = part(data, kept)
    alone = replay(frame[kept[data.obs.meter]])
    assert np.array_equal(of_kept.features, alone.features)
    assert np.array_equal(of_kept.obs.meter, alone.obs.meter)


@pytest.mark.parametrize(
    ("unknown", "head"),
    [
        ([], ROOMS),
        (["occupancy"], ROOMS),
        (["power_factor", "voltage"], ROOMS),
        (["power_factor", "occupancy"], METERS),
    ],
)
def test_a_room_of_which_only_the_load_is_known_is_judged_as_any_meter(unknown: list[str], head: str) -> None:
    frame = simulated.room("h", "h/0", seed=1, days=3, events=False)
    frame[unknown] = np.nan
    assert by_head(replay(frame).features, FEATURES)[head].all()


@pytest.mark.parametrize(
    ("channel", "column"),
    [(name, name) for name in ("occupancy", "voltage", "power_factor")] + [("temperature", "temperature_c")],
)
def test_a_channel_is_hidden_in_training_as_it_is_where_nobody_knows_it(channel: str, column: str) -> None:
    frame = simulated.room("h", "h/0", seed=1, days=10, events=False)
    frame[column] = np.nan
    features = dict(zip(FEATURES, replay(frame).features.T, strict=True))
    told = {name: np.unique(features[name]).tolist() for name in CHANNELS[channel]}
    assert told == {name: [np.float32(blank)] for name, blank in CHANNELS[channel].items()}


def test_the_card_tells_features_scores_and_versions(trained: Path) -> None:
    card = json.loads((trained / "model.json").read_text())
    assert card["features"] == list(FEATURES)
    assert card["metrics"]["event_f1"] > 0.8
    assert card["rows"] == 19 * 24 * simulated.DAYS
    assert {"python", "numpy", "scikit_learn", "state"} <= card["versions"].keys()


def test_metrics_are_printed_as_the_job_definition_looks_for_them(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main([f"--corpus={corpus}", f"--model_dir={tmp_path}", *QUICK]) == 0
    log = capsys.readouterr().out
    for name in ("event_f1", "event_precision", "event_recall", "false_alerts_per_room_month"):
        assert re.search(rf"{name}=([0-9.]+);", log)
    assert re.search(r"rows=([0-9]+);", log)


@pytest.mark.parametrize("broken", ["nothing", "no column", "one hostel", "too short"])
def test_unusable_data_fails_with_a_reason_where_the_job_reports_it(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, output = tmp_path / "corpus", tmp_path / "output"
    folder.mkdir()
    output.mkdir()
    monkeypatch.setenv("SM_OUTPUT_DIR", str(output))
    frame = simulated.corpus(hostels=2, rooms=2)
    if broken == "no column":
        simulated.write(frame.drop(columns="occupancy"), folder)
    elif broken == "one hostel":
        simulated.write(frame[frame["hostel"] == "h0"], folder)
    elif broken == "too short":
        simulated.write(frame[frame["ts"] < simulated.START + 9 * 86_400], folder)
    assert train.main([f"--corpus={folder}", f"--model_dir={tmp_path / 'model'}", *QUICK]) == 1
    assert len((output / "failure").read_text()) > 20
    assert not (tmp_path / "model").exists()


def test_nothing_needs_a_newer_python_than_the_container_has() -> None:
    for folder in ("detector", "layers/core/python/wattwarden/detection", "layers/core/python/wattwarden/domain"):
        for path in (ROOT / folder).rglob("*.py"):
            ast.parse(path.read_text(), feature_version=(3, 12))
