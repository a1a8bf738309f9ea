"""The tasks of alert_fanout as Step Functions and the clock call them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest

from tests.fakes.alerts import FakeAlerts, FakeNotifier
from tests.fakes.asset_registry import FakeAssetRegistry
from wattwarden.contracts.events import IncidentsOpened, Message, RaisedAlerts
from wattwarden.domain.alerts import Recipient
from wattwarden.domain.anomalies import Incident, Kind, Severity, Tier
from wattwarden.domain.people import Role
from wattwarden.runtime.wiring import wiring

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
EVERY_MINUTE = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}


class Context:
    function_name = "send_notifications"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:send_notifications"
    aws_request_id = "request-1"
    left_ms = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


@pytest.fixture
def notifier() -> FakeNotifier:
    return FakeNotifier()


@pytest.fixture
def sending(notifier: FakeNotifier) -> Iterator[ModuleType]:
    """The function, with a message waiting for each of two people."""
    queue = FakeAlerts()
    for number in (1, 2):
        key = UUID(int=number)
        queue.messages[key] = Message(
            notification_id=key, user_id=number, channel="email", severity="low", subject="s", body="m"
        )
        queue.states[key] = "queued"
    with wiring.use(notifications=queue, notifier=notifier):
        yield import_module("functions.send_notifications.handler")


def test_the_workflow_sends_to_the_people_it_names(sending: ModuleType, notifier: FakeNotifier) -> None:
    event = RaisedAlerts(hostel_id=1, alert_ids=[UUID(int=5)], user_ids=[2]).model_dump(mode="json")
    assert sending.handler(event, Context()) == {"messages": 1, "failed": 0, "waiting": 0}
    assert [d.user_id for d in notifier.taken] == [2]


def test_the_clock_sends_to_everybody_who_waits(sending: ModuleType, notifier: FakeNotifier) -> None:
    notifier.away = {1}
    assert sending.handler(EVERY_MINUTE, Context()) == {"messages": 1, "failed": 0, "waiting": 1}
    notifier.away = set()
    assert sending.handler(EVERY_MINUTE, Context()) == {"messages": 1, "failed": 0, "waiting": 0}
    assert [d.user_id for d in notifier.taken] == [2, 1]


def test_a_message_that_will_never_be_taken_is_counted_and_not_called_sent(
    sending: ModuleType, notifier: FakeNotifier, capsys: pytest.CaptureFixture[str]
) -> None:
    notifier.invalid = {UUID(int=1)}
    assert sending.handler(EVERY_MINUTE, Context()) == {"messages": 1, "failed": 1, "waiting": 0}
    told = capsys.readouterr().out
    assert '"MessagesSent":[1.0]' in told
    assert '"MessagesFailed":[1.0]' in told


def test_nothing_is_begun_that_the_end_of_the_invocation_could_cut_in_two(
    sending: ModuleType, notifier: FakeNotifier
) -> None:
    context = Context()
    context.left_ms = sending.RESERVE_MS - 1
    assert sending.handler(EVERY_MINUTE, context) == {"messages": 0, "failed": 0, "waiting": 2}
    assert notifier.tries == 0


def test_incidents_are_raised_and_the_answer_names_whom_to_tell() -> None:
    module = import_module("functions.raise_alerts.handler")
    incident = Incident(
        incident_id=UUID(int=9), hostel_id=1, room_id=2, room_name="B-204", block="B", meter_serial="M1",
        kind=Kind.EXCESS, severity=Severity.LOW, tier=Tier.RULES, started_at=NOW, last_at=datetime.now(UTC),
        peak_kw=2.0, expected_kw=0.5, excess_kwh=1.5, cost=Decimal(12), currency="INR", confidence=0.9, reasons={},
    )  # fmt: skip
    store = FakeAlerts(responsible=[Recipient(1, "warden@example.org", None, Role.WARDEN)])
    store.known = {UUID(int=9): incident}
    opened = IncidentsOpened(outbox_id=UUID(int=4), hostel_id=1, incident_ids=[UUID(int=9)], detected_at=NOW)
    with wiring.use(alerts=store, asset_registry=FakeAssetRegistry(zones={1: "Asia/Kolkata"})):
        answer = RaisedAlerts.model_validate(module.handler(opened.model_dump(mode="json"), Context()))
    assert (answer.alert_ids, answer.user_ids) == (list(store.drafts), [1])


def test_the_workflow_passes_on_what_raising_returns() -> None:
    states = json.loads(Path("statemachines/alert_fanout.asl.json").read_text(encoding="utf-8"))["States"]
    branches = [branch["States"][branch["StartAt"]] for branch in states["FanOut"]["Branches"]]
    assert not [task for task in (states["FanOut"], *branches) if {"InputPath", "Parameters"} & task.keys()]
