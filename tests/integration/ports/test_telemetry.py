"""`ports.scoring` and `ports.replay`: what a batch and a replay change, all or nothing, guarded by versions."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from tests.fakes.telemetry import FakeReplays, FakeTelemetry
from tests.integration.hostel import Hostel, at, readings, state
from tests.unit.usecases.hostel_stream import context
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.meters import MeterContext, ReplayMark
from wattwarden.ports.replay import ReplayEffects, ReplayStore
from wattwarden.ports.scoring import Effects, ExogenousFacts, TelemetryStore

VERIFIES = [FakeTelemetry, FakeReplays]
NOON = at("2026-07-01T12:00")
T, HOUR = NOON.timestamp(), 3600.0
NIGHT = at("2026-06-30T18:00").timestamp()
"""Midnight in Kolkata, floored to the hour."""
LATER = datetime.now(UTC) + timedelta(hours=1)
"""By when every meter has been quiet."""


@dataclass
class Flow:
    """A hostel in Kolkata with the meters M1 to M4 in the rooms A-1 to A-4."""

    store: TelemetryStore
    replays: ReplayStore
    hostel_id: int
    rooms: list[int]
    meters: list[int]

    def context(self, meter: int = 0) -> MeterContext:
        key = (self.hostel_id, f"M{meter + 1}")
        return self.store.meters([key])[key]

    def judged(self, ends: list[float], marked: float) -> None:
        """M1 with hourly readings, marked for a replay from `marked` on."""
        rows = readings([(self.meters[0], ts, 0.5) for ts in ends])
        self.store.commit(Effects(rows, states=[state(self.meters[0], 0, max(ends))]))
        self.store.commit(Effects(marks=[ReplayMark(self.meters[0], 1, marked)]))


@pytest.fixture
def flow(kind: str, request: pytest.FixtureRequest) -> Flow:
    if kind == "fake":
        contexts = [context(n) for n in range(1, 5)]
        store = FakeTelemetry(
            contexts={(1, one.serial): one for one in contexts}, rooms={(1, f"A-{n}"): n for n in range(1, 5)}
        )
        return Flow(store, FakeReplays(store), 1, [1, 2, 3, 4], [1, 2, 3, 4])
    engine, hostel = request.getfixturevalue("engine"), request.getfixturevalue("hostel")
    assert isinstance(hostel, Hostel)
    return Flow(PostgresTelemetry(engine), PostgresReplays(engine), hostel.hostel_id, hostel.rooms, hostel.meters)


def test_a_meter_is_loaded_with_the_state_last_committed(flow: Flow) -> None:
    first = flow.store.meters([(flow.hostel_id, "M1"), (flow.hostel_id, "nobody")])
    assert list(first) == [(flow.hostel_id, "M1")]
    before = flow.context()
    assert (before.version, before.state, before.last_ts, before.timezone) == (0, None, None, "Asia/Kolkata")
    flow.store.commit(Effects(readings([(flow.meters[0], T, 0.4)]), states=[state(flow.meters[0], 0, T, b"one")]))
    kept = state(flow.meters[0], 1, T + HOUR, b"two", ring=None)
    flow.store.commit(Effects(states=[kept]))
    after = flow.context()
    assert (after.version, after.state, after.ring, after.last_ts) == (2, b"two", b"ring", T + HOUR)


def test_a_commit_of_a_state_that_moved_on_is_a_conflict_and_changes_nothing(flow: Flow) -> None:
    first, second = flow.meters[:2]
    flow.store.commit(Effects(states=[state(first, 0, T)]))
    late = Effects(
        readings([(first, T, 1.0), (second, T, 1.0)]), states=[state(first, 0, T + HOUR), state(second, 0, T)]
    )
    with pytest.raises(ConflictError):
        flow.store.commit(late)
    assert flow.store.stored([first, second], [T, T]) == {}
    assert (flow.context().version, flow.context(1).version) == (1, 0)


def test_a_reading_whose_key_is_stored_is_left_alone(flow: Flow) -> None:
    meter = flow.meters[0]
    flow.store.commit(Effects(readings([(meter, T, 0.25)])))
    flow.store.commit(Effects(readings([(meter, T, 7.0), (meter, T + HOUR, 0.5)])))
    found = flow.store.stored([meter, meter, meter], [T, T + HOUR, T + 2 * HOUR])
    assert {key: (value.kwh, value.received_at) for key, value in found.items()} == {
        (meter, T): (0.25, T + 5), (meter, T + HOUR): (0.5, T + HOUR + 5),
    }  # fmt: skip
    assert np.isnan(found[meter, T].register_kwh)


def test_of_several_values_the_one_received_last_counts_and_the_others_stay_beside_it(flow: Flow) -> None:
    meter = flow.meters[0]
    old, new, older = readings([(meter, T, 0.25)]), readings([(meter, T, 0.5)]), readings([(meter, T, 0.75)])
    new.received_at[:], older.received_at[:] = T + 60, T - 60
    flow.store.commit(Effects(old, states=[state(meter, 0, T)]))
    flow.store.commit(Effects(corrections=new, versions=older))
    value = flow.store.stored([meter], [T])[meter, T]
    assert (value.kwh, value.received_at) == (0.5, T + 60)
    assert sorted(kwh for kwh, *_ in value.others) == [0.25, 0.75]


def test_of_several_intervals_that_end_at_once_the_shortest_counts_and_the_others_are_totals(flow: Flow) -> None:
    meter = flow.meters[0]
    day, hour = readings([(meter, T, 4.8)], interval_s=24 * HOUR), readings([(meter, T, 0.2)])
    day.received_at[:] = T + 60
    flow.store.commit(Effects(hour, states=[state(meter, 0, T)]))
    flow.store.commit(Effects(versions=day, marks=[ReplayMark(meter, 1, T - 24 * HOUR)]))
    value = flow.store.stored([meter], [T])[meter, T]
    [(kwh, register, length, received_at)] = value.others
    assert (value.kwh, value.interval_s) == (0.2, HOUR)
    assert (kwh, length, received_at) == (4.8, 24 * HOUR, T + 60)
    assert np.isnan(register)
    tasks = flow.replays.due(LATER, 10)
    totals = flow.replays.totals(tasks)
    assert (totals.ts.tolist(), totals.kwh.tolist(), totals.interval_s.tolist()) == ([T], [4.8], [24 * HOUR])
    assert flow.replays.facts(tasks).kwh.tolist() == [0.2]


def test_what_rooms_and_hostels_were_is_found_by_when_it_held(flow: Flow) -> None:
    counts = [(flow.hostel_id, "A-1", T + n * HOUR, n, "test", T + n) for n in (0, 1, 2)]
    weather = [(flow.hostel_id, T - HOUR, 31.0, None, "test", T - 2 * HOUR)]
    flow.store.save_exogenous(ExogenousFacts(occupancy=counts, weather=weather))
    flow.store.save_exogenous(
        ExogenousFacts(
            occupancy=[(flow.hostel_id, "A-1", T + HOUR, 9, "test", T)],  # received before the one that counts
            weather=[(flow.hostel_id, T - HOUR, 20.0, None, "test", T)],  # when its hour had begun
        )
    )
    found = flow.store.exogenous([flow.rooms[0]], [flow.hostel_id], T + HOUR / 2, T + HOUR)
    since, heads = found.occupancy[flow.rooms[0]]
    assert (since.tolist(), heads.tolist()) == ([T, T + HOUR], [0, 1])
    assert found.temperature_c[flow.hostel_id][1].tolist() == [31.0]
    assert flow.replays.exogenous([flow.rooms[1]], [flow.hostel_id], T, T + HOUR).occupancy == {}


def test_what_a_reading_was_judged_by_marks_its_meter_and_moves_it_on(flow: Flow) -> None:
    flow.store.commit(Effects(readings([(flow.meters[0], T, 0.4)]), states=[state(flow.meters[0], 0, T)]))
    flow.store.save_exogenous(ExogenousFacts(occupancy=[(flow.hostel_id, "A-1", T - HOUR, 2, "test", T)]))
    assert flow.context().version > 1
    assert [task.context.meter_id for task in flow.replays.due(LATER, 10)] == [flow.meters[0]]


def test_a_head_count_of_an_unknown_room_keeps_no_other_from_being_stored(flow: Flow) -> None:
    counts = [(flow.hostel_id, room, T, 2, "test", T) for room in ("nowhere", "A-1")]
    flow.store.save_exogenous(ExogenousFacts(occupancy=counts))
    assert set(flow.store.exogenous(flow.rooms, [flow.hostel_id], T, T).occupancy) == {flow.rooms[0]}


def test_the_outbox_keeps_what_was_not_published(flow: Flow) -> None:
    events = [
        IncidentsOpened(outbox_id=UUID(int=n), hostel_id=flow.hostel_id, incident_ids=[UUID(int=n)], detected_at=NOON)
        for n in (1, 2, 3)
    ]
    flow.store.commit(Effects(events=events[:2]))
    flow.store.commit(Effects(events=events[1:]))
    flow.store.mark_published([str(events[0].outbox_id), str(UUID(int=99))])
    assert flow.store.unpublished(0, 10) == flow.replays.unpublished(0, 10) == events[1:]
    assert len(flow.store.unpublished(0, 1)) == 1
    flow.replays.mark_published([str(event.outbox_id) for event in events])
    assert flow.store.unpublished(0, 10) == []


def test_a_meter_is_worked_out_anew_from_its_window_on(flow: Flow) -> None:
    ends = [NIGHT + n * HOUR for n in (-30, 1, 2, 3)]
    flow.judged(ends, NIGHT + 2 * HOUR)
    [task] = flow.replays.due(LATER, 10)
    assert (task.window_start, task.readings) == (NIGHT, 4)
    assert (task.context.version, task.context.state, task.context.last_ts) == (2, None, None)
    facts = flow.replays.facts([task])
    assert (facts.ts.tolist(), facts.kwh.tolist(), facts.meter.tolist()) == (ends, [0.5] * 4, [0] * 4)
    assert flow.replays.waiting(LATER)[:2] == (1, 0)

    rows = readings([(flow.meters[0], ts, 0.75) for ts in ends[1:]])
    effects = ReplayEffects(tasks=[task], readings=rows, states=[state(flow.meters[0], 2, ends[-1], b"anew")])
    flow.replays.commit_replay(effects)

    assert flow.context().version > 2
    assert flow.context().state == b"anew"
    found = flow.store.stored([flow.meters[0]] * 4, ends)
    assert [found[flow.meters[0], ts].kwh for ts in ends] == [0.5, 0.75, 0.75, 0.75]
    assert flow.replays.due(LATER, 10) == []
    assert flow.replays.waiting(LATER) == (0, 0, 0.0)


def test_a_replay_of_a_meter_that_moved_on_is_a_conflict_and_its_mark_stays(flow: Flow) -> None:
    flow.judged([NIGHT + HOUR], NIGHT)
    [task] = flow.replays.due(LATER, 10)
    flow.store.commit(Effects(states=[state(flow.meters[0], 2, NIGHT + 2 * HOUR)]))
    rows = readings([(flow.meters[0], NIGHT + HOUR, 0.9)])
    with pytest.raises(ConflictError):
        flow.replays.commit_replay(
            ReplayEffects(tasks=[task], readings=rows, states=[state(flow.meters[0], 2, NIGHT + HOUR)])
        )
    assert flow.store.stored([flow.meters[0]], [NIGHT + HOUR])[flow.meters[0], NIGHT + HOUR].kwh == 0.5
    assert len(flow.replays.due(LATER, 10)) == 1


def test_a_meter_that_failed_is_left_out_until_its_pause_is_over(flow: Flow) -> None:
    flow.judged([NIGHT], NIGHT)
    flow.replays.note_failure(flow.meters[0], "ValueError: odd", LATER)
    assert flow.replays.due(LATER, 10) == []
    flow.replays.note_failure(flow.meters[0], "ValueError: odd", LATER + timedelta(minutes=1))
    assert flow.replays.due(LATER + timedelta(minutes=2), 10) == []
    assert len(flow.replays.due(LATER + timedelta(minutes=3), 10)) == 1
    assert flow.replays.waiting(LATER)[:2] == (1, 1)
