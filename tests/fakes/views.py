"""The read side in memory: rows with their hostel, filtered by scope as the real one does."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from wattwarden.contracts.api.alerts import AlertDetail, AlertPage, AnomalyOut, AnomalyPage
from wattwarden.contracts.api.hostels import HostelOut
from wattwarden.contracts.api.meters import FaultCounts, MeterChangeList, MeterChangeOut, MeterOut
from wattwarden.contracts.api.operations import DriftOut, Health, QuarantineOut, QuarantinePage
from wattwarden.contracts.api.rooms import ReadingOut, ReadingPage, ReadingVersions, RoomOut, SeriesOut, SeriesPoint
from wattwarden.domain.alerts import AlertState
from wattwarden.domain.anomalies import Severity
from wattwarden.domain.data_health import MeterFault
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.policy import Resolution, Scope
from wattwarden.ports.views import Views


def _sees(scope: Scope, hostel_id: int) -> bool:
    return scope is None or hostel_id in scope


def _page[T](
    rows: Iterable[T], instant: Callable[[T], datetime], before: datetime | None, limit: int
) -> tuple[list[T], datetime | None]:
    """The `limit` youngest rows and those that share the last one's instant; where the next page starts."""
    found = sorted((row for row in rows if before is None or instant(row) < before), key=instant, reverse=True)
    if len(found) < limit:
        return found, None
    last = instant(found[limit - 1])
    return [row for row in found if instant(row) >= last], last


def _starts(start: datetime, end: datetime, resolution: Resolution, zone: ZoneInfo) -> Iterator[datetime]:
    """Of the hours (UTC) or days (of the zone) from the one that `start` falls into."""
    by_hour = resolution == "hour"
    begin = start.astimezone(UTC if by_hour else zone).replace(minute=0, second=0, microsecond=0)
    begin = begin if by_hour else begin.replace(hour=0)
    while begin < end:
        yield begin.astimezone(UTC)
        begin += timedelta(hours=1) if by_hour else timedelta(days=1)


