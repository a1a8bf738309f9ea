"""The read side: what people look at. Every answer is limited to the hostels in `scope` (None: all of them).

A thing outside the scope is treated as one that does not exist.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wattwarden.contracts.api.alerts import AlertDetail, AlertPage, AnomalyPage
from wattwarden.contracts.api.hostels import HostelOut
from wattwarden.contracts.api.meters import MeterChangeList, MeterOut
from wattwarden.contracts.api.operations import DriftOut, Health, QuarantinePage
from wattwarden.contracts.api.rooms import ReadingPage, ReadingVersions, RoomOut, SeriesOut
from wattwarden.domain.alerts import AlertState
from wattwarden.domain.anomalies import Severity
from wattwarden.domain.data_health import MeterFault
from wattwarden.domain.policy import Resolution, Scope


class RoomViews(Protocol):
    def hostels(self, scope: Scope) -> list[HostelOut]: ...

    def hostel(self, scope: Scope, hostel_id: int) -> HostelOut:
        """One hostel.

        Raises:
            NotFoundError: there is none with this id in the scope.
        """

    def rooms(self, scope: Scope, hostel_id: int, block: str | None, floor: int | None, now: datetime) -> list[RoomOut]:
        """Rooms of a hostel by block, floor and name.

        Raises:
            NotFoundError: there is no such hostel in the scope.
        """

    def room(self, scope: Scope, room_id: int, now: datetime) -> RoomOut:
        """One room.

        Raises:
            NotFoundError: there is none with this id in the scope.
        """


class ReadingViews(Protocol):
    def readings(self, scope: Scope, room_id: int, before: datetime | None, limit: int) -> ReadingPage:
        """Stored readings of the room's meters, youngest first; readings of one instant share a page.

        Raises:
            NotFoundError: there is no such room in the scope.
        """

    def versions(
        self, scope: Scope, room_id: int, meter: str | None, start: datetime, end: datetime
    ) -> list[ReadingVersions]:
        """The instants in [start, end) for which a meter of the room (`meter`: its serial) sent several values.

        Youngest first; a long list is cut.

        Raises:
            NotFoundError: there is no such room in the scope.
        """

    def series(self, scope: Scope, room_id: int, start: datetime, end: datetime, resolution: Resolution) -> SeriesOut:
        """Energy of every hour (UTC) or day (the hostel's zone) that begins in [start, end), measured or not.

        The hour or day that `start` falls into is the first.

        Raises:
            NotFoundError: there is no such room in the scope.
        """


class MeterViews(Protocol):
    def meters(self, scope: Scope, room_id: int) -> list[MeterOut]:
        """Meters of the room, removed ones too, by serial.

        Raises:
            NotFoundError: there is no such room in the scope.
        """

    def changes(self, scope: Scope, meter_id: int) -> MeterChangeList:
        """What was done to a meter.

        Raises:
            NotFoundError: there is no such meter in the scope.
        """

    def faults(
        self, scope: Scope, hostel_id: int | None, now: datetime
    ) -> tuple[Sequence[MeterFault], Mapping[tuple[int, str], int]]:
        """Every fault of a meter in service, and how many of them there are by (hostel id, block).

        Silent: nothing for two intervals and a minute. Stuck: it repeats one value. The others: noticed within a day.

        Raises:
            NotFoundError: the hostel is not in the scope.
        """


class AlertViews(Protocol):
    def anomalies(
        self, scope: Scope, hostel_id: int | None, room_id: int | None, before: datetime | None, limit: int
    ) -> AnomalyPage:
        """Anomalies by reading time, youngest first; those of one instant share a page.

        Raises:
            NotFoundError: the hostel or the room is not in the scope.
        """

    def alerts(
        self,
        scope: Scope,
        hostel_id: int | None,
        state: AlertState | None,
        severity: Severity | None,
        before: datetime | None,
        limit: int,
    ) -> AlertPage:
        """Alerts by creation, youngest first; those of one instant share a page.

        Raises:
            NotFoundError: the hostel is not in the scope.
        """

    def alert(self, scope: Scope, alert_id: UUID) -> AlertDetail:
        """An alert with its evidence and who was told.

        Raises:
            NotFoundError: there is none with this id in the scope.
        """


class OperationViews(Protocol):
    def health(self, scope: Scope, now: datetime) -> Health: ...

    def drift(self, limit: int) -> list[DriftOut]:
        """The latest looks at drift, youngest first; the model is one for all hostels."""

    def quarantine(self, scope: Scope, before: datetime | None, limit: int) -> QuarantinePage:
        """What could not be processed and waits. An item that names no hostel is shown when the scope is None."""


class Views(RoomViews, ReadingViews, MeterViews, AlertViews, OperationViews, Protocol):
    """All of the read side."""
