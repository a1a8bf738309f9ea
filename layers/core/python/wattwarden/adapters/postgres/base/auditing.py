"""The audit log: who did what, written in the transaction that does it."""

from typing import Any

from sqlalchemy import Connection, insert

from wattwarden.adapters.postgres.base.tables import audit_log
from wattwarden.domain.people import Principal


def audit(
    connection: Connection, by: Principal, hostel_id: int | None, action: str, target: str, detail: dict[str, Any]
) -> None:
    row = {"user_id": by.user_id, "hostel_id": hostel_id, "action": action, "target": target, "detail": detail}
    connection.execute(insert(audit_log).values(row))
