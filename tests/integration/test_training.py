"""What retraining reads and records."""

import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Engine, insert, update

from tests.integration.hostel import Hostel, anomaly, at, readings, rows_of
from wattwarden.adapters.datasets import SCHEMA
from wattwarden.adapters.postgres.alerts.responses import PostgresResponses
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.models.history import PostgresHistory
from wattwarden.adapters.postgres.models.model_versions import PostgresModels
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.domain.people import Principal, Role
from wattwarden.ports.models import LiveRecord
from wattwarden.ports.scoring import Effects, ExogenousFacts

NOON = at("2026-07-01T12:00")
T = NOON.timestamp()
HOUR = 3600


def later(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def test_history_has_each_reading_with_what_held_when_its_interval_began(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    first, second = hostel.meters[:2]
    rows = [(first, T + HOUR, 0.5), (first, T, math.nan), (second, T + 40 * HOUR, 0.25), (first, T - HOUR, 0.1)]
    store.commit(Effects(readings(rows)))
    counts = [(hostel.hostel_id, room, T, count, "test", T) for room, count in (("A-1", 2), ("A-2", 1))]
    weather = (hostel.hostel_id, T - 2 * HOUR, 31.0, 60.0, "test", T)
    store.save_exogenous(ExogenousFacts(occupancy=counts, weather=[weather]))
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


def test_what_people_said_about_an_alert_labels_the_readings_of_its_incidents(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    first, second = hostel.meters[:2]
    store.commit(Effects(readings([(meter, T + h * HOUR, 0.5) for meter in (first, second) for h in range(8)])))
    found = [anomaly(first, later(h), later(1)) for h in (1, 3)]
    found += [anomaly(first, later(6), later(6)), anomaly(second, later(2), later(2))]
    closed = [(first, later(4)), (first, later(7)), (second, later(3))]
    store.commit(Effects(anomalies=found, closed_incidents=closed))
    for number, (meter, start) in enumerate(((first, 1), (first, 6), (second, 2)), start=1):
        _raise_alert(engine, hostel, number, meter, start)
    responses, person = PostgresResponses(engine), _warden(engine, hostel)
    for number, verdict in ((1, "unsure"), (1, "real"), (2, "expected"), (3, "real"), (3, "unsure")):
        responses.say(UUID(int=number), person, verdict, None, datetime.now(UTC))

    labels = {chunk["meter"][0]: (chunk["label"], chunk["kind"]) for chunk in PostgresHistory(engine).chunks(NOON)}

    # the incident of 1 to 3 h was real, readings in between and all; that of 6 h was expected; nobody knows the other
    assert labels["M1"][0] == [None, 1, 1, 1, None, None, 0, None]
    assert labels["M1"][1] == [None, "excess", "excess", "excess", None, None, None, None]
    assert labels["M2"] == ([None] * 8, [None] * 8)


def test_since_when_a_model_is_retired_is_on_record(engine: Engine) -> None:
    models = PostgresModels(engine)
    for name in ("first", "second", "second"):
        models.record(name, "champion")
    states = rows_of(engine, "SELECT name, retired_at IS NULL AS kept FROM model_versions ORDER BY id")
    assert [tuple(row.values()) for row in states] == [("first", False), ("second", True)]


def test_a_models_live_record_counts_alerts_by_who_judged_first_and_what_people_said_last(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    first, second, third = hostel.meters[:3]
    found = [anomaly(first, later(1), later(1), model_version="new")]
    found.append(anomaly(first, later(2), later(1), model_version="old"))  # the same incident goes on
    found.append(anomaly(second, later(1), later(1), model_version="new"))
    found.append(anomaly(third, later(1), later(1), model_version="old"))
    store.commit(Effects(anomalies=found))
    person = _warden(engine, hostel)
    responses = PostgresResponses(engine)
    for number, meter in enumerate((first, second, third), start=1):
        _raise_alert(engine, hostel, number, meter, 1)
    for number, verdict in ((1, "real"), (1, "expected"), (3, "real")):
        responses.say(UUID(int=number), person, verdict, None, datetime.now(UTC))
    models = PostgresModels(engine)
    assert models.live_record("new", since) == LiveRecord(alerts=2, real=0, expected=1)
    assert models.live_record("old", since) == LiveRecord(alerts=1, real=1, expected=0)
    assert models.live_record("old", datetime.now(UTC) + timedelta(minutes=1)) == LiveRecord()
    stored = rows_of(engine, "SELECT model_version FROM anomalies ORDER BY meter_id, ts")
    assert [row["model_version"] for row in stored] == ["new", "old", "new", "old"]


def _warden(engine: Engine, hostel: Hostel) -> Principal:
    row = insert(t.users).values(email="w@example.com", name="W", role="warden").returning(t.users.c.id)
    with engine.begin() as connection:
        user = connection.execute(row).scalar_one()
    return Principal(user, "w@example.com", "W", Role.WARDEN, frozenset({hostel.hostel_id}))


def _raise_alert(engine: Engine, hostel: Hostel, number: int, meter: int, start: float) -> None:
    alert = {"id": UUID(int=number), "hostel_id": hostel.hostel_id, "block": "A", "kind": "excess"}
    alert |= {"severity": "low", "title": "t", "why": "w", "started_at": later(start)}
    mine = (t.incidents.c.meter_id == meter) & (t.incidents.c.started_at == later(start))
    with engine.begin() as connection:
        connection.execute(insert(t.alerts).values(**alert))
        connection.execute(update(t.incidents).where(mine).values(alert_id=UUID(int=number)))
