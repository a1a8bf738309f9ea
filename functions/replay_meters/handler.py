"""Every minute: work out anew what a meter's changed past changes; see `usecases/telemetry/replay.py`."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from wattwarden.adapters.eventbridge import EventBridgeBus
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.sagemaker import PatientModel
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.telemetry.replay import replay

MARGIN_S = 8.0
"""Kept of the function's time for the commit of what was begun last."""


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
    """Replay what is due; a meter that fails is noted with its next try, and told by metrics to the alarm."""

    def time_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000 - MARGIN_S

    done = replay(_store(), _model(), _bus(), datetime.now(UTC), time_left)
    for meter_id, error in done.failed.items():
        logger.error("a meter could not be replayed", exc_info=error, extra={"meter_id": meter_id})
    waiting = _store().waiting(datetime.now(UTC))
    result = {"meters": done.meters, "readings": done.readings, "conflicts": done.conflicts, "failed": len(done.failed)}
    logger.info("replayed", extra=result | waiting._asdict())
    count("MetersReplayed", done.meters)
    count("ReadingsReplayed", done.readings)
    count("ReplayConflicts", done.conflicts)
    count("MetersMarked", waiting.marked)
    count("ReplaysFailing", waiting.failing)
    count("OldestReplayMarkS", waiting.oldest_s)
    return result
