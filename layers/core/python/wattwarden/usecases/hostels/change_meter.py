"""A meter is replaced, its transformer's ratio changes, it is taken away: said here, so that no energy is made up."""

from datetime import datetime

from wattwarden.contracts.api.meters import MeterChangeIn, MeterChangeList, MeterOut
from wattwarden.domain import policy
from wattwarden.domain.errors import InvalidError
from wattwarden.domain.people import Principal
from wattwarden.ports.meters import MeterAdmin
from wattwarden.ports.views import MeterViews


def change_meter(
    meter_id: int, change: MeterChangeIn, person: Principal, admin: MeterAdmin, views: MeterViews, now: datetime
) -> MeterChangeList:
    """Record a change; what the meter said since then is worked out anew. Returns all of the meter's changes.

    Raises:
        ForbiddenError: the person's role may not.
        InvalidError: the change lies ahead, or the meter has no register.
        NotFoundError: there is no such meter in the person's hostels.
    """
    policy.require(person, policy.Action.CHANGE_METER)
    _require_past(change.at, now)
    admin.save_change(policy.scope(person), meter_id, change, person)
    return views.changes(policy.scope(person), meter_id)


def take_back_change(
    meter_id: int, at: datetime, person: Principal, admin: MeterAdmin, views: MeterViews
) -> MeterChangeList:
    """Delete a change; what the meter said since then is worked out anew. Returns those that remain.

    Raises:
        ForbiddenError: the person's role may not.
        NotFoundError: there is no such meter in the person's hostels, or no change of it at that instant.
    """
    policy.require(person, policy.Action.CHANGE_METER)
    admin.delete_change(policy.scope(person), meter_id, at, person)
    return views.changes(policy.scope(person), meter_id)


def remove_meter(meter_id: int, at: datetime, person: Principal, admin: MeterAdmin, now: datetime) -> MeterOut:
    """Take a meter out of service.

    Raises:
        ForbiddenError: the person is no administrator.
        InvalidError: the removal lies ahead.
        NotFoundError: there is no such meter.
    """
    policy.require(person, policy.Action.SET_UP)
    _require_past(at, now)
    return admin.remove(policy.scope(person), meter_id, at, person)


def _require_past(at: datetime, now: datetime) -> None:
    if at > now:
        raise InvalidError("body.at: it lies ahead; say what was done after it was done")
