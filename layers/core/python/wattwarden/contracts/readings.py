"""POST /v1/readings and POST /v1/occupancy: what a gateway sends and what it is told."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from wattwarden.contracts.fields import Contract, Kwh, Measure, RegisterKwh, RoomName, Serial, Timestamp
from wattwarden.domain.quarantine import Reason

MAX_ITEMS = 1_000


class ReadingIn(Contract):
    """One meter reading for the interval that ends at `timestamp`: its energy, or the register at that instant."""

    meter: Serial
    timestamp: Timestamp
    kwh: Kwh | None = None
    register_kwh: RegisterKwh | None = None
    interval_minutes: Annotated[Measure, Field(ge=1 / 60, le=1440)] | None = None
    """Length of the interval, a second at least; the meter's own when left out."""
    voltage: Annotated[Measure, Field(ge=0, le=1_000)] | None = None
    current: Annotated[Measure, Field(ge=0, le=10_000)] | None = None
    power_factor: Annotated[Measure, Field(ge=-1, le=1)] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> "ReadingIn":
        if (self.kwh is None) == (self.register_kwh is None):
            raise ValueError("send either kwh (energy of the interval) or register_kwh (cumulative), not both or none")
        return self

    @property
    def interval_s(self) -> float | None:
        return None if self.interval_minutes is None else self.interval_minutes * 60


class OccupancyIn(Contract):
    """How many people are in a room from `timestamp` on."""

    room: RoomName
    timestamp: Timestamp
    count: Annotated[int, Field(strict=True, ge=0, le=50)]


class ReadingsRequest(Contract):
    """The body of POST /v1/readings; items are validated one by one, so that one bad item refuses only itself."""

    readings: Annotated[list[Any], Field(min_length=1, max_length=MAX_ITEMS)]
    sent_at: Timestamp | None = None
    """The gateway's own clock when it sent the request. A clock that is wrong by more than five minutes is found out
    by it: nothing is accepted, so that no reading lands at an hour in which it was not measured."""


class OccupancyRequest(Contract):
    """The body of POST /v1/occupancy; as with readings."""

    occupancy: Annotated[list[Any], Field(min_length=1, max_length=MAX_ITEMS)]
    sent_at: Timestamp | None = None


class Refusal(Contract):
    """One item that was not accepted."""

    index: int
    """Position in the request, from 0."""
    item: str | None
    """The meter or room the item named, when it could be read."""
    reason: Reason
    field: str | None
    detail: str


class IngestResponse(Contract):
    """202 when all was accepted, 207 when some was, 422 when none was."""

    accepted: int
    refused: list[Refusal]
