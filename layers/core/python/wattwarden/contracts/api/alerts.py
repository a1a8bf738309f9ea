"""Alerts, the anomalies they rest on, and what people say of them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from wattwarden.contracts.fields import Contract
from wattwarden.domain.alert_facts import Quantity
from wattwarden.domain.alerts import AlertState, Channel, MessageState, Resolution, Verdict
from wattwarden.domain.anomalies import AnomalyType, Kind, Severity, Tier


class AnomalyOut(Contract):
    anomaly_id: UUID
    incident_id: UUID
    room_id: int
    room: str
    meter: str
    ts: datetime
    type: AnomalyType
    kind: Kind
    severity: Severity
    tier: Tier
    score: float
    confidence: float
    actual_kwh: float | None
    """Null: the reading's energy is unknown, as after a reset of its register."""
    expected_low_kwh: float
    expected_kwh: float
    expected_high_kwh: float
    excess_kwh: float | None
    """Null: unknown."""
    reasons: dict[str, Any]


class AnomalyPage(Contract):
    anomalies: list[AnomalyOut]
    next_before: datetime | None


class FeedbackOut(Contract):
    """What somebody said about an alert."""

    verdict: Verdict
    note: str | None
    user_id: int
    by: str
    """The person's name."""
    at: datetime


class MeasuredOut(Contract):
    """Of the reading that lies furthest out, in what the alert's kind is measured in: kW, V, or a power factor."""

    quantity: Quantity
    value: float | None
    """Null: unknown."""
    expected: float | None
    """Likewise; of a voltage the lowest, or highest, usual one."""


class AlertOut(Contract):
    """What a person acts on: one or more incidents of a room (or of a block, then `room_id` is null)."""

    alert_id: UUID
    hostel_id: int
    room_id: int | None
    room: str | None
    block: str
    kind: Kind
    type: AnomalyType
    severity: Severity
    state: AlertState
    title: str
    why: str
    """Both say what is known now."""
    started_at: datetime
    """Start of the first abnormal interval."""
    last_at: datetime
    """End of the last one."""
    ongoing: bool
    """The latest reading is part of it; false, too, where that is unknown."""
    unknown_since: datetime | None
    """The meter's last word, where it fell silent before the alert was over."""
    measured: MeasuredOut
    incidents: int
    peak_kw: float | None
    """Of the readings whose energy is known, as the sums below; null: none's is."""
    expected_kw: float
    excess_kwh: float | None
    """Null: unknown."""
    cost: Decimal | None
    """Null: unknown, or without a price, or nothing was used in excess."""
    currency: str
    confidence: float
    tier: Tier
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    resolution: Resolution | None
    """Why it ended by itself; null while it goes on, and where a person ended it."""
    note: str | None
    feedback: FeedbackOut | None
    """Of several people's, the one given last."""
    created_at: datetime


class AlertPage(Contract):
    alerts: list[AlertOut]
    next_before: datetime | None


class DeliveryOut(Contract):
    channel: Channel
    recipient: str
    state: MessageState
    queued_at: datetime
    sent_at: datetime | None
    error: str | None
    """Why it will never be sent, in the provider's words; null unless it failed."""


class AlertDetail(Contract):
    alert: AlertOut
    anomalies: list[AnomalyOut]
    witness: AnomalyOut | None
    """The one that lies furthest out: what the alert argues from."""
    deliveries: list[DeliveryOut]
    feedback: list[FeedbackOut]
    """What each person said, youngest first."""


class AcknowledgeRequest(Contract):
    note: Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=True)] | None = None


class FeedbackRequest(Contract):
    verdict: Verdict
    note: Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=True)] | None = None
