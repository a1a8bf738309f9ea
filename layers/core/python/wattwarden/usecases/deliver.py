"""Getting raised alerts to people: open browsers now, and the record of what SNS took."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from wattwarden.contracts.api import LiveMessage
from wattwarden.ports.alerts import AlertStore, LivePush

PARALLEL = 16


def push_live(hostel_id: int, alert_ids: Sequence[UUID], store: AlertStore, live: LivePush) -> int:
    """Push the alerts to every open browser that may see the hostel; returns how many messages went out."""
    connections = store.connections(hostel_id)
    if not connections or not alert_ids:
        return 0
    messages = [LiveMessage(type="alert", alert=alert).model_dump_json() for alert in store.alerts(alert_ids)]

    def push(connection_id: str) -> int:
        for sent, message in enumerate(messages):
            if not live.send(connection_id, message):
                store.forget_connection(connection_id)
                return sent
        return len(messages)

    with ThreadPoolExecutor(PARALLEL) as pool:
        return sum(pool.map(push, connections))
