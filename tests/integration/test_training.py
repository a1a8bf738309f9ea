"""What retraining reads and records."""

import math

import pyarrow as pa
from sqlalchemy import Engine

from tests.integration.hostel import Hostel, at, readings, rows_of
from wattwarden.adapters.datasets import SCHEMA
from wattwarden.adapters.postgres.history import PostgresHistory
from wattwarden.adapters.postgres.models import PostgresModels
from wattwarden.adapters.postgres.telemetry import PostgresTelemetry
from wattwarden.ports.models import ModelVersion
from wattwarden.ports.scoring import Around, Effects

NOON = at("2026-07-01T12:00")
T = NOON.timestamp()
HOUR = 3600


def test_history_has_each_reading_with_what_held_when_its_interval_began(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    first, second = hostel.meters[:2]
    rows = [(first, T + HOUR, 0.5), (first, T, math.nan), (second, T + 40 * HOUR, 0.25), (first, T - HOUR, 0.1)]
    store.commit(Effects(readings(rows)))
    counts = [(hostel.hostel_id, room, T, count, "test", T) for room, count in (("A-1", 2), ("A-2", 1))]
    weather = (hostel.hostel_id, T - 2 * HOUR, 31.0, 60.0, "test", T)
    store.save_around(Around(occupancy=counts, weather=[weather]))
    chunks = list(PostgresHistory(engine).chunks(NOON))
    tables = [pa.table({name: chunk[name] for name in SCHEMA.names}, schema=SCHEMA) for chunk in chunks]
    got = [row for table in tables for row in table.to_pylist()]

    assert [(row["hostel"], row["meter"], row["ts"]) for row in got] == [
        ("hostel-1", "M1", T),
        ("hostel-1", "M1", T + HOUR),
        ("hostel-1", "M2", T + 40 * HOUR),
    ]
    assert [row["kwh"] for row in got[1:]] == [0.5, 0.25]
    assert math.isnan(got[0]["kwh"])
    assert [row["temperature_c"] for row in got[:2]] == [31.0, 31.0]
    assert math.isnan(got[0]["occupancy"])  # nobody had counted when that interval began
    assert got[1]["occupancy"] == 2
    assert math.isnan(got[2]["occupancy"])  # a head count says nothing after a day
    assert (got[0]["beds"], got[0]["has_ac"], got[0]["timezone"], got[0]["label"]) == (2, False, "Asia/Kolkata", None)


def test_a_new_champion_retires_the_one_before(engine: Engine) -> None:
    models = PostgresModels(engine)
    assert models.champion() is None
    models.record("first", "challenger", "s3://models/first", {"event_f1": 0.7})
    models.record("first", "champion", None, {})
    models.record("second", "challenger", "s3://models/second", {"event_f1": 0.8})
    assert models.champion() == ModelVersion("first", "champion", {"event_f1": 0.7})
    models.record("second", "champion", None, {})
    models.record("second", "champion", None, {})

    assert models.champion() == ModelVersion("second", "champion", {"event_f1": 0.8})
    states = rows_of(
        engine, "SELECT name, state, artifact_uri, retired_at IS NULL AS kept FROM model_versions ORDER BY id"
    )
    assert [tuple(row.values()) for row in states] == [
        ("first", "retired", "s3://models/first", False),
        ("second", "champion", "s3://models/second", True),
    ]
