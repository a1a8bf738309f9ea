"""Hostels, what sets one up, and the keys of their gateways."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import EmailStr, Field, StringConstraints

from wattwarden.contracts.fields import Contract, RoomName, Serial
from wattwarden.domain.floors import LEAST_KWH
from wattwarden.domain.people import Role

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class HostelOut(Contract):
    hostel_id: int
    code: str
    name: str
    timezone: str
    currency: str
    country: str | None
    rooms: int
    open_alerts: int


class MeterSetup(Contract):
    serial: Serial
    measures: Literal["interval", "register"] = "interval"
    interval_minutes: Annotated[float, Field(ge=1, le=1440)] = 60
    register_digits: Annotated[int, Field(ge=3, le=9)] | None = None
    nominal_voltage: Annotated[float, Field(ge=100, le=480)] = 230
    max_kw: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """More cannot pass the meter; what says so is implausible. When left out, what suits a room or a building."""


class RoomSetup(Contract):
    name: RoomName
    block: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    floor: Annotated[int, Field(ge=-5, le=200)]
    beds: Annotated[int, Field(ge=0, le=12)]
    """0 for what nobody sleeps in: a corridor, a kitchen, a whole building."""
    has_ac: bool = False
    meters: Annotated[list[MeterSetup], Field(max_length=8, default_factory=list)]


class UserSetup(Contract):
    email: EmailStr
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    role: Role
    phone: Phone | None = None


class HostelSetup(Contract):
    """PUT /v1/hostels/{code}: the whole hostel; sending it again changes what differs and removes nothing."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    timezone: Annotated[str, StringConstraints(max_length=64)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166-1: its rules say which voltages are too low or too high; null: EN 50160's do, ±10 %."""
    price_per_kwh: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=4)]
    tariff_from: date = date(2000, 1, 1)
    told_from_kwh: Annotated[float, Field(ge=0, le=10_000)] = LEAST_KWH
    """Less energy than this, so far and within an hour at the peak's pace, waits for the digest of the day; what is
    dangerous, and faults of meters, never do."""
    told_from_cost: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=4)] | None = None
    """Likewise money, in the hostel's currency; null: money does not matter."""
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    rooms: Annotated[list[RoomSetup], Field(max_length=5_000)]
    users: Annotated[list[UserSetup], Field(max_length=500, default_factory=list)]


class GatewayRequest(Contract):
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class GatewayOut(Contract):
    """A new gateway; the key is shown this once."""

    gateway_id: int
    hostel_id: int
    name: str
    key: str
