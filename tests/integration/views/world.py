"""Rows for the read side: a hostel in Kolkata with four rooms, and a foreign one in New York."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert

from tests.integration.hostel import Hostel, at
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.migrations.migrate import ensure_partitions
from wattwarden.domain.people import Principal, Role

NOW = at("2026-11-20T12:10:00")


@dataclass
class World:
    engine: Engine
    home: Hostel
    foreign: Hostel
    people: dict[Role, Principal] = field(default_factory=dict)

    @classmethod
    def create(cls, engine: Engine) -> "World":
        ensure_partitions(engine, NOW)
        home = Hostel.create(engine, "hostel-1", "Asia/Kolkata", rooms=4)
        world = cls(engine, home, Hostel.create(engine, "hostel-2", "America/New_York", rooms=1))
        for role in (Role.ADMIN, Role.WARDEN, Role.MANAGER):
            user_id = world.add(t.users, email=f"{role}@example.com", name=role.value.title(), role=role)
            world.people[role] = Principal(
                user_id, f"{role}@example.com", role.value.title(), role, frozenset({home.hostel_id})
            )
        return world

    @property
    def scope(self) -> frozenset[int]:
        return frozenset({self.home.hostel_id})

    def add(self, table: Any, **values: Any) -> Any:
        with self.engine.begin() as connection:
            key = connection.execute(insert(table).values(**values)).inserted_primary_key
        return key[0] if key else None

    def add_state(self, meter: int, last_ts: datetime, kw: float = 0.4, **values: Any) -> None:
        self.add(
            t.meter_state,
            meter_id=self.home.meters[meter],
            version=1,
            state=b"",
            last_ts=last_ts,
            last_kw=kw,
            expected_low_kw=0.1,
            expected_kw=0.3,
            expected_high_kw=0.6,
            last_received_at=last_ts + timedelta(seconds=5),
            **values,
        )

    def add_fault(self, meter: int, kind: str, last_at: datetime, hostel: Hostel | None = None) -> None:
        meter_id = (hostel or self.home).meters[meter]
        first_at = last_at - timedelta(hours=1)
        self.add(
            t.meter_faults, meter_id=meter_id, kind=kind, first_at=first_at, last_at=last_at, n=3, detail="ahead by 9 h"
        )

    def add_failure(self, meter: int, first_at: datetime, hostel: Hostel | None = None, **values: Any) -> None:
        row = {
            "meter_id": (hostel or self.home).meters[meter],
            "attempts": 3,
            "error": "ValueError: these facts cannot be read",
            "first_at": first_at,
            "last_at": NOW,
            "next_at": NOW + timedelta(minutes=5),
        }
        self.add(t.replay_failures, **(row | values))

    def add_reading(self, meter: int, ts: datetime, kwh: float | None = 0.5) -> None:
        self.add(
            t.readings,
            meter_id=self.home.meters[meter],
            ts=ts,
            interval_s=3600,
            kwh=kwh,
            voltage=231,
            quality="measured",
            received_at=ts,
        )

    def add_hour(
        self, meter: int, hour: datetime, kwh: float | None, measured_s: float = 3600, **values: float
    ) -> None:
        sums = _sums(kwh, measured_s) | values
        self.add(t.readings_hourly, meter_id=self.home.meters[meter], hour=hour, **sums)

    def add_day(self, meter: int, day: date, kwh: float | None, measured_s: float = 86_400) -> None:
        self.add(t.readings_daily, meter_id=self.home.meters[meter], day=day, **_sums(kwh, measured_s))

    def add_alert(self, number: int, created_at: datetime, hostel: Hostel | None = None, **values: Any) -> UUID:
        hostel = hostel or self.home
        row = {
            "id": UUID(int=number),
            "hostel_id": hostel.hostel_id,
            "room_id": hostel.rooms[0],
            "block": "A",
            "kind": "excess",
            "severity": "high",
            "started_at": created_at,
            "created_at": created_at,
        }
        self.add(t.alerts, **(row | values))
        return UUID(int=number)

    def add_incident(self, number: int, alert_id: UUID | None, hostel: Hostel | None = None, **values: Any) -> UUID:
        hostel = hostel or self.home
        row = {
            "id": UUID(int=number),
            "hostel_id": hostel.hostel_id,
            "room_id": hostel.rooms[0],
            "meter_id": hostel.meters[0],
            "kind": "excess",
            "severity": "high",
            "tier": "model",
            "started_at": NOW - timedelta(hours=3),
            "last_at": NOW,
            "peak_kw": 2.0,
            "expected_kw": 0.5,
            "excess_kwh": 3,
            "cost": Decimal("25.504"),
            "currency": "INR",
            "confidence": 0.9,
            "anomalies": 1,
            "alert_id": alert_id,
        }
        self.add(t.incidents, **(row | values))
        return UUID(int=number)

    def add_anomaly(self, number: int, incident_id: UUID, ts: datetime, meter: int = 0, **values: Any) -> None:
        row = {
            "id": UUID(int=number),
            "incident_id": incident_id,
            "meter_id": self.home.meters[meter],
            "room_id": self.home.rooms[meter],
            "hostel_id": self.home.hostel_id,
            "ts": ts,
            "anomaly_type": "high_consumption",
            "kind": "excess",
            "severity": "high",
            "tier": "model",
            "score": 0.9,
            "confidence": 0.9,
            "actual_kwh": 2.0,
            "expected_low_kwh": 0.2,
            "expected_kwh": 0.5,
            "expected_high_kwh": 1.0,
            "excess_kwh": 1.5,
            "cost": 12.75,
            "currency": "INR",
            "reasons": {"rule": "band"},
            "created_at": NOW,
        }
        self.add(t.anomalies, **(row | values))


def _sums(kwh: float | None, measured_s: float) -> dict[str, Any]:
    return {
        "kwh": kwh,
        "readings": 1,
        "measured_s": measured_s,
        "expected_low_kwh": 0.2,
        "expected_kwh": 0.5,
        "expected_high_kwh": 1.0,
    }
