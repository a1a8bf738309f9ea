"""A search for better hyper-parameters, for as long as it is given."""

import math
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import optuna
from sklearn.metrics import average_precision_score

from detector.dataset import Replayed, only
from detector.fitting import SEED, Band, fit, judged
from detector.model import by_head
from detector.settings import Settings
from detector.thresholds import Split, split
from wattwarden.detection import FEATURES

SEARCH_ROWS = 40_000
"""Of each head in a trial: settings are ranked by many quick fits rather than by a few whole ones."""

ORDINARY = 0.1
"""Share of the ordinary readings that trials learn from and are marked on, each in place of ten."""

Say = Callable[[str], None]


def search(learn: Replayed, settings: Settings, bands: list[Band], cores: Executor, say: Say) -> Settings:
    """The settings with the best average precision on hostels left out; those given are tried first.

    By reading, and the mean over the heads: it ranks settings by hundreds of readings where event scores, which choose
    the threshold afterwards, would rank them by a few events. As many are tried at once as there are cores, until the
    slowest round so far would take longer than the time that is left.
    """
    began, slowest = time.monotonic(), 0.0
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=SEED))
    study.enqueue_trial(
        {name: getattr(settings, name) for name in ("alarm_iterations", "alarm_leaves", "alarm_min_leaf")}
        | {"alarm_l2": settings.alarm_l2, "learning_rate": settings.learning_rate}
    )
    parts, quick = split(_thinned(learn)), replace(settings, alarm_rows=min(settings.alarm_rows, SEARCH_ROWS))
    while (started := time.monotonic()) - began + slowest < settings.search_seconds:
        trials = [study.ask() for _ in range(os.cpu_count() or 1)]
        tried = [_suggested(trial, quick) for trial in trials]
        for trial, precision in zip(trials, cores.map(lambda one: _precision(parts, one, bands), tried), strict=True):
            study.tell(trial, precision)
        slowest = max(slowest, time.monotonic() - started)
    if not study.get_trials(states=[optuna.trial.TrialState.COMPLETE]):
        say("searched in vain: no settings could be tried in the time")
        return settings
    given, best = study.trials[0].value, study.best_value
    say(f"searched {len(study.trials)} settings: average precision {given or 0:.4f} to {best:.4f}")
    return _suggested(optuna.trial.FixedTrial(study.best_params), settings)


def _suggested(trial: "optuna.Trial | optuna.trial.FixedTrial", settings: Settings) -> Settings:
    return replace(
        settings,
        alarm_iterations=trial.suggest_int("alarm_iterations", 30, 250, log=True),
        alarm_leaves=trial.suggest_int("alarm_leaves", 6, 48, log=True),
        alarm_min_leaf=trial.suggest_int("alarm_min_leaf", 10, 200, log=True),
        alarm_l2=trial.suggest_float("alarm_l2", 0.1, 30.0, log=True),
        learning_rate=trial.suggest_float("learning_rate", 0.03, 0.2, log=True),
    )


def _thinned(learn: Replayed) -> Replayed:
    drawn = np.random.default_rng(SEED).random(len(learn)) < ORDINARY
    return only(learn, judged(learn.features) & ((learn.label == 1) | ((learn.label == 0) & drawn)))


def _precision(parts: Split, settings: Settings, bands: list[Band]) -> float:
    odd = parts.exam.label == 1
    predictions = fit([parts.learn], settings, bands).predict(parts.exam.features)
    found = []
    for mine in by_head(parts.exam.features, FEATURES).values():
        if 0 < np.count_nonzero(odd[mine]) < np.count_nonzero(mine):
            weights = np.where(odd[mine], 1.0, 1 / ORDINARY)
            found.append(float(average_precision_score(odd[mine], predictions[mine, 0], sample_weight=weights)))
    return float(np.mean(found)) if found else math.nan
