"""The consumer's promises, on the ports in memory: each reading once, whatever is repeated, late, broken or killed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.telemetry import FakeBus, FakeTelemetry
from tests.unit.usecases.hostel_stream import HOUR, NOW, START, context, record, run, store_of
from wattwarden.contracts.quarantine import QuarantinedReading, QuarantinedRecord
from wattwarden.contracts.telemetry import OccupancyBatch, RefusedBatch, WeatherBatch, encode
from wattwarden.domain.anomalies import Kind
from wattwarden.domain.errors import ConflictError, UnavailableError
from wattwarden.usecases.publish import publish
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.judging import WEEK_S
from wattwarden.usecases.telemetry.score import ATTEMPTS


def counted(store: FakeTelemetry, meter_id: int, hour: float) -> tuple[float, str]:
    row = store.rows[meter_id, START + hour * HOUR]
    return float(row["kwh"]), str(row["quality"])


def test_a_batch_delivered_twice_changes_nothing_the_second_time() -> None:
    store = store_of(context(1), context(2))
    batch = record("r1", [("M1", 0, 0.2), ("M2", 0, 0.3), ("M1", 1, 0.25)])
    assert run(store, batch).readings == 3
    rows, versions = dict(store.rows), {k: c.version for k, c in store.contexts.items()}
    again = run(store, batch)
    assert (again.readings, again.repeated, again.quarantined) == (0, 3, 0)
    assert store.rows == rows
    assert {k: c.version for k, c in store.contexts.items()} == versions


def test_energies_and_instants_are_taken_as_they_are_stored() -> None:
    store = store_of(context(1))
    run(store, record("r1", [("M1", (433 + 1 / 3) / HOUR, 0.123456)]))
    [((_, ts), row)] = store.rows.items()
    assert ts == round(START + 433 + 1 / 3, 6)
    assert row["kwh"] == 0.1235


def test_a_late_reading_is_stored_at_once_and_its_meter_marked_from_where_the_interval_starts() -> None:
    store = store_of(context(1), context(2))
    run(store, record("r1", [("M1", 5, 0.2), ("M2", 5, 0.2)]))
    before = store.contexts[1, "M1"]
    assert run(store, record("r2", [("M1", 3, 0.4), ("M1", 2, 0.3)])).late == 2
    assert counted(store, 1, 3) == (0.4, "late")
    assert store.contexts[1, "M1"].state == before.state
    assert store.contexts[1, "M1"].version == before.version + 1
    assert store.marks == {1: START + 1 * HOUR}


def test_a_late_register_has_no_energy_until_its_meter_is_replayed() -> None:
    store = store_of(context(1))
    run(store, record("r1", [("M1", 0, 10.0), ("M1", 4, 14.0)], register=True))
    assert run(store, record("r2", [("M1", 2, 11.0), ("M1", 5, 15.0)], register=True)).late == 1
    kwh, quality = counted(store, 1, 2)
    assert np.isnan(kwh)
    assert quality == "late"
    assert counted(store, 1, 5) == (1.0, "measured")
    assert store.marks == {1: START + 2 * HOUR}


@pytest.mark.parametrize("together", [False, True], ids=["in batches of their own", "in one batch"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_of_several_values_for_an_instant_the_one_received_last_counts_and_all_are_kept(
    order: tuple[int, int, int], *, together: bool
) -> None:
    store = store_of(context(1))
    said = [record(f"r{n}", [("M1", 0, kwh)], received_at=NOW.timestamp() + n) for n, kwh in enumerate((0.5, 0.2, 0.3))]
    batches = [[said[n] for n in order]] if together else [[said[n]] for n in order]
    for batch in batches:
        run(store, *batch)
    assert counted(store, 1, 0)[0] == 0.3
    assert set(store.versions[1, START]) == {(0.5, -1.0, 3600.0), (0.2, -1.0, 3600.0)}


def test_a_correction_marks_its_meter_and_a_value_known_before_adds_nothing() -> None:
    store = store_of(context(1))
    run(store, record("r1", [("M1", 0, 0.5), ("M1", 1, 0.5)], received_at=NOW.timestamp()))
    assert run(store, record("r2", [("M1", 1, 0.7)], received_at=NOW.timestamp() + 1)).corrected == 1
    assert store.marks == {1: START}
    again = run(store, record("r3", [("M1", 1, 0.5)], received_at=NOW.timestamp() + 2))
    assert (again.corrected, again.repeated) == (0, 1)
    assert counted(store, 1, 1)[0] == 0.7


def test_a_value_that_was_received_earlier_than_known_no_longer_outlives_a_later_one() -> None:
    store = store_of(context(1))
    for after, kwh in ((30, 0.1), (20, 0.2), (10, 0.1)):
        run(store, record(f"r{after}", [("M1", 0, kwh)], received_at=NOW.timestamp() + after))
    assert counted(store, 1, 0) == (0.2, "late")
    assert store.marks == {1: START - HOUR}


def test_of_two_values_received_at_once_the_larger_counts() -> None:
    store = store_of(context(1))
    assert run(store, record("r1", [("M1", 0, 0.5), ("M1", 0, 0.7)])).readings == 1
    run(store, record("r2", [("M1", 0, 0.6)]))
    assert counted(store, 1, 0)[0] == 0.7
    assert set(store.versions[1, START]) == {(0.5, -1.0, 3600.0), (0.6, -1.0, 3600.0)}


def test_what_cannot_be_read_is_kept_whole_with_its_reason_and_holds_up_nothing() -> None:
    store = store_of(context(1))
    poison = Record("bad", b"\x00not zlib" * 10_000)
    uneven = encode(
        WeatherBatch.model_construct(
            hostel_id=1, source="x", received_at=0.0, ts=[1.0, 2.0], temperature_c=[1.0], humidity=[None]
        )
    )
    done = run(store, poison, Record("uneven", uneven), record("r1", [("M9", 0, 0.2), ("M1", 0, 0.2)]))
    assert done.readings == 1
    assert store.reasons() == ["undecodable_record", "undecodable_record", "unknown_meter"]
    by_reason = {item.payload.get("record_id", item.reason): item for item in store.quarantine.values()}
    kept = QuarantinedRecord.model_validate(by_reason["bad"].payload)
    assert bytes.fromhex(kept.data_hex) == poison.data
    assert QuarantinedReading.model_validate(by_reason["unknown_meter"].payload) == QuarantinedReading(
        hostel_id=1, source="gateway:3", received_at=NOW.timestamp(), meter="M9", ts=START, kwh=0.2
    )


def test_more_energy_than_the_meter_can_pass_is_a_fault_of_the_meter_and_no_reading() -> None:
    store = store_of(context(1))
    assert run(store, record("r1", [("M1", 0, 20.0), ("M1", 1, 20.001), ("M1", 2, 1.0)])).readings == 2
    assert store.reasons() == ["implausible_energy"]
    [fault] = store.faults
    assert (fault.hostel_id, fault.meter, fault.kind) == (1, "M1", "implausible")


def test_a_reading_of_no_set_clock_is_not_believed_though_it_came_past_the_doors() -> None:
    store = store_of(context(1))
    ahead, unset = (NOW.timestamp() - START) / HOUR + 0.1, -START / HOUR
    said = [("M1", 0, 0.2), ("M1", ahead, 0.2), ("M1", unset, 0.2), ("M1", ahead - 0.02, 0.3)]
    assert run(store, record("r1", said)).readings == 2
    assert store.reasons() == ["clock_wrong", "future_timestamp"]
    assert {(fault.meter, fault.kind) for fault in store.faults} == {("M1", "clock_wrong")}


def test_a_register_that_leaps_is_a_fault_of_the_meter() -> None:
    store = store_of(context(1))
    run(store, record("r1", [("M1", 0, 10.0), ("M1", 1, 5000.5)], register=True))
    assert counted(store, 1, 1)[1] == "implausible"
    assert [fault.kind for fault in store.faults] == ["implausible"]


def test_readings_refused_for_their_clock_are_kept_and_told_of_as_a_fault() -> None:
    store = store_of(context(1))
    refused = RefusedBatch(
        hostel_id=1,
        source="gateway:3",
        received_at=NOW.timestamp(),
        meter=["M1", "M1"],
        ts=[START, START + HOUR],
        kwh=[0.2, None],
        register_kwh=[None, 7.0],
        reason=["future_timestamp", "clock_wrong"],
        detail=["it is ahead", "sent_at is off"],
    )
    for _ in range(2):
        assert run(store, Record("r1", encode(refused))).readings == 0
    assert store.reasons() == ["clock_wrong", "future_timestamp"]
    assert [item.payload["register_kwh"] for item in store.quarantine.values()] == [None, 7.0]
    assert {(fault.meter, fault.kind) for fault in store.faults} == {("M1", "clock_wrong")}


def test_what_is_refused_again_and_again_is_the_same_item() -> None:
    store = store_of(context(1))
    noise = [Record(f"n{n}", b"noise", float(n)) for n in range(3)]
    unknown = [record(f"r{n}", [("M9", 0, 0.2), ("M9", 1, 0.2)]) for n in range(3)]
    refused = RefusedBatch(
        hostel_id=1,
        source="gateway:3",
        received_at=NOW.timestamp(),
        meter=["M1"],
        ts=[START],
        kwh=[0.2],
        register_kwh=[None],
        reason=["clock_wrong"],
        detail=["sent_at is off by 7 s"],
    )
    later = refused.model_copy(update={"received_at": NOW.timestamp() + 60, "detail": ["sent_at is off by 9 s"]})
    run(store, *noise, *unknown, *(Record(f"c{n}", encode(said)) for n, said in enumerate((refused, later))))
    assert store.reasons() == ["clock_wrong", "undecodable_record", "unknown_meter", "unknown_meter"]
    other = record("r9", [("M9", 0, 0.3)])
    run(store, other)
    assert store.reasons().count("unknown_meter") == 3


@pytest.mark.parametrize(
    ("country", "volts", "kinds"),
    [("IN", 212.0, {Kind.UNDERVOLTAGE}), (None, 212.0, set()), ("IN", 247.0, {Kind.OVERVOLTAGE}), (None, 247.0, set())],
)
def test_a_hostels_country_says_which_voltages_are_told_of(country: str | None, volts: float, kinds: set[Kind]) -> None:
    store = store_of(context(1)._replace(country=country))
    run(store, record("r1", [("M1", n, 0.2 + n / 100) for n in range(3)], voltage=volts))
    assert {anomaly.kind for anomaly in store.anomalies.values()} == kinds


def test_another_consumer_in_between_means_load_again_and_try_again() -> None:
    store = store_of(context(1))
    store.conflicts_to_come = ATTEMPTS - 1
    assert run(store, record("r1", [("M1", 0, 0.2)])).readings == 1
    store.conflicts_to_come = ATTEMPTS
    with pytest.raises(ConflictError):
        run(store, record("r2", [("M1", 1, 0.2)]))


def test_without_the_database_nothing_is_scored() -> None:
    store = store_of(context(1))
    store.away = True
    with pytest.raises(UnavailableError):
        run(store, record("r1", [("M1", 0, 0.2)]))


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


def test_head_counts_and_weather_are_there_before_the_readings_of_their_batch_are_judged() -> None:
    store = store_of(context(1))
    at = NOW.timestamp()
    empty = OccupancyBatch(hostel_id=1, source="g", received_at=at, room=["A1"], ts=[START - HOUR], count=[0])
    warm = WeatherBatch(
        hostel_id=1, source="w", received_at=at, ts=[START - HOUR], temperature_c=[24.5], humidity=[None]
    )
    readings = record("r", [("M1", hour, 1.0) for hour in range(5)])
    run(store, readings, Record("o", encode(empty)), Record("w", encode(warm)))
    assert not store.marks
    assert "empty_room_load" in {anomaly.kind for anomaly in store.anomalies.values()}


def test_a_meter_that_repeats_one_value_for_hours_is_stuck_since_the_first_of_them() -> None:
    store = store_of(context(1))
    usual = np.round(np.random.default_rng(1).gamma(4, 0.1, 24 * 20), 4)
    run(store, record("r1", [("M1", hour, float(kwh)) for hour, kwh in enumerate(usual)]))
    assert store.states[1].stuck_since is None
    since = len(usual)
    for hour in range(since, since + 10):
        run(store, record(f"r{hour}", [("M1", hour, 0.7777)]))
    assert store.states[1].stuck_since == START + since * HOUR
    run(store, record("r0", [("M1", since + 10, 0.4)]))
    assert store.states[1].stuck_since is None


def test_a_state_is_kept_as_a_checkpoint_when_a_week_begins() -> None:
    store = store_of(context(1))
    hours = range(0, 24 * 21, 12)
    for hour in hours:
        run(store, record(f"r{hour}", [("M1", hour, 0.2)]))
    weeks = [(START + hour * HOUR) // WEEK_S for hour in hours]
    first_of_each = [START + hour * HOUR for hour in hours if weeks.index((START + hour * HOUR) // WEEK_S) * 12 == hour]
    assert [ts for _, ts in store.checkpoints] == first_of_each


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
    assert cut.rows.keys() == whole.rows.keys() == {(m, START + h * HOUR) for m, h in rows}
    assert [(c.state, c.ring) for c in cut.contexts.values()] == [(c.state, c.ring) for c in whole.contexts.values()]
    assert not cut.quarantine


def test_a_register_or_an_interval_beyond_what_can_be_stored_is_a_fault_of_the_meter() -> None:
    unlimited = context(1)._replace(max_kw=float("inf"))
    store = store_of(unlimited, context(2)._replace(max_kw=float("inf")))
    run(store, record("r1", [("M1", 0, 10_000_000_448.46), ("M1", 1, 5.0)], register=True))
    run(store, record("r2", [("M2", 0, 2_000_000.0), ("M2", 1, 5.0)]))
    assert store.reasons() == ["implausible_energy"] * 2
    assert {meter for meter, _ in store.rows} == {1, 2}
