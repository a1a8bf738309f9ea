"""A register that falls back in the middle of an incident: its neighbours' readings, its own, and its replay."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine, text

from tests.fakes.telemetry import FakeBus
from tests.integration.hostel import Hostel, at, rows_of
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.telemetry import ReadingsBatch, encode
from wattwarden.ports.scoring import Model
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.replay import replay
from wattwarden.usecases.telemetry.score import score

START = at("2026-03-01T00:00").timestamp()
NOW = datetime(2026, 4, 20, tzinfo=UTC)
DAYS = 20
LATER = datetime.now(UTC) + timedelta(hours=1)


class Suspicious(Model):
    """Finds nothing worth an alarm, and everything suspicious enough to keep an incident going."""

    version = "suspicious"

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.tile(np.array([0.5, 0.1, 0.2, 0.4, 0.9], dtype=np.float32), (len(features), 1))


@pytest.fixture
def registers(engine: Engine, hostel: Hostel) -> Hostel:
    with engine.begin() as connection:
        connection.execute(text("UPDATE meters SET measures = 'register'"))
    return hostel


def batch(hostel: Hostel, rows: list[tuple[str, int, float]], voltage: float = 230.0) -> Record:
    """One record of (meter, hour, register)."""
    nothing: list[float | None] = [None] * len(rows)
    said = ReadingsBatch(
        hostel_id=hostel.hostel_id,
        source="test",
        received_at=START + max(hour for _, hour, _ in rows) * 3600 + 5,
        meter=[meter for meter, _, _ in rows],
        ts=[START + hour * 3600 for _, hour, _ in rows],
        interval_s=nothing,
        kwh=nothing,
        register_kwh=[round(shown, 4) for _, _, shown in rows],
        voltage=[voltage] * len(rows),
        current=nothing,
        power_factor=nothing,
    )
    return Record(f"{rows[0][1]}-{len(rows)}-{voltage}", encode(said))


def ordinary(hostel: Hostel, store: PostgresTelemetry) -> dict[str, float]:
    """Twenty days of two meters; what they show afterwards."""
    random, shown = Random(1), {"M1": 100.0, "M2": 500.0}
    rows = []
    for hour in range(24 * DAYS):
        shown = {meter: value + random.uniform(0.1, 0.4) for meter, value in shown.items()}
        rows += [(meter, hour, value) for meter, value in shown.items()]
    score([batch(hostel, rows)], store, Suspicious(), FakeBus(), NOW)
    return shown


def derived(engine: Engine) -> dict[str, Any]:
    """What follows from the readings; without what says when something was written."""
    return {
        table: rows_of(engine, f"SELECT to_jsonb(t) - '{{version,created_at}}'::text[] AS r FROM {table} t ORDER BY 1")
        for table in ("readings", "readings_hourly", "readings_daily", "meter_state", "anomalies", "incidents")
    }


def replay_all(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE meter_state SET replay_from = :at, replay_first_marked_at = now(), replay_marked_at = now()"),
            {"at": datetime.fromtimestamp(START + 3600, UTC)},
        )
    done = replay(PostgresReplays(engine), Suspicious(), FakeBus(), LATER, lambda: 60.0)
    assert (done.meters, done.failed) == (2, {})


def test_a_reset_during_an_incident_takes_no_neighbours_reading_with_it(
    engine: Engine, store: PostgresTelemetry, registers: Hostel
) -> None:
    shown, hour = ordinary(registers, store), 24 * DAYS
    for n in range(4):
        shown["M1"] += 3.0
        score([batch(registers, [("M1", hour + n, shown["M1"])])], store, Suspicious(), FakeBus(), NOW)
    [incident] = rows_of(engine, "SELECT * FROM incidents")
    assert incident["anomalies"] == 4
    score(
        [batch(registers, [("M1", hour + 4, 0.4), ("M2", hour, shown["M2"] + 0.2)])],
        store, Suspicious(), FakeBus(), NOW,
    )  # fmt: skip
    stored = rows_of(engine, "SELECT meter_id, quality, kwh FROM readings ORDER BY ts DESC, meter_id")
    reset = stored[0]
    assert (reset["quality"], reset["kwh"]) == ("reset", None)
    neighbour = next(row for row in stored if row["meter_id"] == registers.meters[1])
    assert (neighbour["quality"], float(neighbour["kwh"])) == ("measured", 0.2)
    [judged] = rows_of(engine, "SELECT * FROM meter_state WHERE meter_id = :meter", meter=registers.meters[1])
    assert judged["last_ts"].timestamp() == START + hour * 3600
    assert rows_of(engine, "SELECT * FROM quarantine") == []
    [after] = rows_of(engine, "SELECT * FROM incidents")
    assert (after["anomalies"], after["excess_kwh"]) == (4, incident["excess_kwh"])
    before = derived(engine)
    replay_all(engine)
    assert derived(engine) == before


def test_a_sagging_supply_is_told_though_its_readings_have_no_energy(
    engine: Engine, store: PostgresTelemetry, registers: Hostel
) -> None:
    """Every hour the register falls back: the energy stays unknown, the voltage is known."""
    shown, hour = ordinary(registers, store), 24 * DAYS
    for n, value in enumerate((40.0, 30.0, 20.0)):
        rows = [("M1", hour + n, value), ("M2", hour + n, shown["M2"] + 0.2 * (n + 1))]
        score([batch(registers, rows, voltage=170.0)], store, Suspicious(), FakeBus(), NOW)
    one, other = rows_of(engine, "SELECT * FROM incidents ORDER BY meter_id")
    assert {one["kind"], other["kind"]} == {"undervoltage"}
    unknown = ("peak_kw", "excess_kwh", "cost")
    assert [one[name] for name in unknown] == [None] * 3
    assert None not in (other["peak_kw"], other["excess_kwh"])
    assert other["cost"] is None, "a sagging supply costs nothing"
    assert one["anomalies"] == other["anomalies"] == 3
    found = rows_of(engine, "SELECT * FROM anomalies WHERE meter_id = :meter", meter=registers.meters[0])
    assert {(row["actual_kwh"], row["excess_kwh"], row["cost"]) for row in found} == {(None, None, None)}
    assert {row["reasons"]["voltage"] for row in found} == {170.0}
    assert {row["reasons"]["value_kw"] for row in found} == {None}
    before = derived(engine)
    replay_all(engine)
    assert derived(engine) == before


def test_what_is_known_of_an_incident_adds_up_beside_what_is_not(
    engine: Engine, store: PostgresTelemetry, registers: Hostel
) -> None:
    shown, hour = ordinary(registers, store), 24 * DAYS
    first = shown["M1"] + 0.3
    for n, value in enumerate((first, 5.0, 5.4)):  # known, reset, known again
        rows = [("M1", hour + n, value), ("M2", hour + n, shown["M2"] + 0.2 * (n + 1))]
        score([batch(registers, rows, voltage=170.0)], store, Suspicious(), FakeBus(), NOW)
    [incident] = rows_of(engine, "SELECT * FROM incidents WHERE meter_id = :meter", meter=registers.meters[0])
    found = rows_of(engine, "SELECT * FROM anomalies WHERE meter_id = :meter ORDER BY ts", meter=registers.meters[0])
    assert [row["actual_kwh"] is None for row in found] == [False, True, False]
    assert float(incident["excess_kwh"]) == pytest.approx(
        sum(round(row["excess_kwh"], 4) for row in found if row["excess_kwh"] is not None), abs=1e-9
    )
    assert incident["peak_kw"] == pytest.approx(0.3), "of the first reading of the lowest voltage"
    before = derived(engine)
    replay_all(engine)
    assert derived(engine) == before


def test_readings_within_a_second_are_each_an_anomaly_of_their_own(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    ends = (0, 1, 2, 2 + 0.25 / 3600, 3)
    said = ReadingsBatch(
        hostel_id=hostel.hostel_id,
        source="test",
        received_at=START + 4 * 3600,
        meter=["M1"] * 5,
        ts=[START + 433 + hour * 3600 for hour in ends],  # on no grid
        interval_s=[None, None, None, 0.25, None],
        kwh=[0.2, 0.2, 0.2, 0.0001, 0.2],
        register_kwh=[None] * 5,
        voltage=[180.0] * 5,
        current=[None] * 5,
        power_factor=[None] * 5,
    )
    score([Record("1", encode(said))], store, Suspicious(), FakeBus(), NOW)
    [incident] = rows_of(engine, "SELECT anomalies FROM incidents")
    assert (incident["anomalies"], len(rows_of(engine, "SELECT id FROM anomalies"))) == (5, 5)
