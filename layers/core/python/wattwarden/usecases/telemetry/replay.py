"""Work out anew what derives from a meter's past after that past changed: a late reading, a correction, a head count.

The same code judges as when readings come in order, so that the database ends as if everything had. Live scoring never
waits for a replay: whoever commits a meter second loses, and a replay that lost starts again.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.errors import ConflictError, UnavailableError
from wattwarden.domain.meters import Meters, StateRow, with_states
from wattwarden.domain.readings import ReadingColumns, ReadingRows
from wattwarden.ports.replay import ReplayEffects, ReplayStore, ReplayTask
from wattwarden.ports.scoring import Model
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.publish import publish
from wattwarden.usecases.telemetry.batch import DETAIL_LIMIT
from wattwarden.usecases.telemetry.judging import WEEK_S, incidents_opened, judge_readings, pending, states_of
from wattwarden.usecases.telemetry.overlaps import settle

READINGS_AT_ONCE = 100_000
"""Of a group of meters that is loaded, worked out and committed together, at most."""
READINGS_AT_FIRST = 5_000
"""Of the first group of a call, which tells how fast it goes today."""
SHARE_OF_TIME = 0.25
"""No later group is to take more of what is left of the call."""
METERS_AT_ONCE = 1_000
ATTEMPTS = 3
"""Rounds in which a meter may lose against the live path before it is left for the next call."""
FAILING_IN_A_ROW = 5
"""When more meters fail one after the other, the fault is taken to be ours and the call ends."""
PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""Before a meter that failed is tried again: doubled with each attempt, up to the longest."""


class OutOfTimeError(Exception):
    """What was begun cannot be brought to its end in this call."""


@dataclass(slots=True)
class Replayed:
    """What a call came to."""

    meters: int = 0
    readings: int = 0
    anomalies: int = 0
    conflicts: int = 0
    """Commits of a meter that lost against the live path."""
    failed: dict[int, Exception] = field(default_factory=dict)
    """Why a meter (its id) could not be replayed. It is noted, and tried again after a pause; the others were done."""


def replay(store: ReplayStore, model: Model, bus: EventBus, now: datetime, time_left: Callable[[], float]) -> Replayed:
    """Replay meters until none is due or no time is left (seconds; it is asked before each step).

    What fails is halved until the meter is found that makes it fail; that one is noted and waits for its next turn.
    After several that failed in a row the call ends, with nothing done to the rest.

    Raises:
        UnavailableError: the database, or the model, is away.
    """
    call = _Call(store, model, bus, now, time_left, allowance=time_left())
    while call.goes_on:
        due = [task for task in store.due(now, METERS_AT_ONCE) if call.tries[task.context.meter_id] < ATTEMPTS]
        if not due:
            break
        at = 0
        while at < len(due) and call.goes_on:
            group = _first_of(due[at:], call.readings_at_once)
            call.tries.update(task.context.meter_id for task in group)
            call.replay(group)
            at += len(group)
    return call.done


def _first_of(tasks: Sequence[ReplayTask], readings: float) -> Sequence[ReplayTask]:
    """As many of the first tasks as hold no more readings; at least one."""
    together = np.cumsum([task.readings for task in tasks])
    return tasks[: max(1, int(np.searchsorted(together, readings, side="right")))]


@dataclass(slots=True)
class _Call:
    """One call of `replay`: what it came to so far, how fast it goes, and how long it may go on."""

    store: ReplayStore
    model: Model
    bus: EventBus
    now: datetime
    time_left: Callable[[], float]
    allowance: float
    """Seconds that the call had."""
    pace: float = 0.0
    """Readings a second."""
    failed_in_a_row: int = 0
    done: Replayed = field(default_factory=Replayed)
    tries: Counter[int] = field(default_factory=Counter)

    @property
    def goes_on(self) -> bool:
        return self.time_left() > 0 and self.failed_in_a_row <= FAILING_IN_A_ROW

    @property
    def readings_at_once(self) -> float:
        if not self.pace:
            return READINGS_AT_FIRST
        return min(self.pace * self.time_left() * SHARE_OF_TIME, READINGS_AT_ONCE)

    def replay(self, tasks: Sequence[ReplayTask]) -> None:
        """Replay the tasks together; when that fails, half of them and the other half."""
        begun, left, before = time.monotonic(), self.time_left(), self.done.readings
        try:
            effects = _work_out(tasks, self.store, self.model, self.now, self.time_left)
            events = _commit(effects, self.store, self.now, self.done)
        except UnavailableError:
            raise
        except OutOfTimeError as error:
            # One that had most of a call to itself will not get more; all others are taken up by the next call.
            if len(tasks) == 1 and left > self.allowance / 2:
                self._fail(tasks[0], error)
            return
        except Exception as error:  # noqa: BLE001 - one meter must not hold up the others, whatever it did
            if len(tasks) == 1:
                self._fail(tasks[0], error)
                return
            half = len(tasks) // 2
            for part in (tasks[:half], tasks[half:]):
                if self.goes_on:
                    self.replay(part)
            return
        self.failed_in_a_row = 0
        self.pace = (self.done.readings - before) / max(time.monotonic() - begun, 1e-3)
        publish(events, self.store, self.bus)

    def _fail(self, task: ReplayTask, error: Exception) -> None:
        meter_id = task.context.meter_id
        self.store.note_failure(meter_id, f"{type(error).__name__}: {error}"[:DETAIL_LIMIT], self.now)
        self.failed_in_a_row += 1
        self.tries[meter_id] = ATTEMPTS
        self.done.failed[meter_id] = error


