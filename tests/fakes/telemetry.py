"""The stream's ports in memory."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import Batch
from wattwarden.detection import STATE_HEADER
from wattwarden.domain.anomalies import Anomaly
from wattwarden.domain.errors import BusyError, ConflictError, UnavailableError
from wattwarden.domain.exogenous import Exogenous
from wattwarden.domain.meters import Fault, MeterContext, StateRow
from wattwarden.domain.quarantine import Quarantined, Reason
from wattwarden.domain.readings import ReadingColumns, ReadingRows, StoredValue
from wattwarden.domain.registers import RegisterState
from wattwarden.ports.replay import ReplayEffects, ReplayStore, ReplayTask, Waiting
from wattwarden.ports.scoring import Effects, ExogenousFacts, Model, TelemetryStore
from wattwarden.ports.stream import EventBus, Lane, TelemetryStream
from wattwarden.usecases.telemetry.replay import pause_after

DAY = 24 * 3600.0
_MEASURES = ("voltage", "current", "power_factor")
type Key = tuple[int, float]
"""(meter id, ts)"""
type Value = tuple[float, float]
"""(kWh, register), NaN as -1, to be comparable."""


@dataclass
class FakeStream(TelemetryStream):
    """Keeps what was put, and on which lane; `busy` or `broken` makes it refuse."""

    batches: list[tuple[str, Batch]] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    busy: bool = False
    broken: bool = False

    def put(self, batches: Sequence[tuple[str, Batch]], lane: Lane = Lane.LIVE) -> None:
        if self.busy:
            raise BusyError("the telemetry stream takes no more for now; send the same request again")
        if self.broken:
            raise UnavailableError("the telemetry stream does not answer; send the same request again")
        self.batches += batches
        self.lanes += [lane] * len(batches)


@dataclass
class FakeBus(EventBus):
    """Takes events, or none while `broken`."""

    events: list[IncidentsOpened] = field(default_factory=list)
    broken: bool = False

    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        if not self.broken:
            self.events += events
        return [not self.broken] * len(events)


class SilentModel(Model):
    """An endpoint that never answers."""

    version = None

    def predict(self, features: NDArray[np.float32]) -> None:
        assert features.ndim == 2


@dataclass
class FakeTelemetry(TelemetryStore):
    """The database as dictionaries, with the same promises: all or nothing, a key once, versions guard meters."""

    contexts: dict[tuple[int, str], MeterContext] = field(default_factory=dict)
    rooms: dict[tuple[int, str], int] = field(default_factory=dict)
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    """Fields of `ReadingRows` by key."""
    versions: dict[Key, dict[Value, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    """Rows that do not count, by what was sent."""
    states: dict[int, StateRow] = field(default_factory=dict)
    checkpoints: dict[Key, StateRow] = field(default_factory=dict)
    marks: dict[int, float] = field(default_factory=dict)
    anomalies: dict[Key, Anomaly] = field(default_factory=dict)
    closings: set[Key] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    quarantine: dict[str, Quarantined] = field(default_factory=dict)
    outbox: dict[str, tuple[IncidentsOpened, bool]] = field(default_factory=dict)
    head_counts: dict[Key, tuple[float, int]] = field(default_factory=dict)
    """(received at, count) by room and instant."""
    weather: dict[Key, list[tuple[float, float, float]]] = field(default_factory=lambda: defaultdict(list))
    """(received at, temperature, humidity) by hostel and instant: all that was said."""
    conflicts_to_come: int = 0
    away: bool = False

    def save_exogenous(self, exogenous: ExogenousFacts) -> None:
        self._must_answer()
        for hostel_id, room, ts, count, source, received_at in exogenous.occupancy:
            if (hostel_id, room) not in self.rooms:
                key_of_item = f"{hostel_id}/{room}/{ts}"
                said = {"hostel_id": hostel_id}
                item = Quarantined(key_of_item, source, Reason.UNKNOWN_ROOM, f"room {room!r}", said, received_at)
                self.quarantine.setdefault(key_of_item, item)
                continue
            key = (self.rooms[hostel_id, room], ts)
            counted = self.head_counts.get(key)
            self.head_counts[key] = max(counted or (received_at, count), (received_at, count))
            if self.head_counts[key] != counted:
                self._mark_judged(ts, (c for c in self.contexts.values() if c.room_id == key[0]))
        for hostel_id, ts, temperature, humidity, _, received_at in exogenous.weather:
            said = (received_at, _number(temperature), _number(humidity))
            counted_weather = self._weather(hostel_id, ts)
            self.weather[hostel_id, ts].append(said)
            if self._weather(hostel_id, ts) != counted_weather:
                self._mark_judged(ts, (c for c in self.contexts.values() if c.hostel_id == hostel_id))

    def _weather(self, hostel_id: int, ts: float) -> tuple[float, float, float] | None:
        """The last one received before the hour, else the first one."""
        said = self.weather.get((hostel_id, ts), [])
        return max((w for w in said if w[0] < ts), default=None) or min(said, default=None)

    def _mark_judged(self, ts: float, contexts: Iterable[MeterContext]) -> None:
        for context in list(contexts):
            if context.last_ts is not None and context.last_ts > ts:
                self._mark(context.meter_id, ts)
            self._move_on(context.meter_id)

    def meters(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], MeterContext]:
        self._must_answer()
        return {key: self.contexts[key] for key in keys if key in self.contexts}

    def exogenous(self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float) -> Exogenous:
        assert room_ids
        assert hostel_ids
        counts = [(room, ts, float(count)) for (room, ts), (_, count) in self.head_counts.items() if room in room_ids]
        weather = [(*key, self._weather(*key)) for key in self.weather if key[0] in hostel_ids]
        return Exogenous(
            occupancy=_steps(counts, start, end),
            temperature_c=_steps([(hostel, ts, said[1]) for hostel, ts, said in weather if said], start, end),
            humidity=_steps([(hostel, ts, said[2]) for hostel, ts, said in weather if said], start, end),
        )

    def stored(self, meter_ids: Sequence[int], ts: Sequence[float]) -> dict[Key, StoredValue]:
        found: dict[Key, StoredValue] = {}
        for key in zip(meter_ids, ts, strict=True):
            if (row := self.rows.get(key)) is not None:
                others = tuple(
                    (*map(_known, value), other["received_at"]) for value, other in self.versions.get(key, {}).items()
                )
                found[key] = StoredValue(*map(_known, _value(row)), row["received_at"], others)
        return found

    def commit(self, effects: Effects) -> None:
        self._must_answer()
        loaded = {state.meter_id: state.loaded_version for state in effects.states}
        loaded |= {mark.meter_id: mark.loaded_version for mark in effects.marks}
        self._guard(loaded)
        for key, row in _by_key(effects.readings):
            self.rows.setdefault(key, row)
        for key, row in [*_by_key(effects.corrections), *_by_key(effects.versions)]:
            self._rank(key, row)
        for state in effects.states:
            self._save_state(state)
            if state.checkpoint:
                self.checkpoints[state.meter_id, state.last_ts] = state
        for mark in effects.marks:
            self._mark(mark.meter_id, mark.from_ts)
        for meter_id in loaded:
            self._move_on(meter_id)
        self.anomalies |= {(a.meter_id, a.ts.timestamp()): a for a in effects.anomalies}
        self.closings |= {(meter_id, at.timestamp()) for meter_id, at in effects.closed_incidents}
        self.faults += effects.faults
        for item in effects.quarantined:
            self.quarantine.setdefault(item.dedupe_key, item)
        self._save_events(effects.events)

    def mark_published(self, outbox_ids: Sequence[str]) -> None:
        for outbox_id in set(outbox_ids) & self.outbox.keys():
            self.outbox[outbox_id] = (self.outbox[outbox_id][0], True)

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        assert older_than_s >= 0
        return [event for event, sent in self.outbox.values() if not sent][:limit]

    def context(self, meter_id: int) -> MeterContext:
        return next(context for context in self.contexts.values() if context.meter_id == meter_id)

    def reasons(self) -> list[str]:
        return sorted(item.reason for item in self.quarantine.values())

    def _must_answer(self) -> None:
        if self.away:
            raise UnavailableError("the database does not answer")

    def _guard(self, loaded: dict[int, int]) -> None:
        if self.conflicts_to_come:
            self.conflicts_to_come -= 1
            raise ConflictError("another consumer was first")
        if any(self.context(meter_id).version != version for meter_id, version in loaded.items()):
            raise ConflictError("another consumer was first")

    def _save_state(self, state: StateRow) -> None:
        self.states[state.meter_id] = state
        kept = {} if state.ring is None else {"ring": state.ring}
        self._change(state.meter_id, state=state.state, **kept, last_ts=state.last_ts, register=state.register)

    def _rank(self, key: Key, row: dict[str, Any]) -> None:
        """Of the values of the shortest interval for a key the one whose first receipt is the latest counts, with what
        came beside it then."""
        known = {**self.versions[key], _value(self.rows[key]): self.rows[key]}
        told = known.get(_value(row), row)
        first = min(told, row, key=lambda one: one["received_at"])
        known[_value(row)] = told | {name: first[name] for name in (*_MEASURES, "received_at")}
        counts = max(known, key=lambda value: (-max(value[2], 0.0), known[value]["received_at"], *value))
        if counts != _value(self.rows[key]) or _beside(known[counts]) != _beside(self.rows[key]):
            self._mark(key[0], key[1] - max(row["interval_s"] for row in (*known.values(), self.rows[key])))
            kwh, _, length = map(_known, counts)
            told = {} if np.isnan(length) else {"kwh": kwh, "interval_s": length}
            known[counts] |= {"quality": "late", "told_kwh": np.nan, "told_interval_s": np.nan} | told
        self.rows[key] = known.pop(counts)
        self.versions[key] = known

    def _mark(self, meter_id: int, from_ts: float) -> None:
        self.marks[meter_id] = min(from_ts, self.marks.get(meter_id, from_ts))

    def _move_on(self, meter_id: int) -> None:
        self._change(meter_id, version=self.context(meter_id).version + 1)

    def _change(self, meter_id: int, **values: Any) -> None:
        context = self.context(meter_id)
        self.contexts[context.hostel_id, context.serial] = context._replace(**values)

    def _save_events(self, events: Sequence[IncidentsOpened]) -> None:
        for event in events:
            self.outbox.setdefault(str(event.outbox_id), (event, False))


@dataclass
class FakeReplays(ReplayStore):
    """What replays need of the same database."""

    store: FakeTelemetry
    broken: set[int] = field(default_factory=set)
    """Meters whose facts cannot be read."""
    failures: dict[int, tuple[int, str, datetime]] = field(default_factory=dict)
    """(attempts, error, next try) by meter."""

    def due(self, now: datetime, limit: int) -> list[ReplayTask]:
        paused = {meter_id for meter_id, (_, _, next_at) in self.failures.items() if next_at > now}
        marks = [(meter_id, mark) for meter_id, mark in self.store.marks.items() if meter_id not in paused]
        return [self._task(meter_id, mark) for meter_id, mark in marks[:limit]]

    def note_failure(self, meter_id: int, error: str, now: datetime) -> None:
        attempts = self.failures.get(meter_id, (0,))[0] + 1
        self.failures[meter_id] = attempts, error, now + pause_after(attempts)

    def waiting(self, now: datetime) -> Waiting:
        assert now.tzinfo is not None
        return Waiting(len(self.store.marks), len(self.failures), 0.0)

    def _task(self, meter_id: int, mark: float) -> ReplayTask:
        context = self.store.context(meter_id)
        mine = sorted(ts for of_meter, ts in self.store.rows if of_meter == meter_id)
        starts = [ts - self.store.rows[meter_id, ts]["interval_s"] for ts in mine if ts > mark]
        window = _local_midnight(min([mark, *starts, *[ts for ts in mine if ts < mark][-1:]]), context.timezone)
        kept = [
            ts
            for (of_meter, ts), checkpoint in self.store.checkpoints.items()
            if of_meter == meter_id and ts <= window and checkpoint.state.startswith(STATE_HEADER)
        ]
        start = context._replace(state=None, ring=None, last_ts=None, register=RegisterState())
        if kept:
            checkpoint = self.store.checkpoints[meter_id, max(kept)]
            at_checkpoint = {"state": checkpoint.state, "ring": checkpoint.ring, "register": checkpoint.register}
            start = context._replace(**at_checkpoint, last_ts=max(kept))
        return ReplayTask(start, window, sum(ts > (start.last_ts or 0) for ts in mine))

    def facts(self, tasks: Sequence[ReplayTask]) -> ReadingColumns:
        if self.broken & {task.context.meter_id for task in tasks}:
            raise ValueError("these facts cannot be read")
        keys = [
            (place, key)
            for place, task in enumerate(tasks)
            for key in sorted(self.store.rows)
            if key[0] == task.context.meter_id and key[1] > (task.context.last_ts or 0)
        ]
        return _columns((place, key, _value(self.store.rows[key]), self.store.rows[key]) for place, key in keys)

    def totals(self, tasks: Sequence[ReplayTask]) -> ReadingColumns:
        place = {task.context.meter_id: n for n, task in enumerate(tasks)}
        since = {task.context.meter_id: task.context.last_ts or 0 for task in tasks}
        latest: dict[tuple[int, Key, float], Any] = {}
        for key, known in self.store.versions.items():
            if key[0] not in place or key[1] <= since[key[0]]:
                continue
            for value, row in sorted(known.items(), key=lambda one: (one[1]["received_at"], one[0])):
                if value[0] >= 0 and value[1] < 0 and value[2] > _value(self.store.rows[key])[2]:
                    latest[place[key[0]], key, value[2]] = (place[key[0]], key, value, row)
        return _columns(latest[at] for at in sorted(latest))

    def exogenous(self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float) -> Exogenous:
        return self.store.exogenous(room_ids, hostel_ids, start, end)

    def commit_replay(self, effects: ReplayEffects) -> None:
        store = self.store
        store._guard({task.context.meter_id: task.context.version for task in effects.tasks})
        window = {task.context.meter_id: task.window_start for task in effects.tasks}
        for key, row in _by_key(effects.readings):
            assert store.rows[key]["received_at"] == row["received_at"]
            store.rows[key] = row
        inside = {
            key
            for key, row in store.rows.items()
            if key[0] in window and round(key[1] - _whole(row), 6) >= window[key[0]]
        }
        assert inside == {key for key, _ in _by_key(effects.readings)}
        store.anomalies = {key: a for key, a in store.anomalies.items() if key not in inside}
        store.anomalies |= {(a.meter_id, a.ts.timestamp()): a for a in effects.anomalies}
        store.closings = (store.closings - inside) | {(m, at.timestamp()) for m, at in effects.closed_incidents}
        store.checkpoints = {
            key: state for key, state in store.checkpoints.items() if key[1] <= window.get(key[0], key[1])
        } | {(state.meter_id, state.last_ts): state for state in effects.checkpoints}
        for state in effects.states:
            store._save_state(state)
        for meter_id in window:
            store._move_on(meter_id)
            store.marks.pop(meter_id)
            self.failures.pop(meter_id, None)
        store._save_events(effects.events)

    def mark_published(self, outbox_ids: Sequence[str]) -> None:
        self.store.mark_published(outbox_ids)

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        return self.store.unpublished(older_than_s, limit)


def _by_key(rows: ReadingRows | None) -> list[tuple[Key, dict[str, Any]]]:
    if rows is None:
        return []
    columns = {f.name: list(getattr(rows, f.name)) for f in fields(rows)}
    return [
        ((int(meter_id), float(ts)), {name: column[n] for name, column in columns.items()})
        for n, (meter_id, ts) in enumerate(zip(rows.meter_id, rows.ts, strict=True))
    ]


def _value(row: dict[str, Any]) -> tuple[float, float, float]:
    """What was sent (kWh, register, seconds), comparable; -1: nothing."""
    if row["register_kwh"] == row["register_kwh"]:
        return (-1.0, float(row["register_kwh"]), -1.0)
    told = row["kwh"] if np.isnan(row["told_kwh"]) else row["told_kwh"]
    length = row["interval_s"] if np.isnan(row["told_interval_s"]) else row["told_interval_s"]
    return (-1.0 if np.isnan(told) else float(told), -1.0, float(length))


def _whole(row: dict[str, Any]) -> float:
    """Seconds from where a reading's interval starts: of one that others overlap, as it was told."""
    return float(
        row["told_interval_s"] if row["quality"] in {"coarse", "covered", "contradicted"} else row["interval_s"]
    )


