"""Every minute: send what waits in the outbox, what was raised and not told; queue the digests of the day."""

from datetime import UTC, datetime
from typing import Any

from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.alerts.reraise import raise_again
from wattwarden.usecases.alerts.suppressions import release
from wattwarden.usecases.alerts.untold import send_digests, tell_untold
from wattwarden.usecases.publish import publish

wiring.prepare("outbox", "suppressions", "untold", "alerts", "bus")

OLDER_THAN_S = 20.0
"""Younger rows are still in the hands of the consumer that wrote them."""
LIMIT = 500


def _release() -> int:
    return release(wiring.suppressions, datetime.now(UTC))


def _raise_again() -> int:
    again = raise_again(wiring.outbox, wiring.outbox, wiring.bus, datetime.now(UTC))
    count("IncidentsRaisedAgain", again)
    return again


def _tell() -> int:
    return tell_untold(wiring.untold, wiring.outbox, wiring.bus, datetime.now(UTC))


def _send_digests() -> int:
    return send_digests(wiring.untold, wiring.alerts, datetime.now(UTC))


def _sweep() -> int:
    sent = publish(wiring.outbox.unpublished(OLDER_THAN_S, LIMIT), wiring.outbox, wiring.bus)
    count("OutboxSwept", sent)
    return sent


STEPS = {
    "released": _release,
    "raised_again": _raise_again,
    "told": _tell,
    "digests": _send_digests,
    "sent": _sweep,
}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Each step on its own, so that none waits for another to be repaired.

    Raises:
        ExceptionGroup: what failed, at the end, for the alarm to see.
    """
    done: dict[str, int] = {}
    failed: list[Exception] = []
    for name, step in STEPS.items():
        try:
            done[name] = step()
        except Exception as error:  # noqa: BLE001 - the other steps run whatever this one did
            logger.exception("a step failed", extra={"step": name})
            failed.append(error)
    logger.info("outbox swept", extra=done)
    if failed:
        raise ExceptionGroup("not all that waits could be sent", failed)
    return done
