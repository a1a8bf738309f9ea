"""The consumer of the telemetry stream: see `usecases/score.py`."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.eventbridge import EventBridgeBus
from wattwarden.adapters.postgres.telemetry import PostgresTelemetry
from wattwarden.adapters.sagemaker import SageMakerModel
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.score import Record, Scored, score


class ScoreEnv(Env):
    database_secret: str
    endpoint_name: str
    event_bus: str


@cache
def _store() -> PostgresTelemetry:
    return PostgresTelemetry(database(load(ScoreEnv).database_secret))


@cache
def _model() -> SageMakerModel:
    return SageMakerModel(load(ScoreEnv).endpoint_name)


@cache
def _bus() -> EventBridgeBus:
    return EventBridgeBus(load(ScoreEnv).event_bus)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Score a batch. When it fails as a whole, record by record up to the one that fails, which is reported."""
    records = [Record(r["kinesis"]["sequenceNumber"], base64.b64decode(r["kinesis"]["data"])) for r in event["Records"]]
    try:
        _score(records)
    except Exception:  # noqa: BLE001 - one record must not hold up the others, whatever it did
        logger.exception("batch failed; going through it record by record", extra={"records": len(records)})
        for record in records:
            try:
                _score([record])
            except Exception:  # noqa: BLE001 - reported to the stream, which retries, then sets it aside
                logger.exception("record failed", extra={"record": record.record_id})
                return {"batchItemFailures": [{"itemIdentifier": record.record_id}]}
    return {"batchItemFailures": []}


def _score(records: Sequence[Record]) -> None:
    scored = score(records, _store(), _model(), _bus(), datetime.now(UTC))
    _observe(scored)


def _observe(scored: Scored) -> None:
    logger.info("scored", extra={"readings": scored.readings, "incidents": scored.incidents, "tier": scored.tier})
    count("ReadingsStored", scored.readings)
    count("ReadingsLate", scored.late)
    count("ReadingsRepeated", scored.repeated)
    count("Quarantined", scored.quarantined)
    count("Anomalies", scored.anomalies)
    count("IncidentsOpened", scored.incidents)
    count("FallbackBatches", 0 if scored.tier in (None, "model") else 1)
