"""What dispatch_outbox does each minute, and what it still does when a part of it fails."""

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from types import ModuleType
from uuid import UUID

import pytest

from tests.fakes.alerts import FakeAlerts, FakeUntold
from tests.fakes.telemetry import FakeBus
from tests.unit.usecases.test_reraise import NOW, FakeLost
from tests.unit.usecases.test_suppressions import FakeSuppressed
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.errors import UnavailableError
from wattwarden.runtime.wiring import wiring

EVERY_MINUTE = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
LEFT = IncidentsOpened(outbox_id=UUID(int=4), hostel_id=1, incident_ids=[UUID(int=9)], detected_at=NOW)


class Context:
    function_name = "dispatch_outbox"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:dispatch_outbox"
    aws_request_id = "request-1"


class Store(FakeLost):
    """One incident without an alert, and an event that a crash left behind; what is `broken` does not answer."""

    broken = ""

    def unheld(self, since: datetime, until: datetime, quiet_since: datetime, limit: int) -> list[tuple[int, UUID]]:
        if self.broken == "unheld":
            raise UnavailableError("the database does not answer")
        return super().unheld(since, until, quiet_since, limit)

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        assert older_than_s > 0
        assert limit > 0
        return [LEFT]


class Suppressed(FakeSuppressed):
    broken = ""

    def suppressed(self, since: datetime) -> list:  # type: ignore[type-arg]
        if self.broken:
            raise ValueError(self.broken)
        return super().suppressed(since)


@pytest.fixture
def store() -> Store:
    return Store([(1, UUID(int=7))])


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def suppressions() -> Suppressed:
    return Suppressed([])


@pytest.fixture
def dispatch(store: Store, bus: FakeBus, suppressions: Suppressed) -> Iterator[ModuleType]:
    with wiring.use(outbox=store, bus=bus, suppressions=suppressions, untold=FakeUntold(), alerts=FakeAlerts()):
        yield import_module("functions.dispatch_outbox.handler")


def sent(bus: FakeBus) -> list[int]:
    return [event.incident_ids[0].int for event in bus.events]


def test_incidents_without_an_alert_and_what_a_crash_left_are_sent(
    dispatch: ModuleType, bus: FakeBus, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch.handler(EVERY_MINUTE, Context()) == {
        "released": 0, "raised_again": 1, "told": 0, "digests": 0, "sent": 1,
    }  # fmt: skip
    assert sent(bus) == [7, 9]
    assert '"IncidentsRaisedAgain":[1.0]' in capsys.readouterr().out


def test_the_outbox_is_swept_when_nothing_else_works_and_the_alarm_hears_of_both_failures(
    dispatch: ModuleType, store: Store, bus: FakeBus, suppressions: Suppressed
) -> None:
    store.broken, suppressions.broken = "unheld", "a row that nobody foresaw"
    with pytest.raises(ExceptionGroup) as failed:
        dispatch.handler(EVERY_MINUTE, Context())
    assert [type(error) for error in failed.value.exceptions] == [ValueError, UnavailableError]
    assert sent(bus) == [9]


def test_incidents_are_raised_again_when_releasing_others_fails(
    dispatch: ModuleType, bus: FakeBus, suppressions: Suppressed
) -> None:
    suppressions.broken = "a row that nobody foresaw"
    with pytest.raises(ExceptionGroup):
        dispatch.handler(EVERY_MINUTE, Context())
    assert sent(bus) == [7, 9]
