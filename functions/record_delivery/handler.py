"""Task of alert_fanout: write down what became of one message."""

from functools import cache
from typing import Any, Literal
from uuid import UUID

from wattwarden.adapters.postgres.alerts import PostgresAlerts
from wattwarden.contracts.fields import Contract
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger


class RecordEnv(Env):
    database_secret: str


class DeliveryOutcome(Contract):
    notification_id: UUID
    state: Literal["sent", "failed"]
    provider_id: str | None = None
    error: str | None = None


@cache
def _store() -> PostgresAlerts:
    return PostgresAlerts(database(load(RecordEnv).database_secret))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    outcome = DeliveryOutcome.model_validate(event)
    _store().record_delivery(outcome.notification_id, outcome.state, outcome.provider_id, outcome.error)
    logger.info("delivery recorded", extra={"state": outcome.state})
    return {"state": outcome.state}
