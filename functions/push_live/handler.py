"""Task of alert_fanout: push raised alerts to the browsers that may see them."""

from functools import cache
from typing import Any

from wattwarden.adapters.live import ApiGatewayLive
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.contracts.events import RaisedAlerts
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.alerts.deliver import push_live


class PushEnv(Env):
    database_secret: str
    live_endpoint: str


@cache
def _store() -> PostgresAlerts:
    return PostgresAlerts(database(load(PushEnv).database_secret))


@cache
def _live() -> ApiGatewayLive:
    return ApiGatewayLive(load(PushEnv).live_endpoint)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    raised = RaisedAlerts.model_validate(event)
    pushed = push_live(raised.hostel_id, raised.alert_ids, _store(), _live())
    logger.info("pushed", extra={"messages": pushed})
    return {"pushed": pushed}
