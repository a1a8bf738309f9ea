"""A hostel in the database, and effects on it, for the tests of the adapters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Engine, insert, text

from wattwarden.adapters.postgres.base import tables as t
from wattwarden.domain.anomalies import Anomaly, Kind, Severity, Tier, incident_id
from wattwarden.domain.meters import StateRow
from wattwarden.domain.readings import ReadingRows
from wattwarden.domain.registers import Quality, RegisterState


@dataclass(frozen=True)
class Hostel:
    hostel_id: int
    rooms: list[int]
    meters: list[int]

    @classmethod
    def create(cls, engine: Engine, code: str, timezone: str, rooms: int) -> "Hostel":
        with engine.begin() as connection:

            def add(table: Any, **values: Any) -> int:
                return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())

            hostel_id = add(
                t.hostels, code=code, name=code, timezone=timezone, currency="INR", latitude=18.5, longitude=73.9
            )
            tariff = {"hostel_id": hostel_id, "currency": "INR"}
            connection.execute(
                insert(t.tariffs),
                [
                    {**tariff, "valid_from": datetime(2000, 1, 1, tzinfo=UTC).date(), "price_per_kwh": Decimal("8.50")},
                    {**tariff, "valid_from": datetime(2026, 6, 1, tzinfo=UTC).date(), "price_per_kwh": Decimal("9.25")},
                ],
            )
            room_ids = [
                add(t.rooms, hostel_id=hostel_id, block="A", floor=1, name=f"A-{n}", beds=2, has_ac=False)
                for n in range(1, rooms + 1)
            ]
            meter_ids = [
                add(
                    t.meters,
                    hostel_id=hostel_id,
                    room_id=room_id,
                    serial=f"M{n}",
                    measures="interval",
                    interval_minutes=60,
                    nominal_voltage=230,
                )
                for n, room_id in enumerate(room_ids, start=1)
            ]
        return cls(hostel_id, room_ids, meter_ids)


def at(text_: str) -> datetime:
    """An instant in UTC, from ISO text."""
    return datetime.fromisoformat(text_).replace(tzinfo=UTC)


def readings(
    rows: Sequence[tuple[int, float, float]],
    interval_s: float = 3600,
    expected: float = 0.5,
    zones: Sequence[str] = ("Asia/Kolkata",),
    quality: Quality = Quality.MEASURED,
) -> ReadingRows:
    """Rows from (meter id, epoch seconds, kWh); the zones of each of them, or of all."""
    n = len(rows)
    unknown = np.full(n, np.nan)
    return ReadingRows(
        meter_id=np.array([row[0] for row in rows], dtype=np.int64),
        ts=np.array([row[1] for row in rows], dtype=np.float64),
        interval_s=np.full(n, float(interval_s)),
        kwh=np.array([row[2] for row in rows], dtype=np.float64),
        register_kwh=unknown,
        voltage=np.full(n, 231.5),
        current=unknown,
        power_factor=unknown,
        quality=np.full(n, quality, dtype=object),
        timezone=np.array(zones if len(zones) == n else list(zones) * n, dtype=object),
        expected_low_kwh=np.full(n, expected / 2),
        expected_kwh=np.full(n, expected),
        expected_high_kwh=np.full(n, expected * 2),
        received_at=np.array([row[1] + 5 for row in rows], dtype=np.float64),
        told_kwh=unknown,
        told_interval_s=unknown,
    )


def state(
    meter_id: int,
    loaded_version: int,
    last_ts: float,
    blob: bytes = b"state",
    *,
    checkpoint: bool = False,
    ring: bytes | None = b"ring",
) -> StateRow:
    return StateRow(
        meter_id=meter_id,
        loaded_version=loaded_version,
        state=blob,
        ring=ring,
        last_ts=last_ts,
        register=RegisterState(),
        last_kw=0.4,
        expected_low_kw=0.1,
        expected_kw=0.3,
        expected_high_kw=0.6,
        last_received_at=last_ts + 5,
        stuck_since=None,
        checkpoint=checkpoint,
    )


def anomaly(meter_id: int, ts: datetime, opened: datetime, **changes: Any) -> Anomaly:
    values: dict[str, Any] = {
        "meter_id": meter_id,
        "ts": ts,
        "incident_id": incident_id(meter_id, opened),
        "kind": Kind.EXCESS,
        "severity": Severity.MEDIUM,
        "tier": Tier.MODEL,
        "score": 0.99,
        "confidence": 0.9,
        "actual_kwh": 2.0,
        "expected_low_kwh": 0.2,
        "expected_kwh": 0.5,
        "expected_high_kwh": 1.0,
        "excess_kwh": 1.5,
        "reasons": {"rule": "band"},
        "opens": ts == opened,
    }
    return Anomaly(**(values | changes))


def rows_of(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]


def empty(engine: Engine) -> None:
    """Delete every row; a handful is gone many times faster so than by truncating all partitions."""
    with engine.begin() as connection:
        for table in reversed(t.metadata.sorted_tables):
            connection.execute(table.delete())
