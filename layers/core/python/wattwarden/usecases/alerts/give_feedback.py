"""A person says what an alert was. It becomes the label of the alert's readings (`postgres/models/history.py`)."""

from datetime import datetime
from uuid import UUID

from wattwarden.contracts.api.alerts import AlertOut, FeedbackRequest
from wattwarden.domain import policy
from wattwarden.domain.people import Principal
from wattwarden.ports.responses import AlertResponses
from wattwarden.ports.views import AlertViews


def give_feedback(
    alert_id: UUID,
    said: FeedbackRequest,
    person: Principal,
    views: AlertViews,
    responses: AlertResponses,
    now: datetime,
) -> AlertOut:
    """Keep the verdict, whatever the alert's state, and return the alert as it is then. It may be changed any time.

    Raises:
        ForbiddenError: the person's role only looks.
        NotFoundError: there is no such alert in the person's hostels.
    """
    policy.require(person, policy.Action.ACKNOWLEDGE)
    scope = policy.scope(person)
    views.alert(scope, alert_id)
    responses.say(alert_id, person, said.verdict, said.note or None, now)
    return views.alert(scope, alert_id).alert
