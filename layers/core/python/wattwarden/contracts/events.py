"""What leaves through EventBridge and what the state machine's tasks exchange."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from wattwarden.contracts.fields import Contract


class IncidentsOpened(Contract):
    """Detail of the event `IncidentsOpened`: new incidents of one hostel, from one consumer transaction."""

    v: Literal[1] = 1
    outbox_id: UUID
    hostel_id: int
    incident_ids: list[UUID]
    detected_at: datetime


class Delivery(Contract):
    """One message to one person over one channel; alert_fanout publishes it to SNS as it is.

    `user_id`, `channel` are the SNS message attributes that the subscriptions filter on.
    """

    notification_id: UUID
    user_id: str
    channel: Literal["email", "sms"]
    severity: str
    subject: str
    message: str


class RaisedAlerts(Contract):
    """What raise_alerts returns to alert_fanout."""

    hostel_id: int
    alert_ids: list[UUID]
    deliveries: list[Delivery]