def pause_after(attempts: int) -> timedelta:
    """How long a meter waits that has failed so many times (from 1)."""
    doubled: int = 2 ** min(attempts - 1, 16)
    return min(PAUSE * doubled, LONGEST_PAUSE)


def _work_out(
    tasks: Sequence[ReplayTask], store: ReplayStore, model: Model, now: datetime, time_left: Callable[[], float]
) -> ReplayEffects:
    """Fold the readings after each checkpoint, a week of all the meters at a time.

    Raises:
        OutOfTimeError: no time is left.
    """
    contexts = [task.context for task in tasks]
    meters = Meters.of(contexts)
    counted = settle(store.facts(tasks), store.totals(tasks), meters)
    facts = counted.judged
    states = states_of(meters)
    states.ring_changed[:] = True  # stored is the ring of after the readings, not that of the checkpoint
    nothing = pending(facts.take(np.zeros(0, dtype=np.int64)), meters)
    effects = ReplayEffects(tasks, nothing, _inside(counted.pieces, tasks), faults=counted.faults)
    rows = [_inside(counted.aside, tasks)]
    last: dict[int, StateRow] = {}
    window = np.array([task.window_start for task in tasks])
    window_of = {task.context.meter_id: task.window_start for task in tasks}
    for of_week in _weeks(facts):
        week = facts.take(of_week)
        if time_left() <= 0:
            raise OutOfTimeError(f"{len(facts.ts)} readings are more than one call can work out")
        judged = judge_readings(week, meters, states, store, model)
        judged.rows.told_interval_s[:] = counted.told_interval_s[of_week]
        # A register's interval is a difference of instants: what rounding leaves of it is not an earlier start.
        inside = np.round(judged.rows.ts - judged.rows.interval_s, 6) >= window[week.meter]
        rows.append(judged.rows.take(inside))
        before = {*zip(judged.rows.meter_id[~inside].tolist(), judged.rows.ts[~inside].tolist(), strict=True)}
        effects.anomalies += [a for a in judged.anomalies if (a.meter_id, a.ts.timestamp()) not in before]
        effects.closed_incidents += [(m, at) for m, at in judged.closings if (m, at.timestamp()) not in before]
        contexts = with_states(contexts, judged.states)
        meters = Meters.of(contexts)
        last |= {state.meter_id: state for state in judged.states}
        effects.checkpoints += [s for s in judged.states if s.checkpoint and s.last_ts > window_of[s.meter_id]]
    together = ReadingRows.concatenate(rows)
    effects.readings = together.take(np.lexsort((together.ts, together.meter_id)))
    loaded = [(task.context.version, last.get(task.context.meter_id)) for task in tasks]
    effects.states = [s._replace(checkpoint=False, loaded_version=version) for version, s in loaded if s]
    effects.events = incidents_opened(effects.anomalies, meters, now)
    return effects


def _of(rows: ReadingRows, meter_ids: Collection[int]) -> NDArray[np.bool_]:
    return np.isin(rows.meter_id, list(meter_ids))


def _inside(rows: ReadingRows, tasks: Sequence[ReplayTask]) -> ReadingRows:
    """Those whose interval, as it was told, starts in the window."""
    window = {task.context.meter_id: task.window_start for task in tasks}
    since = np.array([window[meter_id] for meter_id in rows.meter_id.tolist()], dtype=np.float64)
    return rows.take(np.round(rows.ts - np.fmax(rows.interval_s, rows.told_interval_s), 6) >= since)


def _weeks(facts: ReadingColumns) -> Iterator[NDArray[np.bool_]]:
    week = facts.ts // WEEK_S
    for number in np.unique(week):
        yield week == number


def _commit(effects: ReplayEffects, store: ReplayStore, now: datetime, done: Replayed) -> list[IncidentsOpened]:
    """Commit, and where a meter moved on meanwhile everything but that meter. Returns the events of what was kept."""
    try:
        store.commit_replay(effects)
    except ConflictError:
        if len(effects.tasks) == 1:
            done.conflicts += 1
            return []
        half = len(effects.tasks) // 2
        parts = (effects.tasks[:half], effects.tasks[half:])
        return [event for part in parts for event in _commit(_part(effects, part, now), store, now, done)]
    done.meters += len(effects.tasks)
    done.readings += len(effects.readings.ts)
    done.anomalies += len(effects.anomalies)
    return effects.events


def _part(effects: ReplayEffects, tasks: Sequence[ReplayTask], now: datetime) -> ReplayEffects:
    """What the effects hold of some of their meters."""
    ids = {task.context.meter_id for task in tasks}
    serials = {(task.context.hostel_id, task.context.serial) for task in tasks}
    anomalies = [anomaly for anomaly in effects.anomalies if anomaly.meter_id in ids]
    return ReplayEffects(
        tasks=tasks,
        readings=effects.readings.take(_of(effects.readings, ids)),
        pieces=None if (all_pieces := effects.pieces) is None else all_pieces.take(_of(all_pieces, ids)),
        states=[state for state in effects.states if state.meter_id in ids],
        checkpoints=[state for state in effects.checkpoints if state.meter_id in ids],
        anomalies=anomalies,
        closed_incidents=[closing for closing in effects.closed_incidents if closing[0] in ids],
        events=incidents_opened(anomalies, Meters.of([task.context for task in tasks]), now),
        faults=[fault for fault in effects.faults if (fault.hostel_id, fault.meter) in serials],
    )
