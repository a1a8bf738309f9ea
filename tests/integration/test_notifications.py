"""Messages on the real database: each leaves once, in its person's order, whoever sends and whatever breaks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert

from tests.integration.hostel import Hostel, at, rows_of
from wattwarden.adapters.postgres.alerts.notifications import PostgresNotifications
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.contracts.events import Message
from wattwarden.domain.alerts import MessageState
from wattwarden.domain.errors import InvalidError, UnavailableError
from wattwarden.usecases.alerts.deliver import Sent, send_notifications

NOON = at("2026-07-01T12:00")
PER_PERSON = 20


class Phone:
    """Takes messages unless it is `away`; remembers them in order."""

    def __init__(self) -> None:
        self.away = False
        self.taken: list[tuple[int, int]] = []
        self._lock = Lock()

    def send(self, message: Message) -> str:
        if self.away:
            raise UnavailableError("the notifier does not answer")
        with self._lock:
            self.taken.append((message.user_id, message.notification_id.int))
        return f"sns-{message.notification_id.int}"


@pytest.fixture
def people(engine: Engine, hostel: Hostel) -> list[int]:
    """Two people with messages that wait, their ids falling as time goes on."""
    with engine.begin() as connection:
        ids = [
            int(connection.execute(insert(t.users).values(email=f"{n}@x.example", name=str(n), role="warden")
                .returning(t.users.c.id)).scalar_one())
            for n in range(2)
        ]  # fmt: skip
        for number in range(2 * PER_PERSON):
            connection.execute(
                insert(t.notifications).values(
                    id=UUID(int=1000 - number), event_id=UUID(int=1), hostel_id=hostel.hostel_id,
                    user_id=ids[number % 2], channel="email", severity="high", subject="s", message="m",
                    queued_at=NOON.replace(microsecond=number),
                )
            )  # fmt: skip
    return ids


@pytest.fixture
def queue(engine: Engine) -> PostgresNotifications:
    return PostgresNotifications(engine)


def never() -> bool:
    return False


def test_two_senders_at_once_send_each_message_once_and_in_order(
    engine: Engine, queue: PostgresNotifications, people: list[int]
) -> None:
    phone = Phone()
    assert queue.people() == people
    with ThreadPoolExecutor(2) as pool:
        rounds = list(pool.map(lambda order: send_notifications(order, queue, phone, never), [people, people[::-1]]))

    assert sum(sent.messages for sent in rounds) == len(phone.taken) == 2 * PER_PERSON
    for n, user_id in enumerate(people):
        ids = [number for to, number in phone.taken if to == user_id]
        assert ids == [1000 - number for number in range(n, 2 * PER_PERSON, 2)]
    assert rows_of(engine, "SELECT DISTINCT state, sent_at IS NOT NULL AS dated FROM notifications") == [
        {"state": "sent", "dated": True}
    ]
    assert rows_of(engine, "SELECT provider_id FROM notifications WHERE id = :id", id=UUID(int=1000)) == [
        {"provider_id": "sns-1000"}
    ]
    assert queue.people() == []


def test_what_the_notifier_did_not_take_leaves_once_when_it_is_back(
    queue: PostgresNotifications, people: list[int]
) -> None:
    phone = Phone()
    phone.away = True
    for _ in range(3):
        assert send_notifications(people, queue, phone, never) == Sent(messages=0, failed=0, waiting=2)
    phone.away = False
    send_notifications(queue.people(), queue, phone, never)
    assert len(phone.taken) == len(set(phone.taken)) == 2 * PER_PERSON


def test_only_the_message_that_was_leaving_can_leave_twice_when_its_sender_dies(
    queue: PostgresNotifications, people: list[int]
) -> None:
    phone = Phone()

    def taken_but_never_recorded(message: Message) -> str:
        phone.send(message)
        raise KeyboardInterrupt

    queue.send_next(people[0], phone.send)
    with pytest.raises(KeyboardInterrupt):
        queue.send_next(people[0], taken_but_never_recorded)
    send_notifications(people, queue, phone, never)
    repeated = {message for message in phone.taken if phone.taken.count(message) > 1}
    assert repeated == {(people[0], 998)}


def test_a_message_that_will_never_be_taken_is_recorded_and_passed_over(
    engine: Engine, queue: PostgresNotifications, people: list[int]
) -> None:
    def refuse(_: Message) -> str:
        raise InvalidError("no such address")

    assert queue.send_next(people[0], refuse) is MessageState.FAILED
    assert rows_of(engine, "SELECT id, error FROM notifications WHERE state = 'failed'") == [
        {"id": UUID(int=1000), "error": "no such address"}
    ]
    phone = Phone()
    assert queue.send_next(people[0], phone.send) is MessageState.SENT
    assert phone.taken == [(people[0], 998)]


def test_a_person_without_messages_is_told_so(queue: PostgresNotifications, hostel: Hostel) -> None:
    assert queue.send_next(hostel.hostel_id, Phone().send) is None
