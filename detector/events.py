"""Event scores: whether the right incidents were raised, not whether single readings were."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MERGE_S = 3 * 3600.0
WIDEN_S = 3600.0
MONTH_S = 30.44 * 86_400.0


@dataclass(frozen=True, slots=True)
class Span:
    meter: int
    start: float
    """Start of the first interval, epoch seconds."""
    end: float
    kind: str


@dataclass(frozen=True, slots=True)
class Scores:
    events: int
    alerts: int
    found: int
    """Events that an alert overlaps."""
    true_alerts: int
    """Alerts that overlap an event widened by an hour."""
    room_months: float
    recall_by_kind: dict[str, float]

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

    @property
    def false_alerts_per_room_month(self) -> float:
        return (self.alerts - self.true_alerts) / self.room_months if self.room_months else 0.0


def score(
    meter: NDArray[np.int64],
    ts: NDArray[np.float64],
    interval_s: NDArray[np.float64],
    truth: NDArray[np.bool_],
    kind: NDArray[np.str_],
    flagged: NDArray[np.bool_],
) -> Scores:
    """Compare flagged readings with labelled ones; all are columns sorted by (meter, ts)."""
    events = list(_spans(meter, ts, interval_s, truth, kind))
    alerts = list(_spans(meter, ts, interval_s, flagged, kind))
    found = [any(_meet(alert, event) for alert in _of(alerts, event.meter)) for event in events]
    true = [any(_meet(alert, event) for event in _of(events, alert.meter)) for alert in alerts]
    kinds = sorted({event.kind for event in events})
    of_kind = {k: [hit for hit, event in zip(found, events, strict=True) if event.kind == k] for k in kinds}
    return Scores(
        events=len(events),
        alerts=len(alerts),
        found=sum(found),
        true_alerts=sum(true),
        room_months=float(interval_s.sum()) / MONTH_S,
        recall_by_kind={k: sum(hits) / len(hits) for k, hits in of_kind.items()},
    )


def _of(spans: list[Span], meter: int) -> list[Span]:
    return [span for span in spans if span.meter == meter]


def _meet(alert: Span, event: Span) -> bool:
    return alert.start < event.end + WIDEN_S and alert.end > event.start - WIDEN_S


def _spans(
    meter: NDArray[np.int64],
    ts: NDArray[np.float64],
    interval_s: NDArray[np.float64],
    flagged: NDArray[np.bool_],
    kind: NDArray[np.str_],
) -> Iterator[Span]:
    """Runs of flagged readings, merged over gaps of up to three hours."""
    rows = np.flatnonzero(flagged)
    if len(rows) == 0:
        return
    start, end = ts[rows] - interval_s[rows], ts[rows]
    breaks = np.flatnonzero((meter[rows][1:] != meter[rows][:-1]) | (start[1:] - end[:-1] > MERGE_S)) + 1
    for first, last in zip(np.r_[0, breaks], np.r_[breaks, len(rows)] - 1, strict=True):
        yield Span(int(meter[rows[first]]), float(start[first]), float(end[last]), str(kind[rows[first]]))
