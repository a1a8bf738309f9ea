"""The consumer's promises, on the ports in memory: each reading once, whatever is repeated, late, broken or killed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.telemetry import FakeBus, FakeTelemetry, SilentModel
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, WeatherBatch, encode
from wattwarden.domain.errors import ConflictError
from wattwarden.ports.scoring import MeterContext
from wattwarden.usecases.publish import publish
from wattwarden.usecases.score import ATTEMPTS, Record, Scored, score

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
START = datetime(2025, 12, 1, tzinfo=UTC).timestamp()
HOUR = 3600.0


def context(meter_id: int, measures: str = "interval", digits: int | None = None) -> MeterContext:
    return MeterContext(
        meter_id=meter_id,
        serial=f"M{meter_id}",
        hostel_id=1,
        room_id=meter_id,
        timezone="Asia/Kolkata",
        beds=2,
        has_ac=False,
        interval_s=HOUR,
        measures=measures,
        register_digits=digits,
        nominal_voltage=230,
        price_per_kwh=Decimal(8),
        currency="INR",
        version=0,
        state=None,
        last_ts=None,
        last_register_kwh=None,
    )


def store_of(*contexts: MeterContext) -> FakeTelemetry:
    return FakeTelemetry(contexts={(c.hostel_id, c.serial): c for c in contexts})


def record(
    name: str, rows: Sequence[tuple[str, float, float | None]], *, register: bool = False, voltage: float | None = None
) -> Record:
    """One micro-batch of (serial, hour number, kWh or register)."""
    values: list[float | None] = [value for _, _, value in rows]
    nothing: list[float | None] = [None] * len(rows)
    batch = ReadingsBatch(
        hostel_id=1,
        source="gateway:3",
        received_at=NOW.timestamp(),
        meter=[serial for serial, _, _ in rows],
        ts=[START + hour * HOUR for _, hour, _ in rows],
        interval_s=nothing,
        kwh=nothing if register else values,
        register_kwh=values if register else nothing,
        voltage=[voltage] * len(rows),
        current=nothing,
        power_factor=nothing,
    )
    return Record(name, encode(batch))


def run(store: FakeTelemetry, *records: Record, bus: FakeBus | None = None) -> Scored:
    return score(records, store, SilentModel(), bus or FakeBus(), NOW)


def test_a_batch_delivered_twice_changes_nothing_the_second_time() -> None:
    store = store_of(context(1), context(2))
    batch = record("r1", [("M1", 0, 0.2), ("M2", 0, 0.3), ("M1", 1, 0.25)])
    assert run(store, batch).readings == 3
    readings, versions = dict(store.readings), {k: c.version for k, c in store.contexts.items()}
    again = run(store, batch)
    assert (again.readings, again.repeated, again.quarantined) == (0, 3, 0)
    assert store.readings == readings
    assert {k: c.version for k, c in store.contexts.items()} == versions


def test_a_late_reading_is_stored_and_leaves_the_state_alone() -> None:
    store = store_of(context(1))
    run(store, record("r1", [("M1", 5, 0.2)]))
    state = store.contexts[1, "M1"].state
    assert run(store, record("r2", [("M1", 3, 0.4)])).late == 1
    assert store.qualities[1, START + 3 * HOUR] == "late"
    assert store.contexts[1, "M1"].state == state


def test_a_second_value_for_the_same_instant_is_kept_aside_and_the_first_counts() -> None:
    store = store_of(context(1))
    run(store, record("r1", [("M1", 0, 0.2)]))
    assert run(store, record("r2", [("M1", 0, 0.9)])).quarantined == 1
    assert store.readings[1, START] == pytest.approx((0.2, np.nan), nan_ok=True)
    assert set(store.quarantine.values()) == {"conflicting_reading"}


def test_what_cannot_be_read_is_kept_with_its_reason_and_holds_up_nothing() -> None:
    store = store_of(context(1))
    poison = Record("bad", b"\x00not zlib")
    uneven = encode(
        WeatherBatch.model_construct(
            hostel_id=1, source="x", received_at=0.0, ts=[1.0, 2.0], temperature_c=[1.0], humidity=[None]
        )
    )
    done = run(store, poison, Record("uneven", uneven), record("r1", [("M9", 0, 0.2), ("M1", 0, 0.2)]))
    assert done.readings == 1
    assert sorted(store.quarantine.values()) == ["undecodable_record", "undecodable_record", "unknown_meter"]


def test_another_consumer_in_between_means_load_again_and_try_again() -> None:
    store = store_of(context(1))
    store.conflicts_to_come = ATTEMPTS - 1
    assert run(store, record("r1", [("M1", 0, 0.2)])).readings == 1
    store.conflicts_to_come = ATTEMPTS
    with pytest.raises(ConflictError):
        run(store, record("r2", [("M1", 1, 0.2)]))


def test_an_opened_incident_is_told_once_and_the_outbox_keeps_what_the_bus_refused() -> None:
    store, bus = store_of(context(1)), FakeBus(broken=True)
    low = record("r1", [("M1", 0, 0.2), ("M1", 1, 0.2), ("M1", 2, 0.2)], voltage=150.0)
    assert run(store, low, bus=bus).incidents == 1
    assert not bus.events
    bus.broken = False
    waiting = store.unpublished(20, 10)
    assert publish(waiting, store, bus) == 1
    assert [e.incident_ids for e in bus.events] == [e.incident_ids for e in waiting]
    assert store.unpublished(20, 10) == []
    run(store, low, bus=bus)
    assert len(bus.events) == 1


def test_head_counts_and_weather_become_rows() -> None:
    store = store_of(context(1))
    occupancy = OccupancyBatch(hostel_id=1, source="g", received_at=0.0, room=["A1"], ts=[START], count=[2])
    weather = WeatherBatch(hostel_id=1, source="w", received_at=0.0, ts=[START], temperature_c=[24.5], humidity=[None])
    run(store, Record("o", encode(occupancy)), Record("w", encode(weather)))
    [effects] = store.applied
    assert effects.occupancy == [(1, "A1", START, 2, "g")]
    assert effects.weather == [(1, START, 24.5, None, "w")]


@pytest.mark.parametrize(
    ("digits", "registers", "expected"),
    [
        (None, [100.0, 100.5, 101.5], [("baseline", None), ("measured", 0.5), ("measured", 1.0)]),
        (3, [999.5, 0.5], [("baseline", None), ("rollover", 1.0)]),
        (3, [700.0, 1.0], [("baseline", None), ("rollover", 301.0)]),
        (3, [400.0, 1.0, 2.0], [("baseline", None), ("reset", None), ("measured", 1.0)]),
        (None, [999.5, 0.5, 1.0], [("baseline", None), ("reset", None), ("measured", 0.5)]),
    ],
)
def test_registers_are_differenced_and_never_invent_energy(
    digits: int | None, registers: list[float], expected: list[tuple[str, float | None]]
) -> None:
    store = store_of(context(1, "register", digits))
    for hour, value in enumerate(registers):
        run(store, record(f"r{hour}", [("M1", hour, value)], register=True))
    for hour, (quality, kwh) in enumerate(expected):
        key = (1, START + hour * HOUR)
        assert store.qualities[key] == quality
        assert store.readings[key][0] == pytest.approx(np.nan if kwh is None else kwh, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40)), min_size=1, max_size=60, unique=True),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    repeats=st.lists(st.integers(0, 6), max_size=4),
)
def test_any_cut_of_the_stream_and_any_redelivery_store_the_same(
    rows: list[tuple[int, int]], cuts: list[int], repeats: list[int]
) -> None:
    ordered = sorted(rows, key=lambda row: row[1])
    bounds = sorted({0, len(ordered), *[cut for cut in cuts if cut < len(ordered)]})
    pieces = [ordered[a:b] for a, b in pairwise(bounds)]
    records = [
        record(f"r{i}", [(f"M{m}", float(h), 0.1 + 0.01 * h) for m, h in piece]) for i, piece in enumerate(pieces)
    ]
    whole, cut = store_of(context(1), context(2), context(3)), store_of(context(1), context(2), context(3))
    run(whole, *records)
    for i, piece in enumerate(records):
        run(cut, piece)
        if i in repeats:
            run(cut, *records[: i + 1])
    assert cut.readings.keys() == whole.readings.keys() == {(m, START + h * HOUR) for m, h in rows}
    assert [c.state for c in cut.contexts.values()] == [c.state for c in whole.contexts.values()]
    assert not cut.quarantine
