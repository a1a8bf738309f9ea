"""What is kept for some days only, and then goes: it was worked with, told or stored elsewhere by then."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, TextClause, text

from wattwarden.adapters.postgres.base.engine import transaction

AT_ONCE = 10_000
"""Rows that go in one transaction: nobody waits long for a lock, and the function may end between two."""


class Kept(StrEnum):
    """Kinds of rows whose days a stage's configuration gives."""

    QUARANTINE = "quarantine"
    OUTBOX = "outbox"
    NOTIFICATIONS = "notifications"
    OCCUPANCY = "occupancy"


def _old(table: str, condition: str) -> TextClause:
    return text(f"""
DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {condition} LIMIT :at_once))
""")  # noqa: S608 (names from this module)


_BEFORE = "CAST(:now AS timestamptz) - CAST(:days AS integer) * interval '1 day'"
_STATEMENTS: Mapping[Kept, tuple[TextClause, ...]] = {
    Kept.QUARANTINE: (
        _old("quarantine", f"last_received_at < {_BEFORE}"),
        _old("quarantine_beyond", f"day < CAST({_BEFORE} AS date)"),
    ),
    Kept.OUTBOX: (_old("outbox", f"published_at IS NOT NULL AND created_at < {_BEFORE}"),),
    Kept.NOTIFICATIONS: (_old("notifications", f"state <> 'queued' AND queued_at < {_BEFORE}"),),
    Kept.OCCUPANCY: (_old("occupancy", f"ts < {_BEFORE}"),),
}


def remove_old(engine: Engine, name: Kept, now: datetime, days: int) -> int:
    """Remove what is older than `days`, and no longer has to leave; returns how many rows went.

    Raises:
        UnavailableError: the database is away or too slow; what is gone stays gone.
    """
    removed = 0
    for statement in _STATEMENTS[name]:
        gone = AT_ONCE
        while gone >= AT_ONCE:
            with transaction(engine) as connection:
                gone = connection.execute(statement, {"now": now, "days": days, "at_once": AT_ONCE}).rowcount
            removed += gone
    return removed
