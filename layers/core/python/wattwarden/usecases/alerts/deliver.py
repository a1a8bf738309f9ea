"""Getting raised alerts to people: messages in their order, and open browsers now."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from wattwarden.contracts.api.live import LiveMessage
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.alerts import AlertStore, LivePush
from wattwarden.ports.notifications import NotificationQueue, Notifier

PARALLEL = 16


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round of sending came to: messages that left, and people who still wait because one did not."""

    messages: int
    waiting: int


def send_notifications(
    people: Sequence[int], queue: NotificationQueue, notifier: Notifier, time_is_up: Callable[[], bool]
) -> Sent:
    """Send these people what waits for them: everyone one message in turn, each in its order, until none waits.

    A person whose message does not leave gets none of the later ones either; the next round starts with it again.
    """
    messages = stuck = 0
    served = deque(people)
    while served and not time_is_up():
        user_id = served.popleft()
        try:
            sent = queue.send_next(user_id, notifier.send)
        except UnavailableError:
            stuck += 1
            continue
        if sent:
            messages += 1
            served.append(user_id)
    return Sent(messages, stuck + len(served))


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
