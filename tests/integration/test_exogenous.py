"""Head counts and weather: what counts, whom it concerns, and what held when."""

import numpy as np
import pytest
from sqlalchemy import Engine

from tests.integration.hostel import Hostel, at, readings, rows_of, state
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.domain.errors import ConflictError
from wattwarden.ports.scoring import Effects, ExogenousFacts

NOON = at("2026-07-01T12:00")
T = NOON.timestamp()
HOUR = 3600
DAY = 86_400


def people(hostel: Hostel, *counts: tuple[float, int], room: str = "A-1", received: float = T) -> ExogenousFacts:
    return ExogenousFacts(occupancy=[(hostel.hostel_id, room, ts, count, "test", received) for ts, count in counts])


def weather(hostel: Hostel, ts: float, temperature: float, received: float) -> ExogenousFacts:
    return ExogenousFacts(weather=[(hostel.hostel_id, ts, temperature, None, "test", received)])


def judged(store: PostgresTelemetry, hostel: Hostel, last_ts: float = T) -> None:
    """All meters have a state whose last reading is at `last_ts`."""
    store.commit(
        Effects(
            readings([(meter, last_ts, 0.4) for meter in hostel.meters]),
            states=[state(meter, 0, last_ts) for meter in hostel.meters],
        )
    )


def marks(engine: Engine) -> dict[int, float]:
    sql = "SELECT meter_id, extract(epoch FROM replay_from)::float8 AS since FROM meter_state"
    return {row["meter_id"]: row["since"] for row in rows_of(engine, sql) if row["since"] is not None}


def versions(engine: Engine) -> list[int]:
    return [row["version"] for row in rows_of(engine, "SELECT version FROM meter_state ORDER BY meter_id")]


