"""What a live session needs: one-time tickets, and who is connected."""

from datetime import datetime
from typing import Protocol


class LiveSessions(Protocol):
    def save_ticket(self, token_hash: str, user_id: int, expires_at: datetime) -> None: ...

    def redeem(self, token_hash: str, connection_id: str, now: datetime) -> bool:
        """Use a ticket up and remember the connection as its owner's, in one transaction.

        False when the ticket is unknown, expired or was used before.
        """

    def forget(self, connection_id: str) -> None: ...