def _columns(told: Iterable[tuple[int, Key, tuple[float, float, float], dict[str, Any]]]) -> ReadingColumns:
    rows = list(told)
    values = np.array([value for _, _, value, _ in rows], dtype=np.float64).reshape(-1, 3)
    kwh, register, interval_s = np.where(values < 0, np.nan, values).T
    beside = {name: np.array([row[name] for *_, row in rows], dtype=np.float64) for name in (*_MEASURES, "received_at")}
    return ReadingColumns(
        meter=np.array([place for place, *_ in rows], dtype=np.int64),
        ts=np.array([key[1] for _, key, *_ in rows], dtype=np.float64),
        kwh=kwh,
        register_kwh=register,
        interval_s=interval_s,
        **beside,
    )


def _beside(row: dict[str, Any]) -> list[str]:
    """What came with a value, comparable."""
    return [str(row[name]) for name in ("interval_s", *_MEASURES)]


def _known(number: float) -> float:
    return np.nan if number < 0 else number


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _steps(
    said: Sequence[tuple[float, float, float]], start: float, end: float
) -> dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """By room or hostel: the steps in [start, end] and the last one before, at most a day older."""
    found: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for subject in {subject for subject, _, _ in said}:
        steps = sorted((ts, value) for key, ts, value in said if key == subject and start - DAY <= ts <= end)
        first = max([0, *(n for n, (ts, _) in enumerate(steps) if ts <= start)])
        if steps:
            since, values = zip(*steps[first:], strict=True)
            found[int(subject)] = (np.array(since, dtype=np.float64), np.array(values, dtype=np.float64))
    return found


def _local_midnight(ts: float, timezone: str) -> float:
    """Start of the local day, floored to the hour of UTC."""
    local = datetime.fromtimestamp(ts, UTC).astimezone(ZoneInfo(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() // 3600 * 3600
