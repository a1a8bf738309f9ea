"""What a person's answer to an alert needs from storage."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from wattwarden.domain.alerts import Verdict
from wattwarden.domain.people import Principal


class AlertResponses(Protocol):
    def acknowledge(self, alert_id: UUID, by: Principal, note: str | None, at: datetime) -> None:
        """Take charge of an alert, once; audited in the same transaction.

        The person who did so already may change the note; without a note nothing changes.

        Raises:
            ConflictError: somebody else took charge before, or the alert is resolved.
            NotFoundError: there is no such alert.
        """

    def say(self, alert_id: UUID, by: Principal, verdict: Verdict, note: str | None, at: datetime) -> None:
        """Keep what the person says about an alert, in the place of what they said before; audited likewise.

        Saying the same again changes nothing.

        Raises:
            NotFoundError: there is no such alert.
        """
