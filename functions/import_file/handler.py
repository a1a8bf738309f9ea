"""A file in uploads/<hostel>/<import>/: its rows onto the stream, and what became of them into results/."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from wattwarden.adapters.kinesis import KinesisStream
from wattwarden.adapters.postgres.hostels.registry import PostgresRegistry
from wattwarden.adapters.tables import read_rows
from wattwarden.adapters.uploads import S3Uploads
from wattwarden.contracts.api.imports import ImportOut
from wattwarden.domain.errors import InvalidError
from wattwarden.domain.people import Gateway
from wattwarden.runtime.database import database
from wattwarden.runtime.env import StreamEnv, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.telemetry.import_file import import_rows

PATIENCE_S = 60.0
"""A file waits for room in the stream; nobody waits for the file."""


class ImportEnv(StreamEnv):
    upload_bucket: str


@cache
def _registry() -> PostgresRegistry:
    return PostgresRegistry(database(load(ImportEnv).database_secret))


@cache
def _stream() -> KinesisStream:
    env = load(ImportEnv)
    return KinesisStream(env.telemetry_stream, env.backfill_stream, patience_s=PATIENCE_S)


@cache
def _uploads() -> S3Uploads:
    return S3Uploads(load(ImportEnv).upload_bucket)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    for record in event["Records"]:
        _import(unquote_plus(record["s3"]["object"]["key"]))
    return {"files": len(event["Records"])}


def _import(key: str) -> None:
    """Import one file. A busy stream raises, so that the same event comes again; what was taken is not taken twice."""
    _, hostel, import_id, name = key.split("/", 3)
    hostel_id = int(hostel)
    try:
        with _uploads().opened(key) as file:
            result = import_rows(
                Gateway(gateway_id=0, hostel_id=hostel_id, name=import_id),
                read_rows(name, file),
                _registry().timezone(hostel_id),
                _registry(),
                _stream(),
                datetime.now(UTC),
                load(ImportEnv).readings_kept_months,
            )
        out = ImportOut(import_id=import_id, state="done", accepted=result.accepted, refused=result.refused)
    except InvalidError as error:
        out = ImportOut(import_id=import_id, state="failed", accepted=0, refused=[{"detail": str(error)}])
    _uploads().save_result(hostel_id, out)
    logger.info("file imported", extra={"import_id": import_id, "state": out.state, "accepted": out.accepted})
