"""The live channel."""

from datetime import datetime
from typing import Literal

from wattwarden.contracts.api.alerts import AlertOut
from wattwarden.contracts.fields import Contract


class LiveTicket(Contract):
    """A one-time right to open the WebSocket, valid for 60 seconds: /live?ticket=..."""

    ticket: str
    expires_at: datetime


class LiveMessage(Contract):
    """What arrives over the WebSocket."""

    type: Literal["alert"]
    alert: AlertOut
