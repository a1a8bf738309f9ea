"""Every minute: work out anew what derives from meters' readings where their past changed (`usecases/replay.py`)."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from wattwarden.adapters.eventbridge import EventBridgeBus
from wattwarden.adapters.postgres.replays import PostgresReplays
from wattwarden.adapters.sagemaker import PatientModel
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.replay import replay

MARGIN_MS = 8_000
"""No group of meters is begun when less time is left."""


class ReplayEnv(Env):
    database_secret: str
    endpoint_name: str
    event_bus: str


@cache
def _store() -> PostgresReplays:
    return PostgresReplays(database(load(ReplayEnv).database_secret))


@cache
def _model() -> PatientModel:
    return PatientModel(load(ReplayEnv).endpoint_name)


@cache
def _bus() -> EventBridgeBus:
    return EventBridgeBus(load(ReplayEnv).event_bus)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Replay what is due; fails at the end when a meter could not be, for the alarm to see."""

    def go_on() -> bool:
        return context.get_remaining_time_in_millis() > MARGIN_MS

    done = replay(_store(), _model(), _bus(), datetime.now(UTC), go_on)
    result = {"meters": done.meters, "readings": done.readings, "conflicts": done.conflicts}
    logger.info("replayed", extra=result)
    count("MetersReplayed", done.meters)
    count("ReadingsReplayed", done.readings)
    count("ReplayConflicts", done.conflicts)
    if done.failed:
        raise ExceptionGroup("meters that could not be replayed", done.failed)
    return result
