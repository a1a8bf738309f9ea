"""Several values for one meter and instant: which counts does not depend on the order they come in."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from sqlalchemy import Engine

from tests.integration.hostel import Hostel, at, readings, rows_of, state
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.meters import ReplayMark
from wattwarden.domain.readings import ReadingRows
from wattwarden.ports.scoring import Effects

T = at("2026-07-01T12:00").timestamp()


def value(meter: int, kwh: float, received: float) -> ReadingRows:
    return replace(readings([(meter, T, kwh)]), received_at=np.array([received]))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_value_received_last_counts_and_the_others_are_kept(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, order: tuple[int, ...]
) -> None:
    meter = hostel.meters[0]
    given = [value(meter, 0.4, T + 10), value(meter, 0.7, T + 20), value(meter, 0.5, T + 30)]
    first, *later = (given[n] for n in order)
    store.commit(Effects(first, states=[state(meter, 0, T)]))
    for rows in later:
        store.commit(Effects(corrections=rows))
        store.commit(Effects(versions=rows))

    [counts] = rows_of(engine, "SELECT kwh::float8, extract(epoch FROM received_at)::float8 AS at FROM readings")
    assert counts == {"kwh": 0.5, "at": T + 30}
    kept = rows_of(engine, "SELECT kwh::float8, extract(epoch FROM received_at)::float8 AS at FROM reading_versions")
    assert sorted((row["kwh"], row["at"]) for row in kept) == [(0.4, T + 10), (0.7, T + 20)]
    found = store.stored([meter], [T])[meter, T]
    assert (found.kwh, sorted(kwh for kwh, *_ in found.others)) == (0.5, [0.4, 0.7])


def test_a_value_that_was_known_before_does_not_count_again(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    store.commit(Effects(value(meter, 0.4, T + 10), states=[state(meter, 0, T)]))
    store.commit(Effects(corrections=value(meter, 0.7, T + 20)))
    store.commit(Effects(corrections=value(meter, 0.4, T + 30)))
    assert rows_of(engine, "SELECT kwh::float8 FROM readings") == [{"kwh": 0.7}]


def test_a_value_turns_out_to_have_been_received_earlier_and_another_counts(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    store.commit(Effects(value(meter, 0.4, T + 30), states=[state(meter, 0, T)]))
    store.commit(Effects(versions=value(meter, 0.7, T + 20)))
    assert rows_of(engine, "SELECT kwh::float8 FROM readings") == [{"kwh": 0.4}]
    store.commit(Effects(versions=value(meter, 0.4, T + 10)))
    assert rows_of(engine, "SELECT kwh::float8 FROM readings") == [{"kwh": 0.7}]
    marked = "SELECT extract(epoch FROM replay_from)::float8 AS since FROM meter_state"
    assert rows_of(engine, marked) == [{"since": T}]


def test_of_two_values_received_at_once_the_larger_counts(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    both = ReadingRows.concatenate([value(meter, 0.7, T), value(meter, 0.4, T)])
    store.commit(Effects(value(meter, 0.4, T), versions=both))
    assert rows_of(engine, "SELECT kwh::float8 FROM readings") == [{"kwh": 0.7}]
    assert rows_of(engine, "SELECT kwh::float8 FROM reading_versions") == [{"kwh": 0.4}]


def test_a_mark_is_guarded_by_the_version_it_was_loaded_at(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    store.commit(Effects(value(meter, 0.4, T), states=[state(meter, 0, T)]))
    store.commit(Effects(corrections=value(meter, 0.7, T + 1), marks=[ReplayMark(meter, 1, T)]))
    with pytest.raises(ConflictError):
        store.commit(Effects(corrections=value(meter, 0.9, T + 2), marks=[ReplayMark(meter, 1, T)]))
    with pytest.raises(ConflictError):
        store.commit(Effects(states=[state(meter, 1, T + 3600)]))
    assert rows_of(engine, "SELECT kwh::float8 FROM readings") == [{"kwh": 0.7}]


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_what_came_beside_a_value_is_as_it_was_when_the_value_was_first_received(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, order: tuple[int, ...]
) -> None:
    """The same energy told twice, the second time with other volts: what was said first stands."""
    meter = hostel.meters[0]
    told = [
        replace(value(meter, 0.4, T + 10), voltage=np.array([230.0])),
        replace(value(meter, 0.4, T + 20), voltage=np.array([180.0])),
    ]
    first, second = (told[n] for n in order)
    store.commit(Effects(first, states=[state(meter, 0, T)]))
    store.commit(Effects(versions=second))
    [counts] = rows_of(engine, "SELECT voltage, extract(epoch FROM received_at)::float8 AS at FROM readings")
    assert counts == {"voltage": 230.0, "at": T + 10}
    assert rows_of(engine, "SELECT * FROM reading_versions") == []
    marked = rows_of(engine, "SELECT extract(epoch FROM replay_from)::float8 AS since FROM meter_state")
    assert marked == [{"since": T - 3600 if order == (1, 0) else None}]
