"""Train the detector: `python train.py` under SageMaker's script-mode contract.

Channels `history` (exported readings, some with labels from people), `corpus` (labelled simulated hostels) and, where
there is one, `champion` (the model in production) are read; history and corpus are replayed through the serving code.
Calibration and thresholds come from hostels left out of training. What the metrics say of challenger and champion was
measured on hostels and at times that neither has ever learnt from.
"""

import os

# Before scikit-learn loads: the fits run side by side, one core each; its own threads spin while a core is busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import sklearn

from detector.champion import load_champion
from detector.dataset import Replayed, UnusableDataError, read, replay
from detector.exam import Marks, take
from detector.fitting import Band, fit, fit_bands, judged
from detector.model import Detector
from detector.settings import Settings
from detector.thresholds import left_out, settle, split
from wattwarden.detection import STATE_VERSION


@dataclass(frozen=True, slots=True)
class Channels:
    corpus: Path
    model_dir: Path
    history: Path | None = None
    champion: Path | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    settings, channels = _arguments(arguments)
    try:
        _train(settings, channels)
    except UnusableDataError as error:
        _report_failure(str(error))
        return 1
    except Exception as error:
        _report_failure(f"{type(error).__name__}: {error}")
        raise
    return 0


def _train(settings: Settings, channels: Channels) -> None:
    began = time.monotonic()
    labelled = replay(read(channels.corpus))
    histories = []
    if channels.history is not None and any(channels.history.rglob("*.parquet")):
        histories.append(replay(read(channels.history)))
    rows = len(labelled) + sum(map(len, histories))
    _check(labelled, settings)
    parts = split(labelled)
    champion = load_champion(channels.champion, _say)
    _say(f"replayed {rows} readings in {time.monotonic() - began:.1f} s")

    with ThreadPoolExecutor(os.cpu_count()) as cores:
        bands = fit_bands([parts.learn, *histories], settings)
        if settings.search_seconds > 0:
            settings = _searched(parts.learn, settings, bands, cores)
        whole = cores.submit(fit, [parts.learn, *histories], settings, bands)
        predictions = left_out(parts.learn, histories, settings, bands, cores)
        detector = settle(whole.result(), parts.learn, predictions, settings.density)
    marks = take(parts.exam, detector, champion)
    _publish(detector, marks, channels.model_dir, settings, rows)
    _say(f"trained in {time.monotonic() - began:.1f} s")


def _searched(learn: Replayed, settings: Settings, bands: list[Band], cores: Executor) -> Settings:
    try:
        from detector.search import search  # noqa: PLC0415 Optuna is only needed where a search is asked for
    except ImportError as error:
        _say(f"no search: {error}")
        return settings
    return search(learn, settings, bands, cores, _say)


def _publish(detector: Detector, marks: Marks, target: Path, settings: Settings, rows: int) -> None:
    detector.save(
        target,
        metrics=marks.metrics,
        counts=marks.counts,
        recall_by_kind=marks.recall_by_kind,
        rows=rows,
        settings=asdict(settings),
        versions={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit_learn": sklearn.__version__,
            "state": STATE_VERSION,
        },
    )
    for kind, recall in marks.recall_by_kind.items():
        _say(f"recall of {kind}: {recall:.2f}")
    for name, value in marks.metrics.items():
        _say(f"{name}={value:.4f};")
    for name, head in detector.heads.items():
        _say(f"threshold_{name}={head.threshold:.4f};")
    _say(f"rows={rows};")


def _check(labelled: Replayed, settings: Settings) -> None:
    settled = judged(labelled.features)
    if np.count_nonzero(settled) < settings.minimum_rows:
        raise UnusableDataError(
            f"the corpus has {np.count_nonzero(settled)} readings to be judged; {settings.minimum_rows} are needed"
        )
    for label, name in ((0, "normal"), (1, "anomalous")):
        hostels = np.unique(labelled.hostel[settled & (labelled.label == label)])
        if len(hostels) < 3:  # noqa: PLR2004 one to train on, one to leave out, one for the exam
            raise UnusableDataError(f"the corpus has {name} readings in {len(hostels)} hostel(s); three are needed")


def _arguments(arguments: Sequence[str] | None) -> tuple[Settings, Channels]:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in asdict(Settings()).items():
        # SageMaker passes a hyper-parameter under its own name
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--history", type=Path, default=os.environ.get("SM_CHANNEL_HISTORY"))
    parser.add_argument("--corpus", type=Path, default=os.environ.get("SM_CHANNEL_CORPUS"))
    parser.add_argument("--champion", type=Path, default=os.environ.get("SM_CHANNEL_CHAMPION"))
    parser.add_argument("--model_dir", type=Path, default=os.environ.get("SM_MODEL_DIR"))
    given, _ = parser.parse_known_args(arguments)
    if given.corpus is None or given.model_dir is None:
        parser.error("SM_CHANNEL_CORPUS and SM_MODEL_DIR (or --corpus and --model_dir) are needed")
    settings = Settings(**{name: getattr(given, name) for name in asdict(Settings())})
    return settings, Channels(given.corpus, given.model_dir, given.history, given.champion)


def _report_failure(reason: str) -> None:
    """Where SageMaker looks for the FailureReason of the job."""
    sys.stderr.write(f"{reason}\n")
    folder = Path(os.environ.get("SM_OUTPUT_DIR", "/opt/ml/output"))
    if folder.is_dir():
        (folder / "failure").write_text(reason)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 the job's log is where SageMaker finds metrics


if __name__ == "__main__":
    sys.exit(main())
