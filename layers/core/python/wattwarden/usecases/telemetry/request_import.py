"""Uploading a file of readings: where to put it, and what became of it."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

from wattwarden.contracts.api.imports import ImportOut, ImportRequest, ImportTicket
from wattwarden.domain import policy
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.people import Principal
from wattwarden.ports.uploads import Uploads

VALID_FOR = timedelta(minutes=15)

_IMPORT_ID = re.compile(r"([1-9]\d{0,17})-[0-9a-f]{32}")
"""The hostel an import belongs to is part of its id, so that every later look checks it."""


def request_import(request: ImportRequest, person: Principal, uploads: Uploads, now: datetime) -> ImportTicket:
    """Prepare an upload.

    Raises:
        ForbiddenError: the person's role may not import.
        NotFoundError: there is no such hostel among the person's.
    """
    policy.require(person, policy.Action.IMPORT)
    policy.require_hostel(person, request.hostel_id)
    import_id = f"{request.hostel_id}-{uuid4().hex}"
    url = uploads.upload_url(request.hostel_id, import_id, request.file_name, int(VALID_FOR.total_seconds()))
    return ImportTicket(import_id=import_id, upload_url=url, expires_at=now + VALID_FOR)


def import_result(import_id: str, person: Principal, uploads: Uploads) -> ImportOut:
    """What became of an upload; `waiting` until the file was read.

    Raises:
        ForbiddenError: the person's role may not import.
        NotFoundError: the id is none of an import into one of the person's hostels.
    """
    policy.require(person, policy.Action.IMPORT)
    parts = _IMPORT_ID.fullmatch(import_id)
    if parts is None or not person.sees(int(parts[1])):
        raise NotFoundError(f"there is no import {import_id}")
    result = uploads.result(int(parts[1]), import_id)
    return result or ImportOut(import_id=import_id, state="waiting", accepted=0, refused=[])
