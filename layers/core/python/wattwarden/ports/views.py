"""The read side: what people look at. Every answer is limited to the hostels in `scope` (None: all of them).

A thing outside the scope is treated as one that does not exist.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from wattwarden.contracts.api import (
    AlertDetail,
    AlertPage,
    AlertState,
    AnomalyPage,
    Health,
    HostelOut,
    QuarantinePage,
    ReadingPage,
    RoomOut,
    SeriesOut,
)
from wattwarden.domain.anomalies import Severity
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

    def series(self, scope: Scope, room_id: int, start: datetime, end: datetime, resolution: Resolution) -> SeriesOut:
        """Energy of every hour (UTC) or day (the hostel's zone) that begins in [start, end), measured or not.

        The hour or day that `start` falls into is the first.

        Raises:
            NotFoundError: there is no such room in the scope.
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

    def quarantine(self, scope: Scope, before: datetime | None, limit: int) -> QuarantinePage:
        """What could not be processed and waits. An item that names no hostel is shown when the scope is None."""


class Views(RoomViews, ReadingViews, AlertViews, OperationViews, Protocol):
    """All of the read side."""
