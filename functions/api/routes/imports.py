from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from wattwarden.contracts.api.imports import ImportOut, ImportRequest, ImportTicket
from wattwarden.usecases.telemetry.request_import import import_result, request_import

from .dependencies import Person, TheUploads
from .parameters import new_router
from .problems import documented

router = new_router()


@router.post(
    "/v1/imports",
    summary="Where to put a CSV or Excel file of readings",
    responses=documented(HTTPStatus.CREATED, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    status_code=HTTPStatus.CREATED,
)
def create_import(request: ImportRequest, person: Person, uploads: TheUploads) -> ImportTicket:
    return request_import(request, person, uploads, datetime.now(UTC))


@router.get(
    "/v1/imports/<import_id>",
    summary="What became of an uploaded file",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def read_import(import_id: Annotated[str, Path(max_length=64)], person: Person, uploads: TheUploads) -> ImportOut:
    return import_result(import_id, person, uploads)
