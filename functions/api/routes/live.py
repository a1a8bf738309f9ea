from datetime import UTC, datetime
from http import HTTPStatus

from wattwarden.contracts.api.live import LiveTicket
from wattwarden.usecases.alerts.live_session import issue_ticket

from .dependencies import Person, TheSessions
from .parameters import new_router
from .problems import documented

router = new_router()


@router.post(
    "/v1/live/tickets",
    summary="A one-time right to open the WebSocket",
    responses=documented(HTTPStatus.CREATED),
    status_code=HTTPStatus.CREATED,
)
def create_live_ticket(person: Person, sessions: TheSessions) -> LiveTicket:
    return issue_ticket(person, sessions, datetime.now(UTC))
