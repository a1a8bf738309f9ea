"""Files of readings."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from wattwarden.contracts.fields import Contract


class ImportTicket(Contract):
    """Where to PUT the file, and where its result will be."""

    import_id: str
    upload_url: str
    expires_at: datetime


class ImportRequest(Contract):
    hostel_id: int
    file_name: Annotated[str, StringConstraints(pattern=r"^[^/\\]{1,120}\.(csv|xlsx)$")]


class ImportOut(Contract):
    import_id: str
    state: Literal["waiting", "done", "failed"]
    accepted: int
    refused: list[dict[str, Any]]
