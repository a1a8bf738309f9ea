"""`ports.responses`: who took charge of an alert, and what people say it was."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.fakes.people import FakeResponses
from tests.integration.ports.hostels import NOW, Hostels
from wattwarden.domain.alerts import AlertState, Verdict
from wattwarden.domain.errors import ConflictError, NotFoundError
from wattwarden.domain.people import Role

VERIFIES = [FakeResponses]
MINUTE = timedelta(minutes=1)


def test_the_first_to_acknowledge_takes_charge_and_may_change_the_note(hostels: Hostels) -> None:
    responses, alert_id = hostels.responses, hostels.add_alert(1, NOW)
    warden, manager = hostels.people[Role.WARDEN], hostels.people[Role.MANAGER]

    responses.acknowledge(alert_id, warden, None, NOW)
    responses.acknowledge(alert_id, warden, "heater found", NOW + MINUTE)
    responses.acknowledge(alert_id, warden, None, NOW + 2 * MINUTE)
    with pytest.raises(ConflictError, match="Warden"):
        responses.acknowledge(alert_id, manager, None, NOW)

    alert = hostels.views.alert(None, alert_id).alert
    assert (alert.state, alert.acknowledged_by, alert.acknowledged_at) == (AlertState.ACKNOWLEDGED, "Warden", NOW)
    assert alert.note == "heater found"


def test_a_resolved_or_missing_alert_cannot_be_acknowledged(hostels: Hostels) -> None:
    responses, warden = hostels.responses, hostels.people[Role.WARDEN]
    with pytest.raises(ConflictError, match="resolved"):
        responses.acknowledge(hostels.add_alert(1, NOW, state=AlertState.RESOLVED), warden, None, NOW)
    with pytest.raises(NotFoundError):
        responses.acknowledge(UUID(int=99), warden, None, NOW)


def test_what_people_say_about_an_alert_counts_by_the_last(hostels: Hostels) -> None:
    responses, alert_id = hostels.responses, hostels.add_alert(1, NOW, state=AlertState.RESOLVED)
    assert hostels.views.alert(None, alert_id).alert.feedback is None
    warden, manager = hostels.people[Role.WARDEN], hostels.people[Role.MANAGER]

    responses.say(alert_id, warden, Verdict.REAL, "heater", NOW)
    responses.say(alert_id, manager, Verdict.UNSURE, None, NOW + MINUTE)
    assert [said.by for said in hostels.views.alert(None, alert_id).feedback] == ["Manager", "Warden"]
    responses.say(alert_id, warden, Verdict.EXPECTED, None, NOW + 2 * MINUTE)
    responses.say(alert_id, warden, Verdict.EXPECTED, None, NOW + 3 * MINUTE)

    detail = hostels.views.alert(hostels.scope, alert_id)
    assert [(said.by, said.verdict, said.note) for said in detail.feedback] == [
        ("Warden", Verdict.EXPECTED, None),
        ("Manager", Verdict.UNSURE, None),
    ]
    assert detail.alert.feedback == detail.feedback[0]
    assert detail.feedback[0].at == NOW + 2 * MINUTE
    with pytest.raises(NotFoundError):
        responses.say(UUID(int=99), warden, Verdict.REAL, None, NOW)
