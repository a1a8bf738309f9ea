"""Getting raised alerts to people: messages in their order, and open browsers now."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from wattwarden.contracts.api.live import LiveMessage
from wattwarden.domain.alerts import MessageState
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.alerts import AlertStore, LivePush
from wattwarden.ports.notifications import NotificationQueue, Notifier

PARALLEL = 16


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round of sending came to."""

    messages: int
    """Those that left."""
    failed: int
    """Those that will never be taken."""
    waiting: int
    """People who still wait because a message did not leave."""


def send_notifications(
    people: Sequence[int], queue: NotificationQueue, notifier: Notifier, time_is_up: Callable[[], bool]
) -> Sent:
    """Send these people what waits for them: everyone one message in turn, each in its order, until none waits.

    A person whose message does not leave gets none of the later ones either; the next round starts with it again.
    """
    outcomes: Counter[MessageState] = Counter()
    stuck = 0
    served = deque(people)
    while served and not time_is_up():
        user_id = served.popleft()
        try:
            outcome = queue.send_next(user_id, notifier.send)
        except UnavailableError:
            stuck += 1
            continue
        if outcome is not None:
            outcomes[outcome] += 1
            served.append(user_id)
    return Sent(outcomes[MessageState.SENT], outcomes[MessageState.FAILED], stuck + len(served))


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