def _unmeasured(start: datetime) -> SeriesPoint:
    nothing = ("kwh", "filled_kwh", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
    return SeriesPoint(start=start, coverage=0, **dict.fromkeys(nothing))


@dataclass
class FakeViews(Views):
    homes: dict[int, HostelOut] = field(default_factory=dict)
    all_rooms: dict[int, RoomOut] = field(default_factory=dict)
    details: dict[UUID, AlertDetail] = field(default_factory=dict)
    found: list[AnomalyOut] = field(default_factory=list)
    raw: dict[int, list[ReadingOut]] = field(default_factory=dict)
    quarantined: list[tuple[int | None, QuarantineOut]] = field(default_factory=list)
    drifted: list[DriftOut] = field(default_factory=list)
    all_meters: dict[int, tuple[int, MeterOut]] = field(default_factory=dict)
    """By id: the hostel and the meter."""
    changed: dict[int, list[MeterChangeOut]] = field(default_factory=dict)
    faulty: list[MeterFault] = field(default_factory=list)
    sent: dict[int, list[ReadingVersions]] = field(default_factory=dict)
    resolutions: list[Resolution] = field(default_factory=list)
    """What was asked of `series`, in order."""

    def hostels(self, scope: Scope) -> list[HostelOut]:
        return [hostel for hostel in self.homes.values() if _sees(scope, hostel.hostel_id)]

    def hostel(self, scope: Scope, hostel_id: int) -> HostelOut:
        if hostel_id not in self.homes or not _sees(scope, hostel_id):
            raise NotFoundError(f"there is no hostel {hostel_id}")
        return self.homes[hostel_id]

    def rooms(self, scope: Scope, hostel_id: int, block: str | None, floor: int | None, now: datetime) -> list[RoomOut]:
        assert now.tzinfo
        self.hostel(scope, hostel_id)
        return [
            room
            for room in self.all_rooms.values()
            if room.hostel_id == hostel_id and block in (None, room.block) and floor in (None, room.floor)
        ]

    def room(self, scope: Scope, room_id: int, now: datetime) -> RoomOut:
        assert now.tzinfo
        room = self.all_rooms.get(room_id)
        if room is None or not _sees(scope, room.hostel_id):
            raise NotFoundError(f"there is no room {room_id}")
        return room

    def readings(self, scope: Scope, room_id: int, before: datetime | None, limit: int) -> ReadingPage:
        self._require_room(scope, room_id)
        rows, next_before = _page(self.raw.get(room_id, []), lambda reading: reading.ts, before, limit)
        return ReadingPage(readings=rows, next_before=next_before)

    def versions(
        self, scope: Scope, room_id: int, meter: str | None, start: datetime, end: datetime
    ) -> list[ReadingVersions]:
        self._require_room(scope, room_id)
        found = [v for v in self.sent.get(room_id, []) if start <= v.ts < end and meter in (None, v.meter)]
        return sorted(found, key=lambda versions: versions.ts, reverse=True)

    def meters(self, scope: Scope, room_id: int) -> list[MeterOut]:
        self._require_room(scope, room_id)
        return [meter for _, meter in self.all_meters.values() if meter.room_id == room_id]

    def require_meter(self, scope: Scope, meter_id: int) -> MeterOut:
        hostel_id, meter = self.all_meters.get(meter_id, (0, None))
        if meter is None or not _sees(scope, hostel_id):
            raise NotFoundError(f"there is no meter {meter_id}")
        return meter

    def changes(self, scope: Scope, meter_id: int) -> MeterChangeList:
        self.require_meter(scope, meter_id)
        return MeterChangeList(meter_id=meter_id, changes=self.changed.get(meter_id, []))

    def faults(
        self, scope: Scope, hostel_id: int | None, now: datetime
    ) -> tuple[Sequence[MeterFault], Mapping[tuple[int, str], int]]:
        assert now.tzinfo
        if hostel_id is not None:
            self.hostel(scope, hostel_id)
        serving = {
            meter_id: (home, self.all_rooms[meter.room_id].block)
            for meter_id, (home, meter) in self.all_meters.items()
            if _sees(scope, home) and hostel_id in (None, home) and meter.removed_at is None
        }
        removed = self.all_meters.keys() - serving.keys()
        faulty = [f for f in self.faulty if _sees(scope, f.hostel_id) and hostel_id in (None, f.hostel_id)]
        return [fault for fault in faulty if fault.meter_id not in removed], Counter(serving.values())

    def series(self, scope: Scope, room_id: int, start: datetime, end: datetime, resolution: Resolution) -> SeriesOut:
        assert start < end
        self._require_room(scope, room_id)
        self.resolutions.append(resolution)
        zone = self.homes[self.all_rooms[room_id].hostel_id].timezone
        points = [_unmeasured(begin) for begin in _starts(start, end, resolution, ZoneInfo(zone))]
        return SeriesOut(room_id=room_id, timezone=zone, resolution=resolution, points=points)

    def anomalies(
        self, scope: Scope, hostel_id: int | None, room_id: int | None, before: datetime | None, limit: int
    ) -> AnomalyPage:
        if hostel_id is not None:
            self.hostel(scope, hostel_id)
        if room_id is not None:
            self._require_room(scope, room_id)
        seen = [a for a in self.found if _sees(scope, self.all_rooms[a.room_id].hostel_id)]
        chosen = [
            a for a in seen if room_id in (None, a.room_id) and hostel_id in (None, self.all_rooms[a.room_id].hostel_id)
        ]
        rows, next_before = _page(chosen, lambda anomaly: anomaly.ts, before, limit)
        return AnomalyPage(anomalies=rows, next_before=next_before)

    def alerts(
        self,
        scope: Scope,
        hostel_id: int | None,
        state: AlertState | None,
        severity: Severity | None,
        before: datetime | None,
        limit: int,
    ) -> AlertPage:
        if hostel_id is not None:
            self.hostel(scope, hostel_id)
        chosen = [
            detail.alert
            for detail in self.details.values()
            if _sees(scope, detail.alert.hostel_id)
            and hostel_id in (None, detail.alert.hostel_id)
            and state in (None, detail.alert.state)
            and severity in (None, detail.alert.severity)
        ]
        rows, next_before = _page(chosen, lambda alert: alert.created_at, before, limit)
        return AlertPage(alerts=rows, next_before=next_before)

    def alert(self, scope: Scope, alert_id: UUID) -> AlertDetail:
        detail = self.details.get(alert_id)
        if detail is None or not _sees(scope, detail.alert.hostel_id):
            raise NotFoundError(f"there is no alert {alert_id}")
        return detail

    def health(self, scope: Scope, now: datetime) -> Health:
        return Health(
            status="ok",
            database=True,
            meters=sum(_sees(scope, home) and meter.removed_at is None for home, meter in self.all_meters.values()),
            silent_meters=0,
            faults=FaultCounts(silent=0, stuck=0, clock_wrong=0, implausible=0, contradicting=0, replay_failing=0),
            last_reading_received=now,
            outbox_waiting=0,
            messages_failed=0,
            quarantined=len(self.waiting(scope)),
            model_version=None,
            model_share_last_hour=None,
        )

    def drift(self, limit: int) -> list[DriftOut]:
        return self.drifted[:limit]

    def quarantine(self, scope: Scope, before: datetime | None, limit: int) -> QuarantinePage:
        rows, next_before = _page(self.waiting(scope), lambda item: item.first_seen, before, limit)
        return QuarantinePage(items=rows, next_before=next_before, beyond=[])

    def waiting(self, scope: Scope) -> list[QuarantineOut]:
        return [item for hostel_id, item in self.quarantined if scope is None or hostel_id in scope]

    def _require_room(self, scope: Scope, room_id: int) -> None:
        if room_id not in self.all_rooms or not _sees(scope, self.all_rooms[room_id].hostel_id):
            raise NotFoundError(f"there is no room {room_id}")
