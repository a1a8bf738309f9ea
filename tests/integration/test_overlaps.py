"""A meter passes each minute once: whatever is told of its time, in whatever steps, order and repetition."""

import json
from datetime import UTC, datetime, timedelta
from itertools import batched
from random import Random
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine

from tests.fakes.telemetry import FakeBus, SilentModel
from tests.integration.hostel import Hostel, empty, rows_of
from verify.trust.passes import derived
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.telemetry import ReadingsBatch, encode
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.replay import replay
from wattwarden.usecases.telemetry.score import score

START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
NOW = datetime(2026, 4, 20, tzinfo=UTC)
HOUR = 3600.0
DAYS = 3
QUARTERS = 96 * DAYS


class Telling(NamedTuple):
    """The energy of an interval that ends `end` seconds after the start; without a length, of the meter's own."""

    end: float
    kwh: float
    length: float | None = HOUR


def telemetry(engine: Engine, batches: list[list[Telling]], random: Random | None = None) -> dict[str, Any]:
    """What a database holds after one hourly meter told this."""
    empty(engine)
    hostel = Hostel.create(engine, "h", "Asia/Kolkata", rooms=1)
    store, replays = PostgresTelemetry(engine), PostgresReplays(engine)
    for number, batch in enumerate(batches):
        nothing = [None] * len(batch)
        told = ReadingsBatch(
            hostel_id=hostel.hostel_id, source="test", received_at=START + 40 * 86_400, meter=["M1"] * len(batch),
            ts=[START + telling.end for telling in batch], interval_s=[telling.length for telling in batch],
            kwh=[telling.kwh for telling in batch], register_kwh=nothing, voltage=nothing, current=nothing,
            power_factor=nothing,
        )  # fmt: skip
        score([Record(str(number), encode(told))], store, SilentModel(), FakeBus(), NOW)
        if random and random.random() < 0.3:
            _replay(replays)
    _replay(replays)
    return {name: [json.loads(row) for row in rows] for name, rows in derived(engine, hostel.hostel_id).items()}


def _replay(replays: PostgresReplays) -> None:
    done = replay(replays, SilentModel(), FakeBus(), datetime.now(UTC) + timedelta(hours=1), lambda: 60.0)
    assert (done.failed, done.conflicts) == ({}, 0)


def energy(engine: Engine) -> float:
    [row] = rows_of(engine, "SELECT coalesce(sum(kwh), 0)::float8 AS kwh, max(measured_s) AS most FROM readings_hourly")
    [day] = rows_of(engine, "SELECT coalesce(sum(kwh), 0)::float8 AS kwh FROM readings_daily")
    assert row["most"] is None or row["most"] <= HOUR
    assert day["kwh"] == pytest.approx(row["kwh"])
    return float(row["kwh"])


def test_two_readings_of_one_interval_some_tenths_of_a_second_apart_are_one(migrated: Engine) -> None:
    telemetry(migrated, [[Telling(HOUR, 0.4, None), Telling(HOUR + 0.4, 0.4, None)]])
    assert energy(migrated) == 0.4


@pytest.mark.parametrize("off", [0.3, 10, 45])
def test_a_day_exported_once_more_with_times_that_are_off_counts_once(migrated: Engine, off: float) -> None:
    day = [Telling(HOUR * n / 2, 0.1, HOUR / 2) for n in range(1, 49)]
    again = [Telling(telling.end + off, telling.kwh, telling.length) for telling in day]
    telemetry(migrated, [again, day])
    assert energy(migrated) == pytest.approx(4.8)


def test_a_days_total_among_its_hours_counts_for_what_is_missing_and_a_wrong_one_is_named(migrated: Engine) -> None:
    hours = [Telling(HOUR * n, 0.2) for n in range(1, 49) if n not in {7, 8}]
    right, wrong = Telling(24 * HOUR, 5.0, 24 * HOUR), Telling(48 * HOUR, 50.0, 24 * HOUR)
    telemetry(migrated, [[right], hours[:20], [wrong], hours[20:]])
    assert energy(migrated) == pytest.approx(5.0 + 24 * 0.2)
    [fault] = rows_of(migrated, "SELECT kind, n, detail FROM meter_faults")
    assert (fault["kind"], fault["n"]) == ("contradicting", 1)
    assert "50.0000 kWh in 1440 minutes" in fault["detail"]
    values = rows_of(migrated, "SELECT kwh::float8 AS kwh FROM reading_versions ORDER BY kwh")
    assert [row["kwh"] for row in values] == [5.0, 50.0], "kept beside the hours that end where they do"


def test_a_meter_that_is_read_more_often_than_was_entered_loses_nothing(migrated: Engine) -> None:
    telemetry(migrated, [[Telling(HOUR * n / 4, 0.1, None)] for n in range(1, 13)])
    assert energy(migrated) == pytest.approx(1.2)


@pytest.mark.parametrize("seed", range(6))
def test_any_mixture_of_tellings_ends_as_the_same_rows_with_the_true_energy(migrated: Engine, seed: int) -> None:
    random = Random(seed)
    truth = [random.randint(0, 3000) for _ in range(QUARTERS)]
    told = [
        Telling(n * step * 900.0, sum(truth[(n - 1) * step : n * step]) / 1e4, step * 900.0)
        for step, share in ((1, 0.3), (4, 0.5), (24, 0.3), (96, 0.7))
        for n in range(1, QUARTERS // step + 1)
        if random.random() < share
    ]
    covered = [False] * QUARTERS
    for telling in told:
        last, slots = round(telling.end / 900), round((telling.length or 0) / 900)
        covered[last - slots : last] = [True] * slots
    in_order = sorted(told, key=lambda telling: (telling.end, telling.length))
    expected = telemetry(migrated, [in_order])
    true = sum(part for part, known in zip(truth, covered, strict=True) if known) / 1e4
    assert energy(migrated) == pytest.approx(true, abs=0.002)

    mixed = [*told, *random.sample(told, len(told) // 4)]
    mixed = [telling._replace(end=telling.end + random.choice((0, 0.25, -8.0, 25.0))) for telling in mixed]
    random.shuffle(mixed)
    found = telemetry(
        migrated, [list(batch) for batch in batched(mixed, random.choice((3, 40, 500)), strict=False)], random
    )
    assert energy(migrated) == pytest.approx(true, abs=0.002)
    for name in ("readings", "reading_versions", "readings_hourly", "readings_daily"):
        assert found[name] == expected[name], name
