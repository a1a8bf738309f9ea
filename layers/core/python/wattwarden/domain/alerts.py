"""What a person gets: alerts, who hears of them, and what they answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from wattwarden.domain.anomalies import Incident, Kind, Severity

AlertState = Literal["open", "acknowledged", "resolved"]
Resolution = Literal["history", "withdrawn", "folded"]
"""Why an alert ended by itself: it was long over when it was raised, readings that came later took it back, or an alert
of many rooms holds its incidents now."""
Verdict = Literal["real", "expected", "unsure"]
"""What a person says an alert was: an anomaly, something that had its reason, or not known."""

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
    lasts: bool
    """At least half of its incidents are still going on."""

    @property
    def last_at(self) -> datetime:
        return max((i.last_at for i in self.incidents), default=self.started_at)


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """A new alert, or (when `alert_id` exists) its incidents and severity raised.

    A wave's alert (`room_id` None) takes over its words too. `folds` are alerts of single rooms that it replaces.
    """

    alert_id: UUID
    hostel_id: int
    room_id: int | None
    block: str
    kind: Kind
    severity: Severity
    title: str
    why: str
    started_at: datetime
    incident_ids: tuple[UUID, ...]
    folds: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """An alert that people got, and what they said of it last."""

    alert_id: UUID
    title: str
    verdict: Verdict | None
    incidents: tuple[Incident, ...]
