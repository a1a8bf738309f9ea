"""What an anomaly is, how bad it is, and what it is called."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("6f2c3d52-6c0e-4a53-9d6a-3f6f1b0f7a10")


class AnomalyType(StrEnum):
    HIGH_CONSUMPTION = "high_consumption"
    LOW_CONSUMPTION = "low_consumption"
    UNUSUAL_PATTERN = "unusual_pattern"


class Kind(StrEnum):
    """The finer kind. What the detector names, the alert says in words."""

    EXCESS = "excess"  # above the expected band
    EMPTY_ROOM_LOAD = "empty_room_load"  # heavy load while nobody is in
    SHORTFALL = "shortfall"  # below the expected band
    ZERO = "zero"  # no load at all for hours
    FLAT = "flat"  # the same value for hours: a stuck meter
    UNDERVOLTAGE = "undervoltage"
    OVERVOLTAGE = "overvoltage"
    POWER_FACTOR = "power_factor"
    PATTERN = "pattern"  # the classifier is sure, no single rule says why
    STATIC_LIMIT = "static_limit"  # above what the room's wiring is meant for; the last tier

    @property
    def type(self) -> AnomalyType:
        if self in (Kind.EXCESS, Kind.EMPTY_ROOM_LOAD, Kind.STATIC_LIMIT):
            return AnomalyType.HIGH_CONSUMPTION
        if self in (Kind.SHORTFALL, Kind.ZERO):
            return AnomalyType.LOW_CONSUMPTION
        return AnomalyType.UNUSUAL_PATTERN


class Tier(StrEnum):
    """Who judged the reading."""

    MODEL = "model"
    RULES = "rules"
    STATIC = "static"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One reading judged abnormal. Energies are kWh of the reading's interval; None where they are unknown.

    A sagging supply is known by its voltage alone: its reading may be one whose register was reset.
    """

    meter_id: int
    ts: datetime
    incident_id: UUID
    kind: Kind
    severity: Severity
    tier: Tier
    score: float
    confidence: float
    actual_kwh: float | None
    expected_low_kwh: float
    expected_kwh: float
    expected_high_kwh: float
    excess_kwh: float | None
    reasons: dict[str, Any]
    opens: bool
    """True on the reading that opens the incident."""
    grows: bool = False
    """True on a later one that makes it more severe."""
    model_version: str | None = None
    """Name of the model that judged it; None where rules did."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A run of anomalies of one meter, as the alert's decision needs it.

    Sums leave out readings of unknown energy; None: no reading's is known.
    """

    incident_id: UUID
    hostel_id: int
    room_id: int
    room_name: str
    block: str
    meter_serial: str
    kind: Kind
    severity: Severity
    tier: Tier
    started_at: datetime
    last_at: datetime
    peak_kw: float | None
    expected_kw: float
    excess_kwh: float | None
    cost: Decimal | None
    currency: str
    confidence: float
    reasons: dict[str, Any]
    """Of the reading that lies furthest out, as the pair of powers."""
    began_at: datetime | None = None
    """Start of the first abnormal interval; `started_at` is the reading that opened it. None: not known apart."""

    @property
    def since(self) -> datetime:
        return self.began_at or self.started_at


def incident_id(meter_id: int, started_at: datetime) -> UUID:
    """The id of the incident that opened on this meter at this instant: the same for every retry."""
    return uuid5(NAMESPACE, f"incident:{meter_id}:{as_text(started_at)}")


def anomaly_id(meter_id: int, ts: datetime) -> UUID:
    """The id of the anomaly of this meter's reading."""
    return uuid5(NAMESPACE, f"anomaly:{meter_id}:{as_text(ts)}")


def as_text(instant: datetime) -> str:
    """Epoch seconds; to the microsecond only where they are not whole, as two readings may lie within a second."""
    return f"{instant.timestamp():.6f}".removesuffix(".000000")
