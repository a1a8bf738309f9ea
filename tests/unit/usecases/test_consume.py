"""One bad meter is one bad meter, and a bad release empties no stream: the consumer's policy, on fakes."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.fakes.telemetry import FakeBus, FakeTelemetry, SilentModel
from tests.unit.usecases.hostel_stream import HOUR, NOW, START, context, record, store_of
from wattwarden.contracts.quarantine import QuarantinedReading
from wattwarden.contracts.telemetry import OccupancyBatch, encode
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.scoring import Effects, ExogenousFacts
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.consume import LIMIT, Consumed, Failing, StreamWaitsError, consume


@dataclass
class Faulty(FakeTelemetry):
    """Commits fail that write readings of some meters; `commits` counts those with readings."""

    bad: Callable[[int], bool] = lambda _: False
    commits: int = 0
    exogenous_fails: bool = False

    def commit(self, effects: Effects) -> None:
        if effects.readings is not None:
            self.commits += 1
            if any(map(self.bad, effects.readings.meter_id.tolist())):
                raise ValueError("null value in a column")
        super().commit(effects)

    def save_exogenous(self, exogenous: ExogenousFacts) -> None:
        if self.exogenous_fails:
            raise ValueError("a head count of a kind nobody knows")
        super().save_exogenous(exogenous)


def faulty(meters: int, bad: Callable[[int], bool]) -> Faulty:
    plain = store_of(*(context(n) for n in range(1, meters + 1)))
    return Faulty(contexts=plain.contexts, rooms=plain.rooms, bad=bad)


def everyone(meters: int, name: str = "r1", hour: int = 0) -> Record:
    return record(name, [(f"M{n}", hour, 0.2) for n in range(1, meters + 1)])


def run(store: FakeTelemetry, *records: Record, failing: Failing | None = None) -> Consumed:
    return consume(records, store, SilentModel(), FakeBus(), NOW, failing or Failing())


def test_a_thousand_meters_beside_a_bad_one_are_stored_in_some_twenty_batches() -> None:
    store = faulty(1000, lambda meter: meter == 617)
    done = run(store, everyone(1000))
    assert (done.scored.readings, len(done.set_aside)) == (999, 1)
    assert 617 not in {meter for meter, _ in store.rows}
    assert store.commits < 25


def test_what_is_set_aside_names_its_meter_and_can_be_sent_again() -> None:
    store = faulty(3, lambda meter: meter == 2)
    run(store, everyone(3), everyone(3, "r2", 1))
    kept = [QuarantinedReading.model_validate(item.payload) for item in store.quarantine.values()]
    assert [(reading.meter, reading.ts) for reading in kept] == [("M2", START), ("M2", START + HOUR)]
    assert {(item.reason, item.detail) for item in store.quarantine.values()} == {
        ("processing_failed", "ValueError: null value in a column")
    }


def test_a_redelivery_sets_nothing_aside_twice_and_stores_nothing_twice() -> None:
    store = faulty(9, lambda meter: meter == 5)
    mixed = record("r2", [("M9", 1, 0.2), ("unknown", 1, 0.2), ("M5", 1, 0.2), ("M1", 1, 99.0)])
    first = run(store, everyone(9), mixed)
    rows, kept = dict(store.rows), dict(store.quarantine)
    assert sorted(item.reason for item in kept.values()) == [
        "implausible_energy", "processing_failed", "processing_failed", "unknown_meter",
    ]  # fmt: skip
    again = run(store, everyone(9), mixed)
    assert (first.scored.readings, again.scored.readings) == (9, 0)
    assert (store.rows, store.quarantine) == (rows, kept)


def test_a_release_that_fails_on_every_meter_sets_nothing_aside() -> None:
    store = faulty(1000, lambda _: True)
    with pytest.raises(StreamWaitsError):
        run(store, everyone(1000))
    assert not store.quarantine
    assert store.commits < 40  # it does not try every meter


def test_meters_that_fail_one_after_the_other_in_small_batches_stop_the_stream_as_well() -> None:
    store, failing = faulty(20, lambda _: True), Failing()
    for n in range(1, LIMIT + 1):
        run(store, record(f"r{n}", [(f"M{n}", 0, 0.2)]), failing=failing)
    with pytest.raises(StreamWaitsError):
        run(store, record("r6", [("M6", 0, 0.2)]), failing=failing)
    assert len(store.quarantine) == LIMIT
    store.bad = lambda _: False  # the release before comes back
    assert run(store, record("r6", [("M6", 0, 0.2)]), failing=failing).scored.readings == 1


def test_one_meter_that_always_fails_never_stops_the_stream() -> None:
    store, failing = faulty(1, lambda _: True), Failing()
    for n in range(3 * LIMIT):
        run(store, record(f"r{n}", [("M1", n, 0.2)]), failing=failing)
    assert len(store.quarantine) == 3 * LIMIT


def test_most_meters_failing_is_our_fault_though_some_are_well() -> None:
    store = faulty(100, lambda meter: meter % 3 > 0)
    with pytest.raises(StreamWaitsError, match="67 failed and 33 did not"):
        run(store, everyone(100))
    assert not store.quarantine


def test_a_fifth_of_the_meters_failing_is_theirs() -> None:
    store = faulty(100, lambda meter: meter % 5 == 0)
    assert (run(store, everyone(100)).scored.readings, len(store.quarantine)) == (80, 20)


def test_head_counts_that_cannot_be_stored_are_kept_whole_and_the_readings_beside_them_judged() -> None:
    store = faulty(2, lambda _: False)
    store.exogenous_fails = True
    people = OccupancyBatch(hostel_id=1, source="g", received_at=NOW.timestamp(), room=["A1"], ts=[START], count=[0])
    done = run(store, Record("o1", encode(people)), everyone(2))
    assert done.scored.readings == 2
    assert [item.payload["record_id"] for item in done.set_aside] == ["o1"]


def test_an_outage_in_the_middle_sets_nothing_aside() -> None:
    store = faulty(8, lambda meter: meter == 3)

    def goes_away(meter: int) -> bool:
        store.away = store.commits > 3
        return meter == 3

    store.bad = goes_away
    with pytest.raises(UnavailableError):
        run(store, everyone(8))
    assert not store.quarantine
