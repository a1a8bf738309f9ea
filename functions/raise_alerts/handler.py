"""First task of alert_fanout: incidents become alerts, and a list of messages to deliver."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.hostels.registry import PostgresRegistry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.alerts.raise_alerts import raise_alerts


class RaiseEnv(Env):
    database_secret: str


@cache
def _store() -> PostgresAlerts:
    return PostgresAlerts(database(load(RaiseEnv).database_secret))


@cache
def _registry() -> PostgresRegistry:
    return PostgresRegistry(database(load(RaiseEnv).database_secret))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    opened = IncidentsOpened.model_validate(event)
    raised = raise_alerts(opened, _registry().timezone(opened.hostel_id), _store(), datetime.now(UTC))
    logger.info("alerts raised", extra={"alerts": len(raised.alert_ids), "people_to_tell": len(raised.user_ids)})
    count("AlertsRaised", len(raised.alert_ids))
    return raised.model_dump(mode="json")
