"""What leaves through EventBridge and what the state machine's tasks exchange."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from wattwarden.contracts.fields import Contract
from wattwarden.domain.alerts import Channel


class IncidentsOpened(Contract):
    """Detail of the event `IncidentsOpened`: a hostel's incidents that opened or became more severe, in one commit."""

    v: Literal[1] = 1
    outbox_id: UUID
    hostel_id: int
    incident_ids: list[UUID]
    detected_at: datetime


class Message(Contract):
    """One message to one person over one channel.

    `notification_id`, `user_id`, `channel` and `severity` are its SNS message attributes: the subscriptions filter on
    the middle two, and a receiver knows a message that came twice by the first.
    """

    notification_id: UUID
    user_id: int
    channel: Channel
    severity: str
    subject: str
    body: str


class RaisedAlerts(Contract):
    """What raise_alerts returns to alert_fanout: alerts to show, and people with messages to send."""

    hostel_id: int
    alert_ids: list[UUID]
    user_ids: list[int]


class RetrainRequest(Contract):
    """Input of the state machine retrain_model: why it runs, and arguments for train.py other than its own defaults."""

    reason: Literal["schedule", "drift", "manual"] = "manual"
    hyperparameters: Annotated[dict[str, str], Field(default_factory=dict)]
