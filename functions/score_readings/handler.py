"""The consumer of the telemetry streams: see `usecases/telemetry/consume.py`."""

import base64
from datetime import UTC, datetime
from typing import Any

from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.consume import Consumed, Failing, StreamWaitsError, consume

wiring.prepare("telemetry", "model", "bus")


_failing = Failing()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Score a batch; what fails for its own sake is set aside, and what is none of its fault has it delivered again.

    Raises:
        ConflictError, StreamWaitsError, UnavailableError: see `usecases/telemetry/consume.py`; the stream delivers the
            batch again until it is dealt with.
    """
    records = [_record(r) for r in event["Records"]]
    try:
        consumed = consume(records, wiring.telemetry, wiring.model, wiring.bus, datetime.now(UTC), _failing)
    except StreamWaitsError:
        count("StreamWaits", 1)
        raise
    _observe(consumed)
    return {"batchItemFailures": []}


def _record(received: dict[str, Any]) -> Record:
    stream = received["eventSourceARN"].rpartition("/")[2]
    kinesis = received["kinesis"]
    return Record(
        record_id=f"{stream}:{kinesis['sequenceNumber']}",
        data=base64.b64decode(kinesis["data"]),
        arrived_at=kinesis["approximateArrivalTimestamp"],
    )


def _observe(consumed: Consumed) -> None:
    scored, kept = consumed.scored, consumed.set_aside
    for error in consumed.errors:
        logger.error("set aside", exc_info=error)
    logger.info("scored", extra={"readings": scored.readings, "incidents": scored.incidents, "tier": scored.tier})
    count("ReadingsStored", scored.readings)
    count("ReadingsLate", scored.late)
    count("ReadingsCorrected", scored.corrected)
    count("ReadingsRepeated", scored.repeated)
    count("Quarantined", scored.quarantined)
    count("Anomalies", scored.anomalies)
    count("IncidentsOpened", scored.incidents)
    count("FallbackBatches", 0 if scored.tier in (None, "model") else 1)
    count("ReadingsSetAside", len(kept))
