"""The database is a function of the facts: their order, batching, repetition and lateness make no difference."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, text

from local.digests import OF_METERS
from tests.fakes.telemetry import FakeBus, SilentModel
from tests.integration.hostel import Hostel, empty, rows_of
from verify.trust.passes import derived
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, WeatherBatch, encode
from wattwarden.domain.errors import ConflictError
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.replay import replay
from wattwarden.usecases.telemetry.score import score

START = datetime(2026, 3, 27, 18, tzinfo=UTC).timestamp()  # Berlin's clocks go forward in the night of the 29th
HOURS = 150
NOW = datetime(2026, 4, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    """A reading, a head count or the weather of an hour; `at` is when it was received, ordered by it within a key."""

    kind: str
    key: str
    ts: float
    value: float
    at: float


def facts(random: Random) -> list[Fact]:
    """An hourly and a quarter-hourly meter of each measure; gap, reset, rollover; exogenous inputs; corrections."""
    found: list[Fact] = []
    for hour in range(HOURS):
        end = START + (hour + 1) * 3600
        found.append(Fact("kwh", "M1", end, 6.0 if 60 <= hour < 66 else round(random.uniform(0.1, 0.6), 4), end + 9))
        found += [
            Fact("kwh", "M2", end - quarter * 900, round(random.uniform(0.02, 0.15), 4), end - quarter * 900 + 5)
            for quarter in range(4)
        ]
        weather = Fact("weather", "", end - 3600, round(random.uniform(20, 35), 1), end - 7200)
        found += [weather, Fact("people", "A-1", end - 1800, random.randint(0, 2), end - 1790)]
        found.append(Fact("people", "A-3", end - 1800, random.randint(0, 2), end - 1790))
    registers = {"M3": (4, 100.0), "M4": (1, 99_990.0)}
    for quarter in range(4 * HOURS):
        end = START + (quarter + 1) * 900
        for meter, (every, before) in registers.items():
            rises = random.uniform(0.02, 0.15)
            shown = 0.5 if (meter, quarter) == ("M3", 160) else (before + rises) % 100_000
            registers[meter] = every, shown
            if (quarter + 1) % every == 0 and random.random() < 0.9 and not 80 <= quarter < 132:
                found.append(Fact("register", meter, end, round(shown, 4), end + 7))
    again = random.sample([fact for fact in found if fact.kind in {"kwh", "register"}], 12)
    found += [Fact(f.kind, f.key, f.ts, round(f.value + 0.05, 4), f.at + 600) for f in again]
    found += [Fact(f.kind, f.key, f.ts, f.value, f.at + 1200) for f in again[:6]]  # known by then: adds nothing
    return found


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Berlin"])
@pytest.mark.parametrize("seed", range(2))
def test_facts_in_any_order_and_batches_leave_the_same_database(migrated: Engine, zone: str, seed: int) -> None:
    random = Random(seed)
    given = facts(random)
    in_order = sorted(given, key=lambda fact: (fact.at, fact.ts, fact.kind, fact.key))
    expected = _after(migrated, zone, [in_order[n : n + 200] for n in range(0, len(in_order), 200)], Random(0))
    assert len(expected["anomalies"]) > 3
    assert {row["quality"] for row in expected["readings"]} > {"measured", "gap", "baseline"}

    mixed = [*given, *random.sample(given, len(given) // 5)]
    mixed.sort(key=lambda fact: fact.at + random.choice([0, 0, 0, 40_000, 200_000]) * random.random())
    mixed = _received_in_order(mixed)
    batches = []
    while mixed:
        size = random.choice([1, 5, 60, 300])
        batches.append(mixed[:size])
        mixed = mixed[size:]
    found = _after(migrated, zone, batches, random)
    for name in OF_METERS:
        assert found[name] == expected[name], name


def test_three_consumers_and_a_replay_at_once_leave_the_same_database(migrated: Engine) -> None:
    random = Random(7)
    given = facts(random)
    in_order = sorted(given, key=lambda fact: (fact.at, fact.ts, fact.kind, fact.key))
    expected = _after(migrated, "Asia/Kolkata", [in_order], Random(0))
    hostel = _hostel(migrated, "Asia/Kolkata")
    store, replays = PostgresTelemetry(migrated), PostgresReplays(migrated)

    def deliver(seed: int) -> None:
        mixed = given.copy()
        Random(seed).shuffle(mixed)
        mixed = _received_in_order(mixed)
        for n in range(0, len(mixed), 100):
            records = _records(hostel, n + seed * 10_000, mixed[n : n + 100])
            while True:
                try:
                    score(records, store, SilentModel(), FakeBus(), NOW)
                except ConflictError:
                    continue  # delivered again
                break

    with ThreadPoolExecutor(4) as pool:
        consumers = [pool.submit(deliver, seed) for seed in range(3)]
        while not all(consumer.done() for consumer in consumers):
            replay(replays, SilentModel(), FakeBus(), datetime.now(UTC) + timedelta(hours=1), lambda: 60.0)
        for consumer in consumers:
            consumer.result()
    _replay(replays)
    found = _rows(migrated, hostel)
    for name in OF_METERS:
        assert found[name] == expected[name], name


def _received_in_order(mixed: Sequence[Fact]) -> list[Fact]:
    """Values of one key in the order in which they were received, as a stream hands them on."""
    keys = [(fact.kind, fact.key, fact.ts) for fact in mixed]
    by_key: dict[Any, list[Fact]] = {}
    for key, fact in zip(keys, mixed, strict=True):
        by_key.setdefault(key, []).append(fact)
    queues = {key: iter(sorted(queue, key=lambda fact: fact.at)) for key, queue in by_key.items()}
    return [next(queues[key]) for key in keys]


def _after(engine: Engine, zone: str, batches: Sequence[Sequence[Fact]], random: Random) -> dict[str, list[Any]]:
    hostel = _hostel(engine, zone)
    store, replays = PostgresTelemetry(engine), PostgresReplays(engine)
    for number, batch in enumerate(batches):
        score(_records(hostel, number, batch), store, SilentModel(), FakeBus(), NOW)
        if random.random() < 0.2:
            _replay(replays)
    _replay(replays)
    assert rows_of(engine, "SELECT * FROM meter_state WHERE replay_from IS NOT NULL") == []
    assert rows_of(engine, "SELECT * FROM quarantine") == []
    return _rows(engine, hostel)


def _hostel(engine: Engine, zone: str) -> Hostel:
    empty(engine)
    hostel = Hostel.create(engine, "h", zone, rooms=4)
    with engine.begin() as connection:
        connection.execute(text("UPDATE meters SET measures = 'register', register_digits = 5 WHERE serial >= 'M3'"))
        connection.execute(text("UPDATE meters SET interval_minutes = 15 WHERE serial IN ('M2', 'M4')"))
    return hostel


def _replay(store: PostgresReplays) -> None:
    done = replay(store, SilentModel(), FakeBus(), datetime.now(UTC) + timedelta(hours=1), lambda: 60.0)
    assert (done.failed, done.conflicts) == ({}, 0)


def _rows(engine: Engine, hostel: Hostel) -> dict[str, list[dict[str, Any]]]:
    return {name: [json.loads(row) for row in rows] for name, rows in derived(engine, hostel.hostel_id).items()}


def _records(hostel: Hostel, number: int, batch: Sequence[Fact]) -> list[Record]:
    """One record per kind and time of receipt: a batch is received as a whole."""
    records = []
    for at in sorted({(fact.at, fact.kind == "weather", fact.kind == "people") for fact in batch}):
        of = [fact for fact in batch if (fact.at, fact.kind == "weather", fact.kind == "people") == at]
        records.append(Record(f"{number}-{at}", encode(_batch(hostel, of))))
    return records


def _batch(hostel: Hostel, facts: Sequence[Fact]) -> Any:
    common: dict[str, Any] = {"hostel_id": hostel.hostel_id, "source": "test", "received_at": facts[0].at}
    common["ts"] = [fact.ts for fact in facts]
    values, nothing = [fact.value for fact in facts], [None] * len(facts)
    if facts[0].kind == "weather":
        return WeatherBatch(**common, temperature_c=values, humidity=nothing)
    if facts[0].kind == "people":
        return OccupancyBatch(**common, room=[fact.key for fact in facts], count=[int(value) for value in values])
    return ReadingsBatch(
        **common,
        meter=[fact.key for fact in facts],
        interval_s=nothing,
        kwh=[fact.value if fact.kind == "kwh" else None for fact in facts],
        register_kwh=[fact.value if fact.kind == "register" else None for fact in facts],
        voltage=[230.0] * len(facts),
        current=nothing,
        power_factor=nothing,
    )
