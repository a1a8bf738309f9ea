"""The live channel: who may open it, and that it is alive. Alerts are pushed by push_live."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from wattwarden.domain.errors import WattWardenError
from wattwarden.ports.live import LiveSessions
from wattwarden.runtime.observe import logger
from wattwarden.runtime.problems import status_of
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.alerts.live_session import open_session

wiring.prepare("sessions")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    try:
        return respond(event, wiring.sessions, datetime.now(UTC))
    except WattWardenError as error:
        logger.warning("refused", extra={"reason": str(error)})
        return {"statusCode": status_of(error).value}


def respond(event: dict[str, Any], sessions: LiveSessions, now: datetime) -> dict[str, Any]:
    """Answer one WebSocket event: $connect with its ticket, $disconnect, or a message."""
    request = event["requestContext"]
    ok = {"statusCode": HTTPStatus.OK.value}
    match request["eventType"]:
        case "CONNECT":
            ticket = (event.get("queryStringParameters") or {}).get("ticket")
            if not ticket:
                return {"statusCode": HTTPStatus.UNAUTHORIZED.value}
            open_session(ticket, request["connectionId"], sessions, now)
            return ok
        case "DISCONNECT":
            sessions.forget(request["connectionId"])
            return ok
        case _:
            # A browser pings to keep the connection from idling away; nothing else is said to us.
            return ok | {"body": "pong"}
