"""The consumer on the real database: replayed, interrupted and raced, it stores what one clean pass stores."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.fakes.telemetry import FakeBus, SilentModel
from tests.integration.hostel import Hostel, at, rows_of
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.telemetry import contexts
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.telemetry import ReadingsBatch, encode
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.alerts.raise_alerts import raise_alerts
from wattwarden.usecases.telemetry.score import Record, score

START = at("2026-07-01T00:00")
NOW = at("2026-07-03T00:00")
HOUR = 3600
SCORED = ("readings", "readings_hourly", "readings_daily", "meter_state", "anomalies", "incidents", "outbox")


class KilledAfterCommit(PostgresTelemetry):
    """The process dies when the batch is committed but nobody was told."""

    def commit(self, effects: Effects) -> None:
        super().commit(effects)
        raise UnavailableError("killed")


def records(hostel: Hostel) -> list[Record]:
    """Two days of hourly readings, six hours a record; on the second day M1 draws more than any room may."""
    return [_record(hostel, first, range(first, first + 6)) for first in range(0, 48, 6)]


def test_a_replayed_killed_and_raced_stream_stores_what_one_clean_pass_stores(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    stream, bus = records(hostel), FakeBus()
    for record in stream:
        score([record], store, SilentModel(), bus, NOW)
    clean = _stored(engine)
    assert all(clean.values())
    with engine.begin() as connection:
        for name in SCORED:
            connection.exec_driver_sql(f"DELETE FROM {name}")

    def deliver(record: Record) -> None:
        with pytest.raises(UnavailableError):
            score([record], KilledAfterCommit(engine), SilentModel(), bus, NOW)
        with ThreadPoolExecutor(2) as pool:
            again = [pool.submit(score, [record], store, SilentModel(), bus, NOW) for _ in range(2)]
            assert [future.result().repeated for future in again] == [24, 24]

    for record in stream:
        deliver(record)
    assert _stored(engine) == clean


def test_what_a_crash_left_in_the_outbox_becomes_alerts(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    for record in records(hostel):
        with pytest.raises(UnavailableError):
            score([record], KilledAfterCommit(engine), SilentModel(), FakeBus(), NOW)
    alerts = PostgresAlerts(engine)
    raised = [raise_alerts(event, "Asia/Kolkata", alerts, NOW) for event in store.unpublished(0, 100)]

    [alert, *_] = alerts.alerts([alert_id for event in raised for alert_id in event.alert_ids])
    assert (alert.room, alert.hostel_id) == ("A-1", hostel.hostel_id)
    assert alert.peak_kw == 5.0


def _record(hostel: Hostel, name: int, hours: Sequence[int]) -> Record:
    rows = [(f"M{n}", START.timestamp() + (h + 1) * HOUR, _kwh(n, h)) for h in hours for n in range(1, 5)]
    nothing: list[float | None] = [None] * len(rows)
    batch = ReadingsBatch(
        hostel_id=hostel.hostel_id,
        source="gateway:1",
        received_at=NOW.timestamp(),
        meter=[row[0] for row in rows],
        ts=[row[1] for row in rows],
        interval_s=nothing,
        kwh=[row[2] for row in rows],
        register_kwh=nothing,
        voltage=[230.0] * len(rows),
        current=nothing,
        power_factor=nothing,
    )
    return Record(f"record-{name}", encode(batch))


def _kwh(meter: int, hour: int) -> float:
    return 5.0 if meter == 1 and 30 <= hour < 34 else 0.2 + 0.01 * ((hour * 7 + meter) % 13)


def _stored(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """All that scoring writes, without the time of writing."""
    found = {name: rows_of(engine, f"SELECT * FROM {name} ORDER BY 1, 2") for name in SCORED}
    return {
        name: [{k: v for k, v in row.items() if k not in {"created_at", "published_at"}} for row in rows]
        for name, rows in found.items()
    }


def test_a_consumer_that_remembers_a_meter_finds_out_who_else_moved_it_on(engine: Engine, hostel: Hostel) -> None:
    one, other = PostgresTelemetry(engine), PostgresTelemetry(engine)
    stream, key = records(hostel), (hostel.hostel_id, "M1")
    for place, record in enumerate(stream):
        score([record], (one, other)[place % 2], SilentModel(), FakeBus(), NOW)
        assert one.meters([key]) == other.meters([key])
    remembered = one.meters([key])[key]
    assert remembered.version == len(stream)
    assert remembered == PostgresTelemetry(engine).meters([key])[key]


def test_what_is_forgotten_is_read_again(engine: Engine, hostel: Hostel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "_MOST", 2)
    store = PostgresTelemetry(engine)
    keys = [(hostel.hostel_id, f"M{n}") for n in range(1, 5)]
    for key in (*keys, *keys[:1]):
        assert [context.serial for context in store.meters([key]).values()] == [key[1]]
    assert set(store.meters(keys)) == set(keys)
