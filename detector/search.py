"""A search for better hyper-parameters, for as long as it is given."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import optuna
from sklearn.metrics import average_precision_score

from detector.dataset import Replayed, only
from detector.fitting import SEED, Band, judged
from detector.model import by_head
from detector.settings import Settings
from detector.thresholds import left_out
from wattwarden.detection import FEATURES

SEARCH_ROWS = 40_000
"""Of each head in a trial: settings are ranked by many quick fits rather than by a few whole ones."""

ORDINARY = 0.1
"""Share of the ordinary readings that trials learn from and are marked on, each in place of ten."""

Say = Callable[[str], None]


def search(learn: Replayed, settings: Settings, bands: list[Band], cores: Executor, say: Say) -> Settings:
    """The settings with the best average precision on hostels left out; those given are tried first.

    By reading, and the mean over the heads: it ranks settings by hundreds of readings where event scores, which choose
    the threshold afterwards, would rank them by a few events. It ends where the slowest trial so far would take longer
    than the time that is left.
    """
    began, took = time.monotonic(), list[float]()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    some = _thinned(learn)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=SEED))
    study.enqueue_trial(
        {name: getattr(settings, name) for name in ("alarm_iterations", "alarm_leaves", "alarm_min_leaf")}
        | {"alarm_l2": settings.alarm_l2, "learning_rate": settings.learning_rate}
    )

    quick = replace(settings, alarm_rows=min(settings.alarm_rows, SEARCH_ROWS))

    def objective(trial: optuna.Trial) -> float:
        started = time.monotonic()
        precision = _precision(some, _suggested(trial, quick), bands, cores)
        took.append(time.monotonic() - started)
        return precision

    def before_another_takes_too_long(study: optuna.Study, _: optuna.trial.FrozenTrial) -> None:
        if time.monotonic() - began + max(took, default=0.0) > settings.search_seconds:
            study.stop()

    study.optimize(
        objective,
        timeout=settings.search_seconds,
        callbacks=[before_another_takes_too_long],
        catch=(FloatingPointError,),
    )
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


def _precision(some: Replayed, settings: Settings, bands: list[Band], cores: Executor) -> float:
    odd = some.label == 1
    predictions = left_out(some, [], settings, bands, cores)
    found = []
    for mine in by_head(some.features, FEATURES).values():
        if 0 < np.count_nonzero(odd[mine]) < np.count_nonzero(mine):
            weights = np.where(odd[mine], 1.0, 1 / ORDINARY)
            found.append(float(average_precision_score(odd[mine], predictions[mine, 0], sample_weight=weights)))
    return float(np.mean(found)) if found else math.nan
