"""What each role may do, said once. Which hostels a person sees is the other half: `Principal.sees` and `scope`."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from wattwarden.domain.errors import ForbiddenError, NotFoundError
from wattwarden.domain.people import Principal, Role

Resolution = Literal["hour", "day"]

HOURS_UP_TO = timedelta(days=14, hours=1)
"""Longest period shown in hours: two weeks, one of which may hold a 25-hour day."""


class Action(StrEnum):
    """What a person does: a code that the page knows, too."""

    SET_UP = "set_up"
    READ_RAW = "read_raw"
    ACKNOWLEDGE = "acknowledge"
    ENTER_OCCUPANCY = "enter_occupancy"
    IMPORT = "import"
    READ_QUARANTINE = "read_quarantine"
    READ_DRIFT = "read_drift"
    SET_SUPPRESSIONS = "set_suppressions"
    REDRIVE = "redrive"
    CHANGE_METER = "change_meter"


WORDS = {
    Action.SET_UP: "set up hostels",
    Action.READ_RAW: "see the occupants' raw curve",
    Action.ACKNOWLEDGE: "answer alerts",
    Action.ENTER_OCCUPANCY: "enter occupancy",
    Action.IMPORT: "import files",
    Action.READ_QUARANTINE: "see what was quarantined",
    Action.READ_DRIFT: "see how the model drifts",
    Action.SET_SUPPRESSIONS: "set suppression rules",
    Action.REDRIVE: "send quarantined items again",
    Action.CHANGE_METER: "record changes of meters",
}
"""What completes the sentence "you may not ..."."""

_ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SET_UP: frozenset({Role.ADMIN}),
    Action.READ_RAW: frozenset({Role.ADMIN, Role.MANAGER}),
    Action.ACKNOWLEDGE: frozenset({Role.ADMIN, Role.MANAGER, Role.WARDEN}),
    Action.ENTER_OCCUPANCY: frozenset({Role.ADMIN, Role.MANAGER, Role.WARDEN}),
    Action.IMPORT: frozenset({Role.ADMIN, Role.MANAGER}),
    Action.READ_QUARANTINE: frozenset({Role.ADMIN, Role.MANAGER}),
    Action.READ_DRIFT: frozenset({Role.ADMIN, Role.MANAGER}),
    Action.SET_SUPPRESSIONS: frozenset({Role.ADMIN, Role.MANAGER}),
    Action.REDRIVE: frozenset({Role.ADMIN, Role.MANAGER}),
    Action.CHANGE_METER: frozenset({Role.ADMIN, Role.MANAGER}),
}

Scope = frozenset[int] | None
"""Hostels whose rows a person may see; None for every hostel."""


def may(person: Principal, action: Action) -> bool:
    return person.role in _ALLOWED[action]


def allowed(person: Principal) -> list[Action]:
    """All that the person's role may do."""
    return [action for action in Action if may(person, action)]


def require(person: Principal, action: Action) -> None:
    """Refuse what the person's role does not allow.

    Raises:
        ForbiddenError: the role may not do this, in any hostel.
    """
    if not may(person, action):
        raise ForbiddenError(f"a {person.role} may not {WORDS[action]}")


def require_hostel(person: Principal, hostel_id: int) -> None:
    """Hide a hostel that the person does not see.

    Raises:
        NotFoundError: the hostel is foreign; whether it exists is not told.
    """
    if not person.sees(hostel_id):
        raise NotFoundError(f"there is no hostel {hostel_id}")


def scope(person: Principal) -> Scope:
    return None if person.role is Role.ADMIN else person.hostel_ids


def series_resolution(person: Principal, period: timedelta) -> Resolution:
    """How fine the person may see a room's curve: hours tell when occupants wake and leave, so not everyone may."""
    return "hour" if may(person, Action.READ_RAW) and period <= HOURS_UP_TO else "day"
