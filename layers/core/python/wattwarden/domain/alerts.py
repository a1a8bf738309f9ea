"""What a person gets: alerts, who hears of them, and what they answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from wattwarden.domain.anomalies import Incident, Kind, Severity


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """Why an alert ended by itself."""

    HISTORY = "history"
    """It was long over when it was raised."""
    WITHDRAWN = "withdrawn"
    """Readings that came later took it back."""
    FOLDED = "folded"
    """An alert of many rooms holds its incidents now."""


class Verdict(StrEnum):
    """What a person says an alert was: an anomaly, something that had its reason, or not known."""

    REAL = "real"
    EXPECTED = "expected"
    UNSURE = "unsure"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class MessageState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


HISTORY = timedelta(days=7)
"""An alert whose readings were older than this when it was raised comes from imported history."""


@dataclass(frozen=True, slots=True)
class Recipient:
    user_id: int
    email: str
    phone: str | None
    role: str


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that may still take a new incident. `room_id` is None when it is about a wave."""

    alert_id: UUID
    room_id: int | None
    kind: Kind
    severity: Severity
    state: AlertState
    started_at: datetime
    incidents: tuple[Incident, ...]
    told: Severity | None
    """The worst severity that people were told of; None: they heard nothing of it yet."""
    lasts: bool
    """At least half of its incidents are still going on."""

    @property
    def news(self) -> bool:
        """It is worse than what people heard of."""
        return self.told is None or self.severity.rank > self.told.rank

    @property
    def last_at(self) -> datetime:
        return max((i.last_at for i in self.incidents), default=self.started_at)


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """A new alert, or (when `alert_id` exists) what it is from now on; its severity only grows.

    `incident_ids` are those that join it. `folds` are alerts of single rooms that a wave's (`room_id` None) replaces.
    """

    alert_id: UUID
    hostel_id: int
    room_id: int | None
    block: str
    kind: Kind
    severity: Severity
    started_at: datetime
    incident_ids: tuple[UUID, ...]
    told: Severity | None
    """What people have been told of once this is written."""
    folds: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """An alert that people got, and what they said of it last."""

    alert_id: UUID
    kind: Kind
    room_id: int | None
    verdict: Verdict | None
    incidents: tuple[Incident, ...]
