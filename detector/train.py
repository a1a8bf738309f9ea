"""Train the detector: `python train.py` under SageMaker's script-mode contract.

Channels `history` (exported readings, mostly without labels) and `corpus` (labelled simulated hostels) are replayed
through the serving code. The alarm threshold is the one with the best event F1 on hostels left out of training.
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
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from detector import events
from detector.dataset import Replayed, UnusableDataError, part, read, replay
from detector.model import QUANTILES, Detector, alarm_inputs, band_inputs, expected_band
from wattwarden.detection import FEATURES, STATE_VERSION, MeterStates, judge

SETTLED_H = 14 * 24
"""Finished hours before which rules alone judge a meter, and no row of it trains the model."""
TARGET_CAP = 40.0  # in units of the meter's level: one absurd reading must not steer the band
SEED = 7
THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.985)


@dataclass(frozen=True, slots=True)
class Settings:
    """Hyper-parameters; each is an argument of the same name."""

    band_rows: int = 30_000
    band_iterations: int = 60
    band_leaves: int = 15
    alarm_rows: int = 50_000
    alarm_iterations: int = 80
    alarm_leaves: int = 24
    learning_rate: float = 0.1
    folds: int = 3
    minimum_rows: int = 5_000


def main(arguments: Sequence[str] | None = None) -> int:
    settings, history, corpus, target = _arguments(arguments)
    try:
        _train(settings, history, corpus, target)
    except UnusableDataError as error:
        _report_failure(str(error))
        return 1
    except Exception as error:
        _report_failure(f"{type(error).__name__}: {error}")
        raise
    return 0


def _train(settings: Settings, history: Path | None, corpus: Path, target: Path) -> None:
    began = time.monotonic()
    labelled = replay(read(corpus))
    replays = [labelled]
    if history is not None and any(history.rglob("*.parquet")):
        replays.append(replay(read(history)))
    rows = sum(map(len, replays))
    _check(labelled, settings)
    _say(f"replayed {rows} readings in {time.monotonic() - began:.1f} s")

    with ThreadPoolExecutor(os.cpu_count()) as cores:
        whole = cores.submit(fit, replays, settings)
        threshold, scores = choose_threshold(labelled, settings, cores)
        detector = replace(whole.result(), threshold=threshold)
    metrics = {
        "event_f1": scores.f1,
        "event_precision": scores.precision,
        "event_recall": scores.recall,
        "false_alerts_per_room_month": scores.false_alerts_per_room_month,
    }
    detector.save(
        target,
        metrics=metrics,
        counts={"events": scores.events, "alerts": scores.alerts, "room_months": scores.room_months},
        recall_by_kind=scores.recall_by_kind,
        rows=rows,
        settings=asdict(settings),
        versions={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit_learn": sklearn.__version__,
            "state": STATE_VERSION,
        },
    )
    for kind, recall in scores.recall_by_kind.items():
        _say(f"recall of {kind}: {recall:.2f}")
    for name, value in metrics.items():
        _say(f"{name}={value:.4f};")
    _say(f"threshold={threshold:.4f};")
    _say(f"rows={rows};")
    _say(f"trained in {time.monotonic() - began:.1f} s")


def fit(replays: Sequence[Replayed], settings: Settings) -> Detector:
    """Band from all rows that are not known to be anomalous, classifier from all labelled rows; never alarms yet."""
    features = np.concatenate([data.features for data in replays])
    label = np.concatenate([data.label for data in replays])
    kind = np.concatenate([data.kind for data in replays])
    trains = _settled(features)
    bands = _fit_bands(features[trains & (label != 1)], settings)
    known = np.flatnonzero(trains & (label >= 0))
    classifier = _fit_classifier(features[known], label[known], kind[known], bands, settings)
    return Detector(bands, classifier, threshold=1.0, features=FEATURES)


def _fit_bands(features: NDArray[np.float32], settings: Settings) -> list[HistGradientBoostingRegressor]:
    rows = _sample(len(features), settings.band_rows)
    inputs = band_inputs(features[rows], FEATURES)
    load = np.minimum(features[rows, FEATURES.index("value")], TARGET_CAP)
    return [
        HistGradientBoostingRegressor(
            loss="quantile",
            quantile=quantile,
            max_iter=settings.band_iterations,
            max_leaf_nodes=settings.band_leaves,
            learning_rate=settings.learning_rate,
            min_samples_leaf=80,
            early_stopping=False,
            random_state=SEED,
        ).fit(inputs, load)
        for quantile in QUANTILES
    ]


def _fit_classifier(
    features: NDArray[np.float32],
    label: NDArray[np.int8],
    kind: NDArray[np.str_],
    bands: list[HistGradientBoostingRegressor],
    settings: Settings,
) -> HistGradientBoostingClassifier:
    weights = _weights(label, kind)
    rows = np.flatnonzero(label == 1)
    normal = np.flatnonzero(label == 0)
    share = _telling_share(features[normal], max(settings.alarm_rows - len(rows), settings.alarm_rows // 2))
    kept = np.random.default_rng(SEED).random(len(normal)) < share
    weights[normal] /= share
    rows = np.sort(np.concatenate([rows, normal[kept]]))
    features, label, weights = features[rows], label[rows], weights[rows]
    inputs = alarm_inputs(features, expected_band(bands, features, FEATURES), FEATURES)
    return HistGradientBoostingClassifier(
        max_iter=settings.alarm_iterations,
        max_leaf_nodes=settings.alarm_leaves,
        learning_rate=settings.learning_rate,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    ).fit(inputs, label, sample_weight=weights)


def _telling_share(features: NDArray[np.float32], wanted: int) -> NDArray[np.float64]:
    """Share with which to keep each normal row: the further from the usual, the more it teaches."""
    z, drift = (np.abs(features[:, FEATURES.index(name)]) for name in ("z", "residual24"))
    telling = 0.15 + np.minimum(z, 1.5) + np.minimum(drift, 1.0)
    share = np.minimum(telling * wanted / max(telling.sum(dtype=np.float64), 1e-9), 1.0)
    return share.astype(np.float64)


def _weights(label: NDArray[np.int8], kind: NDArray[np.str_]) -> NDArray[np.float64]:
    """Each kind weighs the same in total, so that a week of theft does not drown an hour of heater."""
    weights = np.ones(len(label))
    kinds = np.unique(kind[label == 1])
    total = np.count_nonzero(label == 1)
    for name in kinds:
        of_kind = (label == 1) & (kind == name)
        weights[of_kind] = total / len(kinds) / np.count_nonzero(of_kind)
    return weights


def choose_threshold(data: Replayed, settings: Settings, cores: Executor) -> tuple[float, events.Scores]:
    """The threshold with the best event F1 over hostels that the model did not see, and the scores there.

    The whole system is scored: rules, model and hysteresis, from the day a meter is settled.
    """
    predictions = _left_out_predictions(data, settings, cores)
    rows = _settled(data.features)
    best: tuple[float, events.Scores] | None = None
    for threshold in THRESHOLDS:
        predictions[:, 4] = threshold
        verdicts = judge(MeterStates.new(len(data.rooms.beds)), data.rooms, data.obs, data.features, predictions)
        scores = events.score(
            data.obs.meter[rows],
            data.obs.ts[rows],
            data.obs.interval_s[rows],
            data.label[rows] == 1,
            data.kind[rows],
            verdicts.anomalous[rows],
        )
        if best is None or scores.f1 > best[1].f1:
            best = threshold, scores
    if best is None:
        raise UnusableDataError("no threshold to choose from")
    return best


def _left_out_predictions(data: Replayed, settings: Settings, cores: Executor) -> NDArray[np.float32]:
    """Predictions of each hostel by a detector trained on the others."""
    hostels = np.unique(data.hostel)
    folds = min(settings.folds, len(hostels))
    first_row = np.searchsorted(data.obs.meter, np.arange(len(data.rooms.beds)))

    def predict(fold: int) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        held_out = np.isin(data.hostel, hostels[fold::folds])
        detector = fit([part(data, ~held_out[first_row])], settings)
        return held_out, detector.predict(data.features[held_out])

    predictions = np.empty((len(data), 5), dtype=np.float32)
    for rows, predicted in cores.map(predict, range(folds)):
        predictions[rows] = predicted
    return predictions


def _settled(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    settled = features[:, FEATURES.index("seen_h")] >= SETTLED_H
    return np.asarray(settled & (features[:, FEATURES.index("usable")] > 0))


def _sample(n: int, at_most: int) -> NDArray[np.int64]:
    if n <= at_most:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).choice(n, at_most, replace=False))


def _check(labelled: Replayed, settings: Settings) -> None:
    settled = _settled(labelled.features)
    if np.count_nonzero(settled) < settings.minimum_rows:
        raise UnusableDataError(
            f"the corpus has {np.count_nonzero(settled)} readings of settled meters; {settings.minimum_rows} are needed"
        )
    for label, name in ((0, "normal"), (1, "anomalous")):
        hostels = np.unique(labelled.hostel[settled & (labelled.label == label)])
        if len(hostels) < 2:  # noqa: PLR2004 one to train on, one to leave out
            raise UnusableDataError(f"the corpus has {name} readings in {len(hostels)} hostel(s); two are needed")


def _arguments(arguments: Sequence[str] | None) -> tuple[Settings, Path | None, Path, Path]:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in asdict(Settings()).items():
        # SageMaker passes a hyper-parameter under its own name
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--history", type=Path, default=os.environ.get("SM_CHANNEL_HISTORY"))
    parser.add_argument("--corpus", type=Path, default=os.environ.get("SM_CHANNEL_CORPUS"))
    parser.add_argument("--model_dir", type=Path, default=os.environ.get("SM_MODEL_DIR"))
    given, _ = parser.parse_known_args(arguments)
    if given.corpus is None or given.model_dir is None:
        parser.error("SM_CHANNEL_CORPUS and SM_MODEL_DIR (or --corpus and --model_dir) are needed")
    settings = Settings(**{name: getattr(given, name) for name in asdict(Settings())})
    return settings, given.history, given.corpus, given.model_dir


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
