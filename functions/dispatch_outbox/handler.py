"""Every minute: send what a crash left in the outbox, and incidents that nothing hides and that no alert holds."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.eventbridge import EventBridgeBus
from wattwarden.adapters.postgres.alerts.thresholds import PostgresThresholds
from wattwarden.adapters.postgres.telemetry.outbox import PostgresOutbox
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.alerts.reraise import raise_again
from wattwarden.usecases.alerts.thresholds import release
from wattwarden.usecases.publish import publish

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


def _release() -> int:
    return release(_thresholds(), datetime.now(UTC))


def _raise_again() -> int:
    again = raise_again(_outbox(), _outbox(), _bus(), datetime.now(UTC))
    count("IncidentsRaisedAgain", again)
    return again


def _sweep() -> int:
    sent = publish(_outbox().unpublished(OLDER_THAN_S, LIMIT), _outbox(), _bus())
    count("OutboxSwept", sent)
    return sent


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Each step on its own, so that none waits for another to be repaired.

    Raises:
        ExceptionGroup: what failed, at the end, for the alarm to see.
    """
    done: dict[str, int] = {}
    failed: list[Exception] = []
    for name, step in {"released": _release, "raised_again": _raise_again, "sent": _sweep}.items():
        try:
            done[name] = step()
        except Exception as error:  # noqa: BLE001 - the other steps run whatever this one did
            logger.exception("a step failed", extra={"step": name})
            failed.append(error)
    logger.info("outbox swept", extra=done)
    if failed:
        raise ExceptionGroup("not all that waits could be sent", failed)
    return done