def test_head_counts_of_unknown_rooms_are_quarantined_once_and_the_others_stored(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    exogenous = people(hostel, (T, 2), (T, 3))
    exogenous.occupancy += people(hostel, (T, 1), room="Z-9").occupancy
    store.save_exogenous(exogenous)
    store.save_exogenous(exogenous)

    assert rows_of(engine, "SELECT room_id, headcount FROM occupancy") == [{"room_id": hostel.rooms[0], "headcount": 3}]
    [item] = rows_of(engine, "SELECT reason, payload FROM quarantine")
    assert item == {
        "reason": "unknown_room",
        "payload": {"hostel_id": hostel.hostel_id, "room": "Z-9", "ts": T, "count": 1},
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_head_count_received_last_counts_in_whatever_order_they_come(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, order: tuple[int, ...]
) -> None:
    given = [people(hostel, (T, count), received=T + later) for count, later in ((1, 10), (3, 20), (2, 30))]
    for n in order:
        store.save_exogenous(given[n])
    assert rows_of(engine, "SELECT headcount FROM occupancy") == [{"headcount": 2}]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_of_forecasts_the_last_before_the_hour_counts(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, order: tuple[int, ...]
) -> None:
    given = [
        weather(hostel, T, temperature, T + later)
        for temperature, later in ((30, -7200), (31, -60), (32, 0), (33, 3600))
    ]
    for n in order:
        store.save_exogenous(given[n])
    store.save_exogenous(weather(hostel, T + HOUR, 25, T + 3 * HOUR))
    store.save_exogenous(weather(hostel, T + HOUR, 24, T + 2 * HOUR))
    assert [row["temperature_c"] for row in rows_of(engine, "SELECT * FROM weather ORDER BY ts")] == [31, 24]


def test_a_head_count_of_the_past_marks_the_meters_of_its_room_alone(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    judged(store, hostel)
    store.save_exogenous(people(hostel, (T - HOUR, 2), (T - 2 * HOUR, 1)))
    assert marks(engine) == {hostel.meters[0]: T - 2 * HOUR}


def test_what_changes_nothing_marks_nobody_and_moves_nobody_on(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    exogenous = people(hostel, (T - HOUR, 2))
    exogenous.weather = weather(hostel, T - HOUR, 30, T - 2 * HOUR).weather
    store.save_exogenous(exogenous)
    for meter, version in zip(hostel.meters, versions(engine), strict=True):
        store.commit(Effects(states=[state(meter, version, T)]))
    before = versions(engine)
    store.save_exogenous(exogenous)
    assert (marks(engine), versions(engine)) == ({}, before)


def test_the_same_head_count_again_matters_only_where_the_former_one_had_lost_its_meaning(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    store.save_exogenous(people(hostel, (T - 2 * DAY, 2)))
    for meter, version in zip(hostel.meters, [*versions(engine), 0, 0, 0], strict=True):
        store.commit(Effects(states=[state(meter, version, T)]))
    store.save_exogenous(people(hostel, (T - 1.5 * DAY, 2)))
    assert marks(engine) == {hostel.meters[0]: T - DAY}


def test_a_head_count_at_the_last_reading_leaves_it_as_it_was_judged_but_moves_the_meter_on(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    judged(store, hostel)
    store.save_exogenous(people(hostel, (T, 2)))
    assert marks(engine) == {}
    with pytest.raises(ConflictError):
        store.commit(Effects(states=[state(hostel.meters[0], 1, T + HOUR)]))
    store.commit(Effects(states=[state(hostel.meters[1], 1, T + HOUR)]))


def test_the_first_reading_of_a_meter_is_not_judged_beside_a_head_count(
    store: PostgresTelemetry, hostel: Hostel
) -> None:
    loaded = store.meters([(hostel.hostel_id, "M1")])[hostel.hostel_id, "M1"]
    store.save_exogenous(people(hostel, (T, 2)))
    with pytest.raises(ConflictError):
        store.commit(Effects(states=[state(hostel.meters[0], loaded.version, T + HOUR)]))
    again = store.meters([(hostel.hostel_id, "M1")])[hostel.hostel_id, "M1"]
    assert (again.state, again.last_ts) == (None, None)
    store.commit(Effects(states=[state(hostel.meters[0], again.version, T + HOUR)]))


def test_weather_of_the_past_marks_the_whole_hostel_and_of_the_far_future_nobody(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    judged(store, hostel)
    store.save_exogenous(weather(hostel, at("2099-01-01T00:00").timestamp(), 30, T))
    assert (marks(engine), versions(engine)) == ({}, [1, 1, 1, 1])
    store.save_exogenous(weather(hostel, T - HOUR, 30, T))
    assert marks(engine) == dict.fromkeys(hostel.meters, T - HOUR)


def test_exogenous_inputs_hold_from_the_last_step_before_the_period(store: PostgresTelemetry, hostel: Hostel) -> None:
    steps = ((T - 2 * DAY, 1), (T - 3 * HOUR, 2), (T - HOUR, 3), (T + HOUR, 4), (T + 9 * HOUR, 5))
    store.save_exogenous(people(hostel, *steps))
    store.save_exogenous(ExogenousFacts(weather=[(hostel.hostel_id, T - 27 * HOUR, 20.0, 50.0, "test", T)]))
    store.save_exogenous(weather(hostel, T, 31.5, T))
    found = store.exogenous(hostel.rooms, [hostel.hostel_id], T - 2 * HOUR, T + 2 * HOUR)

    ts, values = found.occupancy[hostel.rooms[0]]
    assert (ts.tolist(), values.tolist()) == ([T - 3 * HOUR, T - HOUR, T + HOUR], [2, 3, 4])
    assert [part.tolist() for part in found.temperature_c[hostel.hostel_id]] == [[T], [31.5]]
    at, humidity = found.humidity[hostel.hostel_id]
    assert at.tolist() == [T]
    assert np.isnan(humidity).all()
    assert list(found.occupancy) == [hostel.rooms[0]]
