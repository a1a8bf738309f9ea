from pathlib import Path

import pytest

from detector import train
from tests.detectors import simulated

QUICK = [
    *("--band_iterations=20", "--band_rows=4000", "--alarm_iterations=30", "--alarm_leaves=8", "--alarm_rows=6000"),
    *("--alarm_min_leaf=20", "--learning_rate=0.15", "--minimum_rows=1000"),
]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated.write(simulated.corpus(), tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model, trained by the training program."""
    history = simulated.room("own", "own/1", seed=900, events=False)
    history["label"] = history["label"].where(history["label"] > 5)
    target = tmp_path_factory.mktemp("model")
    channel = simulated.write(history, tmp_path_factory.mktemp("history"))
    assert train.main([f"--corpus={corpus}", f"--history={channel}", f"--model_dir={target}", *QUICK]) == 0
    return target
