"""Incidents that nobody was told of are raised again: alert_fanout may end for good without their alert."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import NAMESPACE_OID, UUID, uuid5

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.outbox import LostIncidents, Outbox
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.publish import publish

HELD_WITHIN = timedelta(minutes=2)
"""By then an alert holds an incident, or something went wrong."""
AGAIN_AFTER = timedelta(minutes=5)
GIVEN_UP_AFTER = timedelta(days=7)
"""What could not be raised in a week needs somebody to look: the alarm has told of it every day."""
INCIDENTS_PER_EVENT = 100
"""As of those that just opened (`usecases/telemetry/judging.py`, which needs numpy)."""
LIMIT = 500


def raise_again(store: LostIncidents, outbox: Outbox, bus: EventBus, now: datetime) -> int:
    """Tell of incidents that no alert holds and nothing hides; each once in five minutes. Returns how many.

    What an alert takes meanwhile, or its meter withdraws, does no harm: raise_alerts looks at the rest only.
    """
    lost = store.unheld(now - GIVEN_UP_AFTER, now - HELD_WITHIN, now - AGAIN_AFTER, LIMIT)
    events = _events(lost, now)
    if events:
        store.tell_again(events)
        publish(events, outbox, bus)
    return len(lost)


def _events(lost: Sequence[tuple[int, UUID]], now: datetime) -> list[IncidentsOpened]:
    """At most so many incidents in each; the same id for the same incidents within five minutes."""
    slot = int(now.timestamp() // AGAIN_AFTER.total_seconds())
    return [
        IncidentsOpened(
            outbox_id=uuid5(NAMESPACE_OID, f"again:{slot}:{','.join(map(str, ids))}"),
            hostel_id=hostel_id,
            incident_ids=ids,
            detected_at=now,
        )
        for hostel_id, of_hostel in groupby(sorted(lost, key=lambda found: found[0]), key=lambda found: found[0])
        for ids in _parts([incident_id for _, incident_id in of_hostel])
    ]


def _parts(ids: Sequence[UUID]) -> list[list[UUID]]:
    return [list(ids[n : n + INCIDENTS_PER_EVENT]) for n in range(0, len(ids), INCIDENTS_PER_EVENT)]
