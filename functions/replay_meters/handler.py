"""Every minute: work out anew what a meter's changed past changes; see `usecases/telemetry/replay.py`."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.replay import replay

wiring.prepare("replays", "patient_model", "bus")

MARGIN_S = 8.0
"""Kept of the function's time for the commit of what was begun last."""


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Replay what is due; a meter that fails is noted with its next try, and told by metrics to the alarm."""

    def time_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000 - MARGIN_S

    done = replay(wiring.replays, wiring.patient_model, wiring.bus, datetime.now(UTC), time_left)
    for meter_id, error in done.failed.items():
        logger.error("a meter could not be replayed", exc_info=error, extra={"meter_id": meter_id})
    waiting = wiring.replays.waiting(datetime.now(UTC))
    result = {"meters": done.meters, "readings": done.readings, "conflicts": done.conflicts, "failed": len(done.failed)}
    logger.info("replayed", extra=result | waiting._asdict())
    count("MetersReplayed", done.meters)
    count("ReadingsReplayed", done.readings)
    count("ReplayConflicts", done.conflicts)
    count("MetersMarked", waiting.marked)
    count("ReplaysFailing", waiting.failing)
    count("OldestReplayMarkS", waiting.oldest_s)
    return result
