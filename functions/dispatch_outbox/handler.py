"""Every minute: send what a crash left in the outbox, and what no threshold hides any more."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.eventbridge import EventBridgeBus
from wattwarden.adapters.postgres.outbox import PostgresOutbox
from wattwarden.adapters.postgres.thresholds import PostgresThresholds
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.publish import publish
from wattwarden.usecases.thresholds import release

OLDER_THAN_S = 20.0
"""Younger rows are still in the hands of the consumer that wrote them."""
LIMIT = 500


class DispatchEnv(Env):
    database_secret: str
    event_bus: str


@cache
def _outbox() -> PostgresOutbox:
    return PostgresOutbox(database(load(DispatchEnv).database_secret))


@cache
def _thresholds() -> PostgresThresholds:
    return PostgresThresholds(database(load(DispatchEnv).database_secret))


@cache
def _bus() -> EventBridgeBus:
    return EventBridgeBus(load(DispatchEnv).event_bus)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    released = release(_thresholds(), datetime.now(UTC))
    waiting = _outbox().unpublished(OLDER_THAN_S, LIMIT)
    sent = publish(waiting, _outbox(), _bus())
    logger.info("outbox swept", extra={"released": released, "waiting": len(waiting), "sent": sent})
    count("OutboxSwept", sent)
    return {"waiting": len(waiting), "sent": sent}
