"""A browser's right to the live channel: a ticket from the API, used up by the WebSocket's handshake.

A WebSocket's address ends up in access logs, so what it carries is worth nothing a minute later or a second time.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from wattwarden.contracts.api.live import LiveTicket
from wattwarden.domain.errors import ForbiddenError
from wattwarden.domain.people import Principal
from wattwarden.ports.live import LiveSessions

VALID_FOR = timedelta(seconds=60)


def issue_ticket(person: Principal, sessions: LiveSessions, now: datetime) -> LiveTicket:
    """A new ticket; only its hash is stored."""
    ticket = secrets.token_urlsafe(32)
    expires_at = now + VALID_FOR
    sessions.save_ticket(_hash(ticket), person.user_id, expires_at)
    return LiveTicket(ticket=ticket, expires_at=expires_at)


def open_session(ticket: str, connection_id: str, sessions: LiveSessions, now: datetime) -> None:
    """Let a connection in.

    Raises:
        ForbiddenError: the ticket is unknown, expired or used up.
    """
    if not sessions.redeem(_hash(ticket), connection_id, now):
        raise ForbiddenError("the ticket is unknown, expired or was used before")


def _hash(ticket: str) -> str:
    return sha256(ticket.encode()).hexdigest()
