"""The consumer of the telemetry streams: see `usecases/score.py`."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.eventbridge import EventBridgeBus
from wattwarden.adapters.postgres.telemetry import PostgresTelemetry
from wattwarden.adapters.sagemaker import SageMakerModel
from wattwarden.domain.errors import ConflictError, UnavailableError
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.batch import Record
from wattwarden.usecases.score import Scored, score, set_aside


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
    """Score a batch; when it fails, record by record, and what fails for its own sake is quarantined whole.

    Raises:
        UnavailableError: the database is away; the stream delivers the batch again until it is back.
    """
    records = {r["kinesis"]["sequenceNumber"]: _record(r) for r in event["Records"]}
    try:
        _score(list(records.values()))
    except UnavailableError:
        raise
    except Exception:  # noqa: BLE001 - one record must not hold up the others, whatever it did
        logger.exception("batch failed; going through it record by record", extra={"records": len(records)})
        for sequence_number, record in records.items():
            if not _done_with(record):
                return {"batchItemFailures": [{"itemIdentifier": sequence_number}]}
    return {"batchItemFailures": []}


def _record(received: dict[str, Any]) -> Record:
    stream = received["eventSourceARN"].rpartition("/")[2]
    kinesis = received["kinesis"]
    return Record(f"{stream}:{kinesis['sequenceNumber']}", base64.b64decode(kinesis["data"]))


def _done_with(record: Record) -> bool:
    """Score a record alone or set it aside; false when neither worked, so that the stream delivers it again."""
    try:
        _score([record])
    except (ConflictError, UnavailableError):
        logger.exception("record not scored", extra={"record": record.record_id})
        return False
    except Exception as error:  # noqa: BLE001 - whatever it did, it is kept
        logger.exception("record failed; set aside", extra={"record": record.record_id})
        try:
            set_aside(record, _store(), error)
        except Exception:  # noqa: BLE001 - reported to the stream
            logger.exception("record not set aside", extra={"record": record.record_id})
            return False
        count("RecordsSetAside", 1)
    return True


def _score(records: Sequence[Record]) -> None:
    scored = score(records, _store(), _model(), _bus(), datetime.now(UTC))
    _observe(scored)


def _observe(scored: Scored) -> None:
    logger.info("scored", extra={"readings": scored.readings, "incidents": scored.incidents, "tier": scored.tier})
    count("ReadingsStored", scored.readings)
    count("ReadingsLate", scored.late)
    count("ReadingsCorrected", scored.corrected)
    count("ReadingsRepeated", scored.repeated)
    count("Quarantined", scored.quarantined)
    count("Anomalies", scored.anomalies)
    count("IncidentsOpened", scored.incidents)
    count("FallbackBatches", 0 if scored.tier in (None, "model") else 1)
