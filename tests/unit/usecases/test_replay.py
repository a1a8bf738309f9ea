"""The invariant: however the facts came, the database ends as if they had come in order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.telemetry import FakeBus, FakeReplays, FakeTelemetry, SilentModel
from tests.unit.usecases.hostel_stream import HOUR, NOW, START, context, record, run, store_of
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, WeatherBatch, encode
from wattwarden.domain.errors import UnavailableError
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.judging import WEEK_S
from wattwarden.usecases.telemetry.replay import (
    FAILING_IN_A_ROW,
    LONGEST_PAUSE,
    PAUSE,
    Replayed,
    _first_of,
    pause_after,
    replay,
)

DAYS = 21


class Fact(NamedTuple):
    """A reading, a head count (`kind` room) or the weather, as it was received."""

    kind: str
    subject: int
    ts: float
    value: float
    received_at: float
    voltage: float | None = None


def replay_all(store: FakeTelemetry, bus: FakeBus | None = None) -> Replayed:
    return replay(FakeReplays(store), SilentModel(), bus or FakeBus(), NOW, lambda: 60.0)


def hostel() -> FakeTelemetry:
    return store_of(context(1), context(2), context(3, 5), context(4))


def facts_of(rng: np.random.Generator, corrected: int) -> list[Fact]:
    """Three weeks of four meters, two of them with registers; gaps, faults, resets, head counts and weather."""
    facts: list[Fact] = []
    received = NOW.timestamp()
    for meter in (1, 2, 3, 4):
        hours = np.flatnonzero(rng.random(24 * DAYS) > 0.03)
        kwh = rng.gamma(2, 0.1, len(hours))
        kwh[rng.integers(0, len(hours)) :][: rng.integers(3, 20)] += 3.0
        kwh[rng.integers(0, len(hours)) :][: rng.integers(8, 20)] = 0.4321
        voltage = np.where(rng.random(len(hours)) < 0.01, 180.0, 230.0)
        register = meter > 2
        values = 99_990 + np.cumsum(kwh) if register else kwh
        if meter == 3:
            values %= 100_000
        if meter == 4:
            values[len(hours) // 2 :] -= values[len(hours) // 2]
        kind = "register" if register else "kwh"
        facts += [
            Fact(kind, meter, START + hour * HOUR, round(float(value), 5), received, float(volts))
            for hour, value, volts in zip(hours, values, voltage, strict=True)
        ]
    for at in rng.integers(0, len(facts), corrected).tolist():
        wrong = facts[at].value * float(rng.uniform(0.5, 1.5))
        facts.append(facts[at]._replace(value=wrong, received_at=received + float(rng.integers(-2, 3))))
        facts.append(facts[at]._replace(received_at=received + float(rng.integers(-3, 4))))
    known = [hour for hour in range(0, 24 * DAYS, 9) if rng.random() < 0.5]  # at times for more than a day
    facts += [
        Fact("room", room, START + hour * HOUR, float(rng.integers(0, 3)), received)
        for room in (1, 2, 3, 4)
        for hour in known
    ]
    facts += [
        Fact("weather", 1, START + hour * HOUR, float(rng.normal(25, 3)), START + (hour + lag) * HOUR)
        for hour in known
        for lag in (-5, -1, 2)
    ]
    return facts


def records_of(name: str, facts: Sequence[Fact]) -> list[Record]:
    """What gateways sent: a record of each kind and reception."""
    parts: dict[tuple[str, float], list[Fact]] = {}
    for fact in facts:
        parts.setdefault((fact.kind, fact.received_at), []).append(fact)
    return [Record(f"{name}:{n}", encode(_batch(kind, part))) for n, ((kind, _), part) in enumerate(parts.items())]


def _batch(kind: str, part: Sequence[Fact]) -> ReadingsBatch | OccupancyBatch | WeatherBatch:
    values, nothing = [fact.value for fact in part], [None] * len(part)
    common: dict[str, Any] = {
        "hostel_id": 1,
        "source": "gateway:3",
        "received_at": part[0].received_at,
        "ts": [fact.ts for fact in part],
    }
    if kind == "room":
        return OccupancyBatch(**common, room=[f"A{fact.subject}" for fact in part], count=[int(v) for v in values])
    if kind == "weather":
        return WeatherBatch(**common, temperature_c=values, humidity=nothing)
    return ReadingsBatch(
        **common,
        meter=[f"M{fact.subject}" for fact in part],
        interval_s=nothing,
        kwh=values if kind == "kwh" else nothing,
        register_kwh=values if kind == "register" else nothing,
        voltage=[fact.voltage for fact in part],
        current=nothing,
        power_factor=nothing,
    )


def in_order(facts: Sequence[Fact], name: str = "in order") -> FakeTelemetry:
    """A batch a day, in the order of time; exogenous inputs first."""
    store = hostel()
    for day in range(-1, DAYS + 1):
        start = START + day * 24 * HOUR
        today = [fact for fact in facts if start <= fact.ts < start + 24 * HOUR]
        if today:
            run(store, *records_of(f"{name} {day}", today))
    assert not store.marks or {f.kind for f in facts} & {"room", "weather"}
    replay_all(store)
    return store


def everything(store: FakeTelemetry) -> dict[str, Any]:
    """What must not depend on how the facts came."""
    return {
        "rows": {key: tuple(map(str, row.values())) for key, row in sorted(store.rows.items())},
        "versions": {
            key: {value: row["received_at"] for value, row in sorted(rows.items())}
            for key, rows in sorted(store.versions.items())
            if rows
        },
        "states": {c.meter_id: (c.state, c.ring, c.last_ts, str(c.register)) for c in store.contexts.values()},
        "last": {m: (s.last_kw, s.stuck_since, s.expected_kw) for m, s in sorted(store.states.items())},
        "anomalies": dict(sorted(store.anomalies.items())),
        "closings": sorted(store.closings),
    }


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    batches=st.integers(1, 30),
    lateness_h=st.sampled_from([0.0, 2.0, 30.0, 24.0 * DAYS]),
    corrected=st.sampled_from([0, 3, 40]),
    repeated=st.booleans(),
    replays=st.sampled_from([0.0, 0.3]),
)
def test_any_order_batching_repetition_and_correction_ends_as_the_run_in_order(
    seed: int, batches: int, lateness_h: float, corrected: int, replays: float, *, repeated: bool
) -> None:
    rng = np.random.default_rng(seed)
    facts = facts_of(rng, corrected)
    clean = in_order(facts)
    late = rng.random(len(facts)) < 0.05
    order = np.argsort(
        [f.ts + late[n] * rng.exponential(lateness_h * HOUR) for n, f in enumerate(facts)], kind="stable"
    )
    store = hostel()
    sent: list[Record] = []
    for n, rows in enumerate(np.array_split(order, batches)):
        batch = records_of(f"r{n}", [facts[row] for row in rng.permutation(rows)])
        again = [sent[at] for at in rng.integers(0, len(sent), 3)] if repeated and sent else []
        run(store, *batch, *again)
        sent += batch
        if rng.random() < replays:
            replay_all(store)
    replay_all(store)
    assert not store.marks
    assert everything(store) == everything(clean)
    assert {quality for row in store.rows.values() for quality in [row["quality"]]} >= {"measured", "baseline"}
    assert "late" not in {row["quality"] for row in store.rows.values()}


def test_states_of_another_release_are_worked_out_from_all_that_was_read() -> None:
    facts = [fact for fact in facts_of(np.random.default_rng(5), 0) if fact.kind in ("kwh", "register")]
    clean, store = in_order(facts), hostel()
    released = START + 16 * 24 * HOUR
    before = [fact for fact in facts if fact.ts < released]
    after = [fact for fact in facts if fact.ts >= released]
    run(store, *records_of("before", before))
    assert not store.marks
    for key, row in store.checkpoints.items():
        store.checkpoints[key] = row._replace(state=_of_another_release(row.state))
    for key, old in store.contexts.items():
        assert old.state
        store.contexts[key] = old._replace(state=_of_another_release(old.state))
    run(store, *records_of("after", after))
    assert sorted(store.marks) == [1, 2, 3, 4]
    replay_all(store)
    assert everything(store) == everything(clean)


def _of_another_release(state: bytes) -> bytes:
    return bytes([state[0] ^ 0xFF]) + state[1:]


def marked(*meters: int) -> FakeTelemetry:
    """Meters whose reading of the third hour came last."""
    store = store_of(*(context(meter) for meter in meters))
    run(store, record("r1", [(f"M{meter}", hour, 0.2) for meter in meters for hour in (0, 1, 3, 4)]))
    run(store, record("r2", [(f"M{meter}", 2, 0.3) for meter in meters]))
    assert sorted(store.marks) == sorted(meters)
    return store


def test_a_replay_begins_at_the_checkpoint_and_writes_anew_what_starts_in_its_window() -> None:
    store = store_of(context(1))
    for day in range(25):
        run(store, record(f"r{day}", [("M1", 24 * day + hour, 0.2 + 0.01 * hour) for hour in range(24)]))
    late = 24 * 24 + 0.5
    run(store, record("late", [("M1", late, 0.5)]))
    [task] = FakeReplays(store).due(NOW, 10)
    assert task.context.last_ts is not None
    assert task.window_start - 8 * 24 * HOUR < task.context.last_ts <= task.window_start
    done = replay_all(store)
    assert (done.meters, done.readings) == (1, 30)  # from the local midnight before, in UTC 18:30
    assert store.rows[1, START + late * HOUR]["quality"] == "measured"
    assert not store.marks


def test_replays_keep_a_checkpoint_a_week() -> None:
    store = store_of(context(1))
    run(store, record("r", [("M1", hour, 0.2) for hour in range(24, 24 * 35)]))
    assert len(store.checkpoints) == 1
    run(store, record("late", [("M1", 12, 0.2)]))
    replay_all(store)
    weeks = [ts // WEEK_S for _, ts in sorted(store.checkpoints)]
    assert weeks == sorted({ts // WEEK_S for _, ts in store.rows})


def test_what_a_replay_finds_is_told_on_the_bus() -> None:
    store, bus = store_of(context(1)), FakeBus()
    run(store, record("r1", [("M1", 0, 0.2), ("M1", 5, 0.2)]))
    run(store, record("r2", [("M1", hour, 0.2) for hour in (2, 3)], voltage=150.0))
    assert not store.anomalies
    assert replay_all(store, bus).anomalies == 2
    [event] = bus.events
    assert event.incident_ids == [store.anomalies[1, START + 2 * HOUR].incident_id]
    assert store.unpublished(0, 10) == []


def test_a_meter_that_moved_on_meanwhile_is_left_and_the_others_are_replayed() -> None:
    store = marked(1, 2, 3, 4, 5)

    class MovesOn(FakeReplays):
        """Meter 3 gets another late reading whenever it is being worked out."""

        def facts(self, tasks: Any) -> Any:
            facts = super().facts(tasks)
            if 3 in {task.context.meter_id for task in tasks}:
                run(self.store, record("r", [("M3", 2 + 0.01 * self.store.context(3).version, 0.3)]))
            return facts

    done = replay(MovesOn(store), SilentModel(), FakeBus(), NOW, lambda: 60.0)
    assert (done.meters, done.conflicts, done.failed) == (4, 3, {})
    assert list(store.marks) == [3]
    assert replay_all(store).meters == 1


def test_a_meter_that_cannot_be_replayed_holds_up_no_other_and_waits_longer_each_time() -> None:
    store = marked(1, 2, 3)
    replays = FakeReplays(store, broken={2})

    def again(minutes: float) -> Replayed:
        return replay(replays, SilentModel(), FakeBus(), NOW + timedelta(minutes=minutes), lambda: 60.0)

    done = again(0)
    assert (done.meters, list(done.failed), list(store.marks)) == (2, [2], [2])
    assert replays.failures[2] == (1, "ValueError: these facts cannot be read", NOW + PAUSE)
    assert not again(0.9).failed
    assert list(again(1).failed) == [2]
    assert replays.failures[2][2] == NOW + timedelta(minutes=1) + 2 * PAUSE
    replays.broken.clear()
    assert again(3).meters == 1
    assert not replays.failures


def test_pauses_end_at_an_hour() -> None:
    assert [pause_after(n) for n in (1, 2, 3, 7, 5_000)] == [PAUSE, 2 * PAUSE, 4 * PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_bad_meter_among_many_is_found_by_halving() -> None:
    store = marked(*range(1, 129))
    asked = []

    class Counting(FakeReplays):
        def facts(self, tasks: Any) -> Any:
            asked.append(len(tasks))
            return super().facts(tasks)

    done = replay(Counting(store, broken={77}), SilentModel(), FakeBus(), NOW, lambda: 60.0)
    assert (done.meters, list(done.failed)) == (127, [77])
    assert len(asked) == 1 + 2 * 7


def test_when_everything_fails_the_call_ends_and_leaves_the_rest_alone() -> None:
    store = marked(*range(1, 41))
    replays = FakeReplays(store, broken=set(range(1, 41)))
    done = replay(replays, SilentModel(), FakeBus(), NOW, lambda: 60.0)
    assert len(done.failed) == len(replays.failures) == FAILING_IN_A_ROW + 1


def test_a_meter_with_more_than_a_call_can_work_out_is_noted_and_one_begun_late_is_not() -> None:
    class RunsOut(FakeReplays):
        def facts(self, tasks: Any) -> Any:
            left.pop(0)
            return super().facts(tasks)

    store = marked(1)
    for left, noted in (([60.0, 0.0], True), ([20.0, 0.0], False)):
        begun = iter([60.0])
        replays = RunsOut(store)
        done = replay(replays, SilentModel(), FakeBus(), NOW, lambda left=left, begun=begun: next(begun, left[0]))
        assert done.meters == 0
        assert bool(replays.failures) == noted
    assert list(store.marks) == [1]


def test_without_the_database_a_replay_ends_at_once() -> None:
    class Away(FakeReplays):
        def facts(self, tasks: Any) -> Any:  # noqa: ARG002 - as the port has it
            raise UnavailableError("the database does not answer")

    with pytest.raises(UnavailableError):
        replay(Away(marked(1, 2)), SilentModel(), FakeBus(), NOW, lambda: 60.0)


def test_no_group_is_begun_when_time_is_over() -> None:
    store = marked(1)
    assert replay(FakeReplays(store), SilentModel(), FakeBus(), NOW, lambda: 0.0).meters == 0
    assert list(store.marks) == [1]


def test_groups_hold_as_many_readings_as_fit_and_at_least_one_meter() -> None:
    [task] = FakeReplays(marked(1)).due(NOW, 1)
    sizes = [200, 10, 90, 1]
    tasks = [replace(task, readings=size) for size in sizes]
    assert [[task.readings for task in _first_of(tasks[at:], 100)] for at in (0, 1, 3)] == [[200], [10, 90], [1]]


def test_a_mark_without_readings_to_work_out_is_taken_away() -> None:
    store = store_of(context(1))
    store.marks[1] = START
    assert replay_all(store).meters == 1
    assert not store.marks
