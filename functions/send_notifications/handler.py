"""Task of alert_fanout, and every minute: send people the messages that wait for them."""

from dataclasses import asdict
from typing import Any, Protocol

from wattwarden.contracts.events import RaisedAlerts
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.alerts.deliver import send_notifications

wiring.prepare("notifications", "notifier")

RESERVE_MS = 10_000
"""Longer than one message can take: nothing is begun that the end of the invocation could cut in two."""


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Context) -> dict[str, int]:
    """Send to the people whom alert_fanout names; the schedule's event names nobody and means everybody."""
    named = "user_ids" in event
    sent = send_notifications(
        RaisedAlerts.model_validate(event).user_ids if named else wiring.notifications.people(),
        wiring.notifications,
        wiring.notifier,
        time_is_up=lambda: context.get_remaining_time_in_millis() < RESERVE_MS,
    )
    done = asdict(sent)
    logger.info("messages sent", extra=done)
    count("MessagesSent", sent.messages)
    count("MessagesFailed", sent.failed)
    count("PeopleWaiting", sent.waiting)
    return done
