"""What a database built anew from the lake must say as the running one does."""

from sqlalchemy import Connection, text

from local.digests import COMPARED, Digest, digest
from local.lake.progress import Step, Tell, untold

NOT_REBUILT = {
    "created_at": "when it was found",
    "meter_state.version": "how often it was written",
    "meter_state.last_received_at": "when the last delivery came, a repeated one too",
    "meter_state.replay_from": "a mark, gone when the replay is done",
    "meter_state.replay_first_marked_at": "likewise",
    "meter_state.replay_marked_at": "likewise",
    "incidents.alert_id": "nobody is told of what a rebuilt database finds",
    "incidents.withdrawn_at": "likewise",
    "quarantine.id": "a number in the order of arrival",
    "quarantine.detail": "an error's own words",
    "quarantine.payload": "as it was delivered",
    "quarantine.first_seen": "when it was set aside",
    "quarantine.redriven_at": "who looked after it",
    "quarantine.times": "how often it was delivered",
    "quarantine.received_at": "which delivery came first",
    "quarantine.last_received_at": "which one came last",
}
"""Columns that say how something came to be known, not what is known."""


def digests(connection: Connection, tell: Tell = untold, of: str = "a database") -> dict[str, Digest]:
    """By table."""
    found: dict[str, Digest] = {}
    for table in COMPARED:
        left = len(COMPARED) - len(found)
        tell(Step(f"adding up {of}", left, "tables left", len(COMPARED), note=f"now {table}"))
        found[table] = digest(lambda sql: connection.execute(text(sql)).all(), table, NOT_REBUILT)
    return found
