import re
from datetime import timedelta
from typing import Any

import pytest

from functions.live.handler import respond
from tests.fakes.api import NOW, PEOPLE
from tests.fakes.people import FakeSessions
from wattwarden.domain.errors import ForbiddenError
from wattwarden.domain.people import Role
from wattwarden.usecases.alerts.live_session import issue_ticket


def event(kind: str, connection_id: str = "c1", ticket: str | None = None, body: str | None = None) -> dict[str, Any]:
    route = {"CONNECT": "$connect", "DISCONNECT": "$disconnect"}.get(kind, "$default")
    return {
        "requestContext": {"routeKey": route, "eventType": kind, "connectionId": connection_id, "stage": "live"},
        "queryStringParameters": {"ticket": ticket} if ticket else None,
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions()


@pytest.fixture
def ticket(sessions: FakeSessions) -> str:
    return issue_ticket(PEOPLE[Role.WARDEN], sessions, NOW).ticket


def test_a_ticket_opens_the_channel_for_its_owner(sessions: FakeSessions, ticket: str) -> None:
    assert respond(event("CONNECT", ticket=ticket), sessions, NOW) == {"statusCode": 200}
    assert sessions.connections == {"c1": PEOPLE[Role.WARDEN].user_id}


def test_a_ticket_opens_once(sessions: FakeSessions, ticket: str) -> None:
    respond(event("CONNECT", ticket=ticket), sessions, NOW)

    with pytest.raises(ForbiddenError):
        respond(event("CONNECT", "c2", ticket=ticket), sessions, NOW)
    assert list(sessions.connections) == ["c1"]


def test_a_ticket_expires_after_a_minute(sessions: FakeSessions, ticket: str) -> None:
    with pytest.raises(ForbiddenError):
        respond(event("CONNECT", ticket=ticket), sessions, NOW + timedelta(seconds=60))


def test_without_a_ticket_or_with_an_invented_one_nobody_connects(sessions: FakeSessions) -> None:
    assert respond(event("CONNECT"), sessions, NOW) == {"statusCode": 401}
    with pytest.raises(ForbiddenError):
        respond(event("CONNECT", ticket="x" * 43), sessions, NOW)


def test_only_a_hash_of_the_ticket_is_kept(sessions: FakeSessions, ticket: str) -> None:
    assert ticket not in sessions.tickets
    assert all(re.fullmatch(r"[0-9a-f]{64}", stored) for stored in sessions.tickets)


def test_a_closed_channel_is_forgotten(sessions: FakeSessions, ticket: str) -> None:
    respond(event("CONNECT", ticket=ticket), sessions, NOW)

    assert respond(event("DISCONNECT"), sessions, NOW) == {"statusCode": 200}
    assert not sessions.connections
    assert respond(event("DISCONNECT"), sessions, NOW) == {"statusCode": 200}


def test_a_ping_is_answered(sessions: FakeSessions) -> None:
    assert respond(event("MESSAGE", body="ping"), sessions, NOW) == {"statusCode": 200, "body": "pong"}
