"""A person takes charge of an alert."""

from datetime import datetime
from uuid import UUID

from wattwarden.contracts.api.alerts import AlertOut
from wattwarden.domain import policy
from wattwarden.domain.people import Principal
from wattwarden.ports.responses import AlertResponses
from wattwarden.ports.views import AlertViews


def acknowledge(
    alert_id: UUID, note: str | None, person: Principal, views: AlertViews, responses: AlertResponses, now: datetime
) -> AlertOut:
    """Acknowledge the alert and return it as it is then; doing so again changes nothing.

    Raises:
        ConflictError: somebody else took charge before, or the alert is resolved.
        ForbiddenError: the person's role only looks.
        NotFoundError: there is no such alert in the person's hostels.
    """
    policy.require(person, policy.Action.ACKNOWLEDGE)
    scope = policy.scope(person)
    views.alert(scope, alert_id)
    responses.acknowledge(alert_id, person, note or None, now)
    return views.alert(scope, alert_id).alert
