"""A file in uploads/<hostel>/<import>/: its rows onto the stream, and what became of them into results/."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from wattwarden.adapters.spreadsheets import read_rows
from wattwarden.contracts.api.imports import ImportOut
from wattwarden.domain.errors import InvalidError
from wattwarden.domain.people import Gateway
from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.import_file import import_rows

wiring.prepare("asset_registry", "patient_stream", "uploads")


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
        with wiring.uploads.opened(key) as file:
            result = import_rows(
                Gateway(gateway_id=0, hostel_id=hostel_id, name=import_id),
                read_rows(name, file),
                wiring.asset_registry.timezone(hostel_id),
                wiring.asset_registry,
                wiring.patient_stream,
                datetime.now(UTC),
                wiring.settings.readings_kept_months,
            )
        out = ImportOut(import_id=import_id, state="done", accepted=result.accepted, refused=result.refused)
    except InvalidError as error:
        out = ImportOut(import_id=import_id, state="failed", accepted=0, refused=[{"detail": str(error)}])
    wiring.uploads.save_result(hostel_id, out)
    logger.info("file imported", extra={"import_id": import_id, "state": out.state, "accepted": out.accepted})
