"""Two hostels, in memory and in PostgreSQL: what the suites of the ports around people count on."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from tests.fakes import api as made
from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.people import (
    FakeAdmin,
    FakeMeterAdmin,
    FakeRedrives,
    FakeResponses,
    FakeSessions,
    FakeSuppressions,
)
from tests.fakes.views import FakeViews
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.alerts.responses import PostgresResponses
from wattwarden.adapters.postgres.alerts.sessions import PostgresSessions
from wattwarden.adapters.postgres.alerts.suppressions import PostgresSuppressions
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry
from wattwarden.adapters.postgres.hostels.hostel_admin import PostgresHostelAdmin
from wattwarden.adapters.postgres.hostels.meter_admin import PostgresMeterAdmin
from wattwarden.adapters.postgres.telemetry.redrive import PostgresRedrives
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.contracts.api.alerts import AlertDetail
from wattwarden.contracts.api.operations import QuarantineOut
from wattwarden.contracts.api.rooms import ReadingVersion, ReadingVersions
from wattwarden.domain.people import Principal, Role
from wattwarden.ports.asset_registry import AssetRegistry
from wattwarden.ports.live import LiveSessions
from wattwarden.ports.meters import MeterAdmin
from wattwarden.ports.redrive import RedriveStore
from wattwarden.ports.responses import AlertResponses
from wattwarden.ports.setup import HostelAdmin
from wattwarden.ports.suppressions import SuppressionStore
from wattwarden.ports.views import Views

__all__ = ["NOW", "FakeHostels", "Hostels", "RealHostels"]


class Hostels(ABC):
    """hostel-1 in Kolkata has the rooms A-1 to A-4 with the meters M1 to M4; M4 is a register. hostel-2 is foreign.

    Rooms and meters are named by their place in the lists.
    """

    home: int
    foreign: int
    rooms: list[int]
    meters: list[int]
    foreign_room: int
    foreign_meter: int
    people: dict[Role, Principal]

    views: Views
    responses: AlertResponses
    sessions: LiveSessions
    hostel_admin: HostelAdmin
    meter_admin: MeterAdmin
    redrives: RedriveStore
    suppressions: SuppressionStore

    @property
    def scope(self) -> frozenset[int]:
        return frozenset({self.home})

    @property
    @abstractmethod
    def registry(self) -> AssetRegistry:
        """One that remembers nothing."""

    @abstractmethod
    def add_alert(self, number: int, created_at: datetime, *, foreign: bool = False, **values: Any) -> UUID:
        """`values`: state and severity."""

    @abstractmethod
    def add_anomaly(self, number: int, ts: datetime, room: int = 0) -> None: ...

    @abstractmethod
    def add_reading(self, ts: datetime, kwh: float = 0.5, room: int = 0) -> None: ...

    @abstractmethod
    def add_version(self, ts: datetime, kwh: float, received_at: datetime) -> None:
        """A value that M1 sent before the one that counts."""

    @abstractmethod
    def add_waiting(self, first_seen: datetime, reason: str = "unknown_meter", *, hostel_id: int | None = None) -> int:
        """An item in quarantine; None: it names no hostel."""


class FakeHostels(Hostels):
    home, foreign = 1, 2
    foreign_room, foreign_meter = 20, 200

    def __init__(self) -> None:
        self.rooms, self.meters = [10, 11, 12, 13], [100, 101, 102, 103]
        self.people = {
            role: Principal(n, f"{role}@example.com", role.value.title(), role, self.scope)
            for n, role in enumerate((Role.ADMIN, Role.WARDEN, Role.MANAGER), start=1)
        }
        self._registry = FakeAssetRegistry(people={person.email: person for person in self.people.values()})
        self._views = FakeViews()
        self.views = self._views
        for hostel_id in (self.home, self.foreign):
            self._views.homes[hostel_id] = made.hostel(hostel_id).model_copy(update={"rooms": 0, "open_alerts": 0})
        for n, (room_id, meter_id) in enumerate(zip(self.rooms, self.meters, strict=True), start=1):
            self._add_room(self.home, room_id, meter_id, n, "register" if n == 4 else "interval")
        self._add_room(self.foreign, self.foreign_room, self.foreign_meter, 1, "interval")
        self.responses, self.sessions = FakeResponses(self._views), FakeSessions()
        self.hostel_admin, self.meter_admin = FakeAdmin(self._registry, self._views), FakeMeterAdmin(self._views)
        self.redrives, self.suppressions = FakeRedrives(self._views), FakeSuppressions(self._views)

    def _add_room(self, hostel_id: int, room_id: int, meter_id: int, n: int, measures: str) -> None:
        room = {"name": f"A-{n}", "meter": f"M{n}", "open_alerts": 0, "worst_severity": None}
        self._views.all_rooms[room_id] = made.room(room_id, hostel_id).model_copy(update=room)
        meter = {"serial": f"M{n}", "measures": measures}
        self._views.all_meters[meter_id] = hostel_id, made.meter(meter_id, room_id).model_copy(update=meter)

    @property
    def registry(self) -> AssetRegistry:
        return self._registry

    def add_alert(self, number: int, created_at: datetime, *, foreign: bool = False, **values: Any) -> UUID:
        place = (self.foreign, self.foreign_room) if foreign else (self.home, self.rooms[0])
        alert = made.alert(UUID(int=number), *place, created_at=created_at, **values)
        self._views.details[alert.alert_id] = AlertDetail(
            alert=alert, anomalies=[], witness=None, deliveries=[], feedback=[]
        )
        return alert.alert_id

    def add_anomaly(self, number: int, ts: datetime, room: int = 0) -> None:
        self._views.found.append(made.anomaly(self.rooms[room], anomaly_id=UUID(int=number), ts=ts))

    def add_reading(self, ts: datetime, kwh: float = 0.5, room: int = 0) -> None:
        reading = made.reading(ts).model_copy(update={"meter": f"M{room + 1}", "kwh": kwh})
        self._views.raw.setdefault(self.rooms[room], []).append(reading)

    def add_version(self, ts: datetime, kwh: float, received_at: datetime) -> None:
        counts = next(r for r in self._views.raw[self.rooms[0]] if r.ts == ts)
        former = ReadingVersion(kwh=kwh, register_kwh=None, received_at=received_at)
        value = ReadingVersion(kwh=counts.kwh, register_kwh=None, received_at=ts)
        one = ReadingVersions(meter="M1", ts=ts, counts=value, superseded=[former])
        self._views.sent.setdefault(self.rooms[0], []).append(one)

    def add_waiting(self, first_seen: datetime, reason: str = "unknown_meter", *, hostel_id: int | None = None) -> int:
        number = len(self._views.quarantined) + 1
        item = QuarantineOut(
            quarantine_id=number,
            source="gateway:1",
            reason=reason,
            detail="",
            payload={},
            first_seen=first_seen,
            times=1,
            last_received_at=first_seen,
        )
        self._views.quarantined.append((hostel_id, item))
        return number


class RealHostels(Hostels):
    def __init__(self, engine: Engine) -> None:
        self.world = World.create(engine)
        home, foreign = self.world.home, self.world.foreign
        self.home, self.rooms, self.meters = home.hostel_id, home.rooms, home.meters
        self.foreign, self.foreign_room, self.foreign_meter = foreign.hostel_id, foreign.rooms[0], foreign.meters[0]
        self.people = self.world.people
        with engine.begin() as connection:
            connection.execute(t.meters.update().where(t.meters.c.id == self.meters[3]).values(measures="register"))
        self.views, self.responses, self.sessions = (
            PostgresViews(engine),
            PostgresResponses(engine),
            PostgresSessions(engine),
        )
        self.hostel_admin, self.meter_admin = PostgresHostelAdmin(engine), PostgresMeterAdmin(engine)
        self.redrives, self.suppressions = PostgresRedrives(engine), PostgresSuppressions(engine)

    @property
    def registry(self) -> AssetRegistry:
        return PostgresAssetRegistry(self.world.engine)

    def add_alert(self, number: int, created_at: datetime, *, foreign: bool = False, **values: Any) -> UUID:
        return self.world.add_alert(number, created_at, self.world.foreign if foreign else None, **values)

    def add_anomaly(self, number: int, ts: datetime, room: int = 0) -> None:
        incident = self.world.add_incident(1_000 + number, None)
        self.world.add_anomaly(number, incident, ts, meter=room)

    def add_reading(self, ts: datetime, kwh: float = 0.5, room: int = 0) -> None:
        self.world.add_reading(room, ts, kwh)

    def add_version(self, ts: datetime, kwh: float, received_at: datetime) -> None:
        self.world.add(t.reading_versions, meter_id=self.meters[0], ts=ts, received_at=received_at, kwh=kwh)

    def add_waiting(self, first_seen: datetime, reason: str = "unknown_meter", *, hostel_id: int | None = None) -> int:
        key = self.world.add(
            t.quarantine,
            dedupe_key=f"{first_seen}{reason}{hostel_id}",
            source="gateway:1",
            reason=reason,
            detail="",
            payload={} if hostel_id is None else {"hostel_id": hostel_id},
            first_seen=first_seen,
        )
        return int(key)
