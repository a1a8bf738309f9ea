"""What one task of alert_fanout hands to the next fits into a workflow's 256 KiB, whatever the hostel's size."""

import json
from datetime import UTC, datetime
from uuid import UUID

from tests.fakes.alerts import FakeAlerts
from wattwarden.contracts.events import IncidentsOpened, Message, RaisedAlerts
from wattwarden.usecases.alerts.raise_alerts import MOST_ALERTS, MOST_PEOPLE, raise_alerts
from wattwarden.usecases.alerts.reraise import INCIDENTS_PER_EVENT

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
LIMIT_BYTES = 256 * 1024
LONGEST_ID = 2**63 - 1


def size(contract: IncidentsOpened | RaisedAlerts) -> int:
    return len(json.dumps(contract.model_dump(mode="json")).encode())


def ids(number: int) -> list[UUID]:
    return [UUID(int=2**128 - 1 - n) for n in range(number)]


def test_as_many_as_may_be_fit_with_room_to_spare() -> None:
    most = RaisedAlerts(
        hostel_id=LONGEST_ID, alert_ids=ids(MOST_ALERTS), user_ids=[LONGEST_ID - n for n in range(MOST_PEOPLE)]
    )
    opened = IncidentsOpened(
        outbox_id=UUID(int=1), hostel_id=LONGEST_ID, incident_ids=ids(INCIDENTS_PER_EVENT), detected_at=NOW
    )
    assert size(most) < LIMIT_BYTES / 4
    assert size(opened) < LIMIT_BYTES / 4


def test_a_decision_over_thousands_returns_no_more_than_that() -> None:
    store = FakeAlerts()
    incidents, people = ids(3 * MOST_ALERTS), 2 * MOST_PEOPLE
    store.alert_of = {incident: incident for incident in incidents}
    for number in range(people):
        key = UUID(int=number)
        store.messages[key] = Message(
            notification_id=key, user_id=number + 1, channel="email", severity="low", subject="s", body="m"
        )
        store.states[key] = "queued"
    event = IncidentsOpened(outbox_id=UUID(int=1), hostel_id=1, incident_ids=incidents, detected_at=NOW)
    answer = raise_alerts(event, "UTC", store, NOW)
    assert answer.alert_ids == incidents[:MOST_ALERTS], "those of the event come first"
    assert answer.user_ids == list(range(1, MOST_PEOPLE + 1))
