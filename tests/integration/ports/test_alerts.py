"""`ports.alerts` and `ports.notifications`: alerts decided on once, messages that leave in order."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid5

import boto3
import pytest
from sqlalchemy import Engine, insert

from tests.fakes.alerts import FakeAlerts, FakeNotifier
from tests.integration.hostel import Hostel, anomaly, at
from tests.unit.usecases.test_alerts import NAMESPACE
from tests.unit.usecases.test_alerts import incident as made
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.alerts.notifications import PostgresNotifications
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.adapters.sns import SnsNotifier
from wattwarden.contracts.events import IncidentsOpened, Message, RaisedAlerts
from wattwarden.domain.alerts import AlertDraft, AlertState, Channel, MessageState, Recipient
from wattwarden.domain.anomalies import Kind, Severity, incident_id
from wattwarden.domain.errors import InvalidError, UnavailableError
from wattwarden.domain.people import Role
from wattwarden.ports.alerts import AlertStore
from wattwarden.ports.notifications import NotificationQueue, Notifier
from wattwarden.ports.scoring import Effects

VERIFIES = [FakeAlerts, FakeNotifier]
NOON = at("2026-07-01T12:00")
HOUR = timedelta(hours=1)


@dataclass
class Inbox:
    """A hostel with three incidents of noon, in the rooms A-1 to A-3, and two wardens who hear of it."""

    store: AlertStore
    queue: NotificationQueue
    hostel_id: int
    rooms: list[int]
    people: list[int]
    incidents: list[UUID] = field(default_factory=list)

    def event(self, *incident_ids: UUID) -> IncidentsOpened:
        return IncidentsOpened(
            outbox_id=UUID(int=1), hostel_id=self.hostel_id, incident_ids=list(incident_ids), detected_at=NOON
        )

    def draft(self, number: int, *places: int, severity: Severity = Severity.MEDIUM) -> AlertDraft:
        """An alert of the room of the first of these incidents."""
        return AlertDraft(
            alert_id=UUID(int=number),
            hostel_id=self.hostel_id,
            room_id=self.rooms[places[0]],
            block="A",
            kind=Kind.EXCESS,
            severity=severity,
            started_at=NOON,
            incident_ids=tuple(self.incidents[place] for place in places),
            told=severity,
        )

    def save(self, *drafts: AlertDraft, messages: tuple[Message, ...] = ()) -> None:
        with self.store.deciding(self.hostel_id) as decision:
            decision.save(UUID(int=1), drafts, [(None, message) for message in messages], NOON)


@pytest.fixture
def inbox(kind: str, request: pytest.FixtureRequest) -> Inbox:
    if kind == "fake":
        fake = FakeAlerts(responsible=[Recipient(n, f"{n}@x.example", None, Role.WARDEN) for n in (1, 2)])
        fake.metered, fake.sockets = {"A": 4}, ["c1", "c2"]
        inbox = Inbox(fake, fake, 1, [1, 2, 3, 4], [1, 2])
        for room in (1, 2, 3):
            one = replace(
                made(f"i{room}", 0), room_id=room, kind=Kind.EXCESS, started_at=NOON, last_at=NOON,
                peak_kw=2.0, expected_kw=0.5, excess_kwh=1.5,
            )  # fmt: skip
            fake.known[one.incident_id] = one
            inbox.incidents.append(uuid5(NAMESPACE, f"i{room}"))
        return inbox
    engine: Engine = request.getfixturevalue("engine")
    hostel: Hostel = request.getfixturevalue("hostel")
    people = []
    with engine.begin() as connection:
        for n in (1, 2):
            user = insert(t.users).values(email=f"{n}@x.example", name=str(n), role="warden").returning(t.users.c.id)
            people.append(int(connection.execute(user).scalar_one()))
            connection.execute(insert(t.user_hostels).values(user_id=people[-1], hostel_id=hostel.hostel_id))
            connection.execute(insert(t.live_connections).values(connection_id=f"c{n}", user_id=people[-1]))
    found = [anomaly(meter, NOON, NOON) for meter in hostel.meters[:3]]
    PostgresTelemetry(engine).commit(Effects(anomalies=found))
    ids = [incident_id(meter, NOON) for meter in hostel.meters[:3]]
    queue = PostgresNotifications(engine)
    return Inbox(PostgresAlerts(engine), queue, hostel.hostel_id, hostel.rooms, people, ids)


def message(number: int, user_id: int) -> Message:
    return Message(
        notification_id=UUID(int=number), user_id=user_id, channel=Channel.EMAIL, severity="high", subject="s", body="b"
    )


def test_incidents_without_an_alert_are_found_by_id_and_by_time(inbox: Inbox) -> None:
    first, second, third = inbox.incidents
    inbox.save(inbox.draft(1, 0))
    with inbox.store.deciding(inbox.hostel_id) as decision:
        found = decision.incidents([first, second, UUID(int=99)])
        assert [(i.incident_id, i.peak_kw, i.expected_kw) for i in found] == [(second, 2.0, 0.5)]
        assert {i.incident_id for i in decision.near([NOON + timedelta(minutes=1)])} == {second, third}
        assert decision.near([NOON + 24 * HOUR]) == []


def test_an_alert_that_is_saved_again_never_gets_less_severe(inbox: Inbox) -> None:
    inbox.save(inbox.draft(1, 0, severity=Severity.MEDIUM))
    inbox.save(replace(inbox.draft(1, 0, severity=Severity.LOW), block="B"))
    with inbox.store.deciding(inbox.hostel_id) as decision:
        [alert] = decision.open_alerts([inbox.rooms[0]], NOON, NOON)
    assert (alert.alert_id, alert.room_id, alert.severity) == (UUID(int=1), inbox.rooms[0], Severity.MEDIUM)
    assert (alert.state, alert.started_at, alert.lasts) == (AlertState.OPEN, NOON, True)
    with inbox.store.deciding(inbox.hostel_id) as decision:
        assert decision.holding([*inbox.incidents, UUID(int=99)]) == [alert]
    inbox.save(inbox.draft(1, 0, severity=Severity.CRITICAL))
    with inbox.store.deciding(inbox.hostel_id) as decision:
        assert [one.severity for one in decision.open_alerts([inbox.rooms[0]], NOON, NOON)] == [Severity.CRITICAL]


def test_an_incident_stays_in_its_alert_unless_that_is_folded(inbox: Inbox) -> None:
    inbox.save(inbox.draft(1, 0), inbox.draft(2, 1))
    inbox.save(replace(inbox.draft(3, 2, 0, 1), room_id=None, folds=(UUID(int=1),)))
    assert inbox.store.raised(inbox.event(*inbox.incidents)).alert_ids == [UUID(int=2), UUID(int=3)]
    with inbox.store.deciding(inbox.hostel_id) as decision:
        found = {one.alert_id: len(one.incidents) for one in decision.open_alerts(inbox.rooms, NOON, NOON)}
    assert found == {UUID(int=2): 1, UUID(int=3): 2}


def test_alerts_that_none_long_over_nor_elsewhere_are_open(inbox: Inbox) -> None:
    inbox.save(inbox.draft(1, 0), inbox.draft(2, 1))
    with inbox.store.deciding(inbox.hostel_id) as decision:
        assert len(decision.open_alerts([], NOON - HOUR, NOON)) == 2
        assert [one.alert_id.int for one in decision.open_alerts(inbox.rooms[1:2], NOON - 2 * HOUR, NOON - HOUR)] == [2]
        assert decision.open_alerts(inbox.rooms, NOON + HOUR, NOON + 2 * HOUR) == []


def test_who_hears_of_it_and_what_they_need_not_hear(inbox: Inbox) -> None:
    with inbox.store.deciding(inbox.hostel_id) as decision:
        assert [person.user_id for person in decision.recipients()] == inbox.people
        assert decision.metered_rooms() == {"A": 4}
        assert list(decision.suppressions()) == []
        decision.suppress({inbox.incidents[0]: None})
    assert inbox.store.alerts([UUID(int=99)]) == []
    assert inbox.store.connections(inbox.hostel_id) == ["c1", "c2"]
    for _ in range(2):
        inbox.store.forget_connection("c1")
    assert inbox.store.connections(inbox.hostel_id) == ["c2"]


def test_messages_leave_once_each_in_their_order(inbox: Inbox) -> None:
    one, other = inbox.people
    queued = (message(4, other), message(3, one), message(2, other))
    for _ in range(2):
        inbox.save(inbox.draft(1, 0), messages=queued)
    assert inbox.store.raised(inbox.event(inbox.incidents[0])) == RaisedAlerts(
        hostel_id=inbox.hostel_id, alert_ids=[UUID(int=1)], user_ids=[one, other]
    )
    assert list(inbox.queue.people()) == [other, one]
    sent: list[int] = []

    def send(given: Message) -> str:
        sent.append(given.notification_id.int)
        return "provider"

    while (state := inbox.queue.send_next(other, send)) is not None:
        assert state is MessageState.SENT
    assert sent == [4, 2]
    assert list(inbox.queue.people()) == [one]


def test_a_message_that_was_not_taken_waits_and_an_invalid_one_does_not(inbox: Inbox) -> None:
    one = inbox.people[0]
    inbox.save(messages=(message(1, one),))

    def fail(error: Exception) -> None:
        def send(_: Message) -> str:
            raise error

        assert inbox.queue.send_next(one, send) is MessageState.FAILED

    with pytest.raises(UnavailableError):
        fail(UnavailableError("away"))
    assert list(inbox.queue.people()) == [one]
    fail(InvalidError("no such address"))
    assert list(inbox.queue.people()) == []
    assert inbox.queue.send_next(one, lambda _: "provider") is None


def test_a_notifier_takes_a_message_or_says_that_it_never_will_or_is_away(
    kind: str, request: pytest.FixtureRequest
) -> None:
    bad, away = message(2, 7).model_copy(update={"subject": "x" * 101}), message(3, 8)
    notifier: Notifier = FakeNotifier(away={8}, invalid={bad.notification_id})
    nobody: Notifier = notifier
    if kind == "real":
        request.getfixturevalue("aws")
        arn = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
        notifier, nobody = SnsNotifier(arn), SnsNotifier(arn + "-gone")
    assert notifier.send(message(1, 7)) != notifier.send(message(4, 7))
    with pytest.raises(InvalidError):
        notifier.send(bad)
    with pytest.raises(UnavailableError):
        nobody.send(away)
