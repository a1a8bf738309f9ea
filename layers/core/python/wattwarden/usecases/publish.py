"""What leaves the database leaves by the outbox: after its transaction, and again until the bus took it."""

from collections.abc import Sequence

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.outbox import Outbox
from wattwarden.ports.stream import EventBus


def publish(events: Sequence[IncidentsOpened], outbox: Outbox, bus: EventBus) -> int:
    """Send outbox events and mark those the bus took; the rest stay for the sweeper. Returns how many went."""
    if not events:
        return 0
    taken = [event for event, ok in zip(events, bus.publish(events), strict=True) if ok]
    if taken:
        outbox.mark_published([str(event.outbox_id) for event in taken])
    return len(taken)
