"""Messages leave in each person's order, once each, however long the notifier was away."""

from uuid import UUID

from tests.fakes.alerts import FakeAlerts, FakeNotifier
from wattwarden.contracts.events import Message
from wattwarden.usecases.alerts.deliver import Sent, send_notifications


def queue_of(*messages: tuple[int, int]) -> FakeAlerts:
    """Messages (id, person) in the order in which they were queued."""
    store = FakeAlerts()
    for number, user_id in messages:
        key = UUID(int=number)
        store.messages[key] = Message(
            notification_id=key, user_id=user_id, channel="email", severity="high", subject="s", body="m"
        )
        store.states[key] = "queued"
    return store


def numbers(messages: list[Message]) -> list[int]:
    return [message.notification_id.int for message in messages]


def test_each_person_gets_messages_in_their_order_and_all_take_turns() -> None:
    store, notifier = queue_of((4, 1), (3, 1), (2, 1), (1, 2)), FakeNotifier()
    assert send_notifications([1, 2], store, notifier, lambda: False) == Sent(messages=4, failed=0, waiting=0)
    assert numbers(notifier.taken) == [4, 1, 3, 2]


def test_a_message_that_does_not_leave_holds_back_that_persons_later_ones_alone() -> None:
    store, notifier = queue_of((1, 1), (2, 1), (3, 2)), FakeNotifier(away={1})
    assert send_notifications([1, 2], store, notifier, lambda: False) == Sent(messages=1, failed=0, waiting=1)
    assert (numbers(notifier.taken), notifier.tries) == ([3], 2)
    notifier.away = set()
    assert send_notifications(store.people(), store, notifier, lambda: False) == Sent(messages=2, failed=0, waiting=0)
    assert numbers(notifier.taken) == [3, 1, 2]


def test_a_message_that_will_never_be_taken_does_not_hold_back_the_next() -> None:
    store, notifier = queue_of((1, 1), (2, 1)), FakeNotifier(invalid={UUID(int=1)})
    assert send_notifications([1], store, notifier, lambda: False) == Sent(messages=1, failed=1, waiting=0)
    assert numbers(notifier.taken) == [2]
    assert store.states[UUID(int=1)] == "failed"


def test_what_there_is_no_time_for_is_left_to_the_next_round() -> None:
    store, notifier = queue_of((1, 1), (2, 1), (3, 2)), FakeNotifier()
    sent = send_notifications([1, 2], store, notifier, lambda: len(notifier.taken) >= 1)
    assert sent == Sent(messages=1, failed=0, waiting=2)
    assert numbers(store.queued) == [2, 3]
