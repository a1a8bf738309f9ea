"""Work out anew what derives from a meter's past after that past changed: a late reading, a correction, a head count.

The same code judges as when readings come in order, so that the database ends as if everything had. Live scoring never
waits for a replay: whoever commits a meter second loses, and a replay that lost starts again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.errors import ConflictError, UnavailableError
from wattwarden.ports.replay import ReplayEffects, ReplayStore, ReplayTask
from wattwarden.ports.scoring import Model, ReadingColumns, ReadingRows, StateRow
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.judging import WEEK_S, incidents_opened, judge_readings, moved_on, pending, states_of
from wattwarden.usecases.publish import publish

READINGS_AT_ONCE = 100_000
"""Of a group of meters that is loaded, worked out and committed together."""
METERS_AT_ONCE = 1_000
ATTEMPTS = 3
"""Rounds in which a meter may lose against the live path before it is left for the next call."""


@dataclass(slots=True)
class Replayed:
    """What a call came to."""

    meters: int = 0
    readings: int = 0
    anomalies: int = 0
    conflicts: int = 0
    """Commits of a meter that lost against the live path."""
    failed: list[Exception] = field(default_factory=list)
    """Why a meter could not be replayed, each naming its meter in a note; the others were."""


def replay(store: ReplayStore, model: Model, bus: EventBus, now: datetime, go_on: Callable[[], bool]) -> Replayed:
    """Replay meters until none is due or `go_on`, asked before each group, says no.

    Raises:
        UnavailableError: the database, or the model, is away.
    """
    done = Replayed()
    tries: dict[int, int] = {}
    while go_on():
        due = [task for task in store.due(now, METERS_AT_ONCE) if tries.get(task.context.meter_id, 0) < ATTEMPTS]
        if not due:
            break
        for group in _groups(due):
            if not go_on():
                break
            for task in group:
                tries[task.context.meter_id] = tries.get(task.context.meter_id, 0) + 1
            for meter_id in _replay_group(group, store, model, bus, now, done):
                tries[meter_id] = ATTEMPTS
    return done


def _groups(tasks: Sequence[ReplayTask]) -> Iterator[list[ReplayTask]]:
    """The tasks in order, cut where a group would hold too many readings."""
    group: list[ReplayTask] = []
    for task in tasks:
        if group and sum(t.readings for t in group) + task.readings > READINGS_AT_ONCE:
            yield group
            group = []
        group.append(task)
    if group:
        yield group


def _replay_group(
    tasks: Sequence[ReplayTask], store: ReplayStore, model: Model, bus: EventBus, now: datetime, done: Replayed
) -> list[int]:
    """Replay the tasks together, or one by one when that fails. Returns the ids of meters that failed."""
    try:
        events = _commit(_work_out(tasks, store, model, now), store, now, done)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one meter must not hold up the others, whatever it did
        if len(tasks) > 1:
            return [meter_id for task in tasks for meter_id in _replay_group([task], store, model, bus, now, done)]
        error.add_note(f"meter {tasks[0].context.meter_id}")
        done.failed.append(error)
        return [tasks[0].context.meter_id]
    publish(events, store, bus)
    return []


def _work_out(tasks: Sequence[ReplayTask], store: ReplayStore, model: Model, now: datetime) -> ReplayEffects:
    """Fold the readings after each checkpoint, a week of all the meters at a time."""
    facts = store.facts(tasks)
    contexts = [task.context for task in tasks]
    states = states_of(contexts)
    states.ring_changed[:] = True  # stored is the ring of after the readings, not that of the checkpoint
    nothing = pending(facts.take(np.zeros(0, dtype=np.int64)), contexts)
    effects = ReplayEffects(tasks, nothing)
    rows = [nothing]
    last: dict[int, StateRow] = {}
    place = {context.meter_id: i for i, context in enumerate(contexts)}
    window = np.array([task.window_start for task in tasks])
    for week in _weeks(facts):
        judged = judge_readings(week, contexts, states, store, model)
        # A register's interval is a difference of instants: what rounding leaves of it is not an earlier start.
        inside = np.round(judged.rows.ts - judged.rows.interval_s, 6) >= window[week.meter]
        rows.append(judged.rows.take(inside))
        before = {*zip(judged.rows.meter_id[~inside].tolist(), judged.rows.ts[~inside].tolist(), strict=True)}
        effects.anomalies += [a for a in judged.anomalies if (a.meter_id, a.ts.timestamp()) not in before]
        effects.closed_incidents += [(m, at) for m, at in judged.closings if (m, at.timestamp()) not in before]
        for state in judged.states:
            task = place[state.meter_id]
            contexts[task] = moved_on(contexts[task], state)
            last[task] = state
            if state.checkpoint and state.last_ts > window[task]:
                effects.checkpoints.append(state)
    effects.readings = ReadingRows.concatenate(rows)
    effects.states = [state._replace(checkpoint=False) for _, state in sorted(last.items())]
    effects.events = incidents_opened(effects.anomalies, contexts, now)
    return effects


def _weeks(facts: ReadingColumns) -> Iterator[ReadingColumns]:
    week = facts.ts // WEEK_S
    for number in np.unique(week):
        yield facts.take(week == number)


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
    anomalies = [anomaly for anomaly in effects.anomalies if anomaly.meter_id in ids]
    return ReplayEffects(
        tasks=tasks,
        readings=effects.readings.take(np.isin(effects.readings.meter_id, list(ids))),
        states=[state for state in effects.states if state.meter_id in ids],
        checkpoints=[state for state in effects.checkpoints if state.meter_id in ids],
        anomalies=anomalies,
        closed_incidents=[closing for closing in effects.closed_incidents if closing[0] in ids],
        events=incidents_opened(anomalies, [task.context for task in tasks], now),
    )
