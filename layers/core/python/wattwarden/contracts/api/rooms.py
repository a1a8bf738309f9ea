"""Rooms, their readings and series, and who is in them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from wattwarden.contracts.fields import Contract
from wattwarden.domain.anomalies import Severity

MeterHealth = Literal["ok", "silent", "never_seen"]


class RoomOut(Contract):
    """A room and what its meter said last."""

    room_id: int
    hostel_id: int
    block: str
    floor: int
    name: str
    beds: int
    has_ac: bool
    occupancy: int | None
    meter: str | None
    health: MeterHealth
    last_seen: datetime | None
    power_kw: float | None
    expected_kw: float | None
    expected_low_kw: float | None
    expected_high_kw: float | None
    today_kwh: float | None
    open_alerts: int
    worst_severity: Severity | None


class RoomPage(Contract):
    rooms: list[RoomOut]


class ReadingOut(Contract):
    meter: str
    ts: datetime
    interval_minutes: float
    kwh: float | None
    register_kwh: float | None
    voltage: float | None
    current: float | None
    power_factor: float | None
    quality: str


class ReadingPage(Contract):
    readings: list[ReadingOut]
    next_before: datetime | None
    """Pass as `before` for the next page; null on the last."""


class ReadingVersion(Contract):
    """A value that was sent for an instant. `kwh` is null where a register was sent."""

    kwh: float | None
    register_kwh: float | None
    received_at: datetime


class ReadingVersions(Contract):
    """Everything that was sent for one instant of a meter, when that was not always the same."""

    meter: str
    ts: datetime
    counts: ReadingVersion
    """The one received last."""
    superseded: list[ReadingVersion]


class ReadingVersionList(Contract):
    instants: list[ReadingVersions]


class SeriesPoint(Contract):
    """One hour or day of a room. `kwh` is null where nothing was measured; the band where nothing was expected."""

    start: datetime
    kwh: float | None
    filled_kwh: float | None
    """The part of `kwh` that is known in sum only, over missing intervals; no part of `coverage`."""
    expected_low_kwh: float | None
    expected_kwh: float | None
    expected_high_kwh: float | None
    coverage: float
    """Share of the bucket that was measured, 0 to 1."""


class SeriesOut(Contract):
    room_id: int
    timezone: str
    resolution: Literal["hour", "day"]
    points: list[SeriesPoint]


class OccupancyEntry(Contract):
    count: Annotated[int, Field(ge=0, le=50)]


class OccupancyOut(Contract):
    """An entry on its way: it counts from `ts` on, as soon as the stream's consumer has read it."""

    room_id: int
    count: int
    ts: datetime
