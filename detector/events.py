"""Event scores: whether the right incidents were raised, not whether single readings were.

Labelled readings that lie no further apart than MERGE_S are one event, flagged ones one alert. An event is found when
an alert meets it, an alert is true when it meets an event, with WIDEN_S to spare on both sides. No point-adjusting. An
alert that goes on for more than OVERSTAY_S where nothing is wrong is a false one besides: else one that never ends
would find every event and be true.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MERGE_S = 3 * 3600.0
WIDEN_S = 3600.0
OVERSTAY_S = 24 * 3600.0
MONTH_S = 30.44 * 86_400.0
_SECONDS_BITS = 36
"""Room for the seconds below a meter's number, so that (meter, second) sorts as one integer."""

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]


class Spans(NamedTuple):
    """Runs of readings, in order of (meter, time); columns of equal length. Epoch seconds."""

    meter: NDArray[np.int64]
    start: Values
    """Start of the first interval."""
    end: Values
    first: NDArray[np.int64]
    """Row of its first reading."""

    def those(self, chosen: Flags) -> "Spans":
        return Spans(self.meter[chosen], self.start[chosen], self.end[chosen], self.first[chosen])


@dataclass(frozen=True, slots=True)
class Matches:
    """What met what, still apart by meter, so that meters can be drawn again and again."""

    event_meter: NDArray[np.int64]
    event_kind: NDArray[np.str_]
    found: Flags
    delay: Values
    """Intervals from the event's first reading to the alert's, 0 when that came before; NaN when not found."""
    alert_meter: NDArray[np.int64]
    true: Flags
    """Of alerts, then of their overstays."""
    months: Values
    """Watched time of each meter."""

    def scores(self) -> "Scores":
        return Scores(
            events=len(self.found),
            alerts=len(self.true),
            found=int(self.found.sum()),
            true_alerts=int(self.true.sum()),
            room_months=float(self.months.sum()),
            recall_by_kind={
                str(kind): float(self.found[self.event_kind == kind].mean()) for kind in np.unique(self.event_kind)
            },
            delay_median=float(np.median(self.delay[self.found])) if self.found.any() else np.nan,
        )


@dataclass(frozen=True, slots=True)
class Scores:
    events: int
    alerts: int
    found: int
    true_alerts: int
    room_months: float
    recall_by_kind: dict[str, float]
    delay_median: float
    """Intervals, of the events found; NaN when none was."""

    @property
    def precision(self) -> float:
        return self.true_alerts / self.alerts if self.alerts else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.events if self.events else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def f1_at(self, density: float) -> float:
        """F1 where events were so many times as rare and all else the same."""
        wrong = density * (self.alerts - self.true_alerts)
        precision = self.true_alerts / (self.true_alerts + wrong) if self.alerts else 0.0
        both = precision + self.recall
        return 2 * precision * self.recall / both if both else 0.0

    @property
    def false_alerts_per_room_month(self) -> float:
        return (self.alerts - self.true_alerts) / self.room_months if self.room_months else 0.0


def match(
    meter: NDArray[np.int64], ts: Values, interval_s: Values, truth: Flags, kind: NDArray[np.str_], flagged: Flags
) -> Matches:
    """Compare flagged readings with labelled ones; all are columns sorted by (meter, ts), meters numbered from 0."""
    events, alerts = (spans(meter, ts, interval_s, rows) for rows in (truth, flagged))
    met, by = _met(events, alerts)
    true, _ = _met(alerts, events)
    delay = np.full(len(met), np.nan)
    if met.any():
        first_alarm, interval = ts[alerts.first[by[met]]], interval_s[events.first[met]]
        delay[met] = np.maximum(first_alarm - ts[events.first[met]], 0.0) / interval
    overstays = _overstays(meter, ts, interval_s, flagged, events, alerts, true)
    meters = int(meter[-1]) + 1 if len(meter) else 0
    return Matches(
        event_meter=events.meter,
        event_kind=kind[events.first].astype(str),
        found=met,
        delay=delay,
        alert_meter=np.concatenate([alerts.meter, overstays.meter]),
        true=np.concatenate([true, np.zeros(len(overstays.meter), dtype=np.bool_)]),
        months=np.bincount(meter, interval_s, meters) / MONTH_S,
    )


def score(
    meter: NDArray[np.int64], ts: Values, interval_s: Values, truth: Flags, kind: NDArray[np.str_], flagged: Flags
) -> Scores:
    """The scores of `match`."""
    return match(meter, ts, interval_s, truth, kind, flagged).scores()


def spans(meter: NDArray[np.int64], ts: Values, interval_s: Values, flagged: Flags) -> Spans:
    """Runs of flagged readings, merged over gaps of up to MERGE_S."""
    rows = np.flatnonzero(flagged)
    if len(rows) == 0:
        return Spans(rows, ts[rows], ts[rows], rows)
    start, end = ts[rows] - interval_s[rows], ts[rows]
    breaks = np.flatnonzero((meter[rows][1:] != meter[rows][:-1]) | (start[1:] - end[:-1] > MERGE_S)) + 1
    first, last = np.r_[0, breaks], np.r_[breaks, len(rows)] - 1
    return Spans(meter[rows[first]], start[first], end[last], rows[first])


def _overstays(
    meter: NDArray[np.int64], ts: Values, interval_s: Values, flagged: Flags, events: Spans, alerts: Spans, true: Flags
) -> Spans:
    """What lies outside of events, for longer than OVERSTAY_S at a time, of alerts that are true."""
    rows = np.flatnonzero(flagged)
    near, _ = _met(Spans(meter[rows], ts[rows] - interval_s[rows], ts[rows], rows), events)
    beside = flagged.copy()
    beside[rows[near]] = False
    outside = spans(meter, ts, interval_s, beside)
    of_true, _ = _met(outside, alerts.those(true))
    return outside.those(of_true & (outside.end - outside.start > OVERSTAY_S))


def _met(these: Spans, those: Spans) -> tuple[Flags, NDArray[np.int64]]:
    """Whether each of these meets one of those of its meter, and which is the first."""
    if len(those.meter) == 0:
        return np.zeros(len(these.meter), dtype=np.bool_), np.zeros(len(these.meter), dtype=np.int64)
    # Spans of a meter lie apart, hence their ends ascend as their starts do.
    at = np.searchsorted(_key(those.meter, those.end), _key(these.meter, these.start - WIDEN_S), side="right")
    at = np.minimum(at, len(those.meter) - 1)
    meets = (those.meter[at] == these.meter) & (those.end[at] > these.start - WIDEN_S)
    return meets & (those.start[at] < these.end + WIDEN_S), at


def _key(meter: NDArray[np.int64], second: Values) -> NDArray[np.int64]:
    return (meter.astype(np.int64) << _SECONDS_BITS) + np.rint(second).astype(np.int64)
