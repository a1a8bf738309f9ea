"""What the detector saw in the readings of past days, by folding them once more from a checkpoint."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattwarden.domain.meters import Meters, with_states
from wattwarden.ports.lake import LakeSource
from wattwarden.ports.scoring import Model
from wattwarden.usecases.telemetry.judging import WEEK_S, judge_readings, states_of
from wattwarden.usecases.telemetry.overlaps import settle

DAY_S = 86_400.0


class DayFeatures(NamedTuple):
    """The readings whose interval ended on a day of UTC; midnight ends the day before it."""

    day: date
    meter_id: NDArray[np.int64]
    ts: NDArray[np.float64]
    features: NDArray[np.float32]
    """[readings, features], as `detection.FEATURES` names them."""


class _Listener(Model):
    """Hears the features that a model would be asked about. What it answers changes no feature."""

    version = None
    heard: NDArray[np.float32]

    def predict(self, features: NDArray[np.float32]) -> None:
        self.heard = features


def day_features(source: LakeSource, group: int, start: date, end: date) -> Iterator[DayFeatures]:
    """The features of the days [start, end) of a group of meters, in order; days without readings are left out."""
    first, last = _midnight(start), _midnight(end)
    contexts = source.checkpoints(group, first)
    if not contexts:
        return
    listener = _Listener()
    meters = Meters.of(contexts)
    states = states_of(meters)
    until = float(np.nanmin(meters.last_ts))
    while until < last:
        until = min((until // WEEK_S + 1) * WEEK_S, last)
        facts = source.facts(contexts, until)
        columns = settle(facts, facts.take(np.zeros(0, dtype=np.int64)), meters).judged
        if not len(columns.ts):
            continue
        judged = judge_readings(columns, meters, states, source, listener)
        contexts = with_states(contexts, judged.states)
        meters = Meters.of(contexts)
        day = np.ceil(columns.ts / DAY_S) - 1
        for number in np.unique(day[columns.ts > first]):
            rows = day == number
            yield DayFeatures(
                datetime.fromtimestamp(number * DAY_S, UTC).date(),
                judged.rows.meter_id[rows],
                columns.ts[rows],
                listener.heard[rows],
            )


def _midnight(day: date) -> float:
    return datetime.combine(day, datetime.min.time(), UTC).timestamp()
