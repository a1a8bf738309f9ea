"""Label, replay, apply: what a suppression rule would have done last month, before it counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from wattwarden.contracts.api.suppressions import HiddenAlert, SuppressionEffect, SuppressionIn, SuppressionList
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain import policy
from wattwarden.domain.alert_facts import facts_of
from wattwarden.domain.alerts import ToldAlert
from wattwarden.domain.anomalies import Incident, as_text
from wattwarden.domain.people import Principal
from wattwarden.domain.suppressions import SuppressionRule, excess_kw, suppressing
from wattwarden.ports.suppressions import SuppressedStore, SuppressionStore
from wattwarden.words.alerts import title

TRIED_ON = timedelta(days=30)
STILL_NEWS = timedelta(days=1)
"""An incident whose last reading is older than this is not told any more when a suppression rule lets go of it."""


def preview(
    hostel_id: int, proposed: Sequence[SuppressionIn], person: Principal, store: SuppressionStore, now: datetime
) -> SuppressionEffect:
    """What the rules would have done with the last thirty days' incidents, as they are known now.

    Hidden is an alert none of whose incidents would have been told; missed, one of those that people call real.

    Raises:
        ForbiddenError: the person's role sets no suppression rules.
        NotFoundError: the person does not see the hostel.
    """
    _require(hostel_id, person)
    store.in_force(policy.scope(person), hostel_id)
    suppressions = as_rules(proposed)
    told = store.told(hostel_id, now - TRIED_ON)
    hidden = [alert for alert in told if alert.incidents and all(suppressing(i, suppressions) for i in alert.incidents)]
    revealed = [i for i in store.untold(hostel_id, now - TRIED_ON) if suppressing(i, suppressions) is None]
    return SuppressionEffect(
        days=TRIED_ON.days,
        alerts=len(told),
        hidden=len(hidden),
        missed=sum(alert.verdict == "real" for alert in hidden),
        revealed=len(revealed),
        hidden_alerts=[_hidden(alert) for alert in hidden],
    )


def set_suppressions(
    hostel_id: int, wanted: Sequence[SuppressionIn], person: Principal, store: SuppressionStore, now: datetime
) -> SuppressionList:
    """Have these rules count from now on, in the place of those so far.

    Raises:
        ForbiddenError: the person's role sets no suppression rules.
        InvalidError: a room is not of this hostel.
        NotFoundError: the person does not see the hostel.
    """
    _require(hostel_id, person)
    scope = policy.scope(person)
    store.in_force(scope, hostel_id)
    store.replace(hostel_id, as_rules(wanted), person, now)
    return SuppressionList(suppressions=store.in_force(scope, hostel_id))


def release(store: SuppressedStore, now: datetime) -> int:
    """Have incidents told that no rule hides any more: they grew, or the rules changed. Returns how many.

    Each leaves by the outbox, as when it opened; raise_alerts decides over it anew.
    """
    events = [
        IncidentsOpened(
            outbox_id=_release_id(incident, suppressions),
            hostel_id=incident.hostel_id,
            incident_ids=[incident.incident_id],
            detected_at=now,
        )
        for incident, suppressions in store.suppressed(now - STILL_NEWS)
        if suppressing(incident, suppressions) is None
    ]
    if events:
        store.release(events)
    return len(events)


def as_rules(said: Sequence[SuppressionIn]) -> list[SuppressionRule]:
    return [SuppressionRule(**one.model_dump()) for one in said]


def _release_id(incident: Incident, suppressions: Sequence[SuppressionRule]) -> UUID:
    """The same for every look at an incident that did not change, under rules that did not."""
    ids = ",".join(str(t.suppression_id) for t in sorted(suppressions, key=lambda t: t.suppression_id or 0))
    return uuid5(NAMESPACE_OID, f"release:{incident.incident_id}:{as_text(incident.last_at)}:{ids}")


def _require(hostel_id: int, person: Principal) -> None:
    policy.require(person, policy.Action.SET_SUPPRESSIONS)
    policy.require_hostel(person, hostel_id)


def _hidden(alert: ToldAlert) -> HiddenAlert:
    known = [(excess, i) for i in alert.incidents if (excess := excess_kw(i)) is not None]
    excess, worst = max(known, key=lambda pair: pair[0], default=(None, alert.incidents[0]))
    return HiddenAlert(
        alert_id=alert.alert_id,
        title=title(facts_of(alert.incidents, alert.kind, {} if alert.room_id is None else None)),
        room=worst.room_name,
        kind=worst.kind,
        severity=max((i.severity for i in alert.incidents), key=lambda s: s.rank),
        started_at=min(i.started_at for i in alert.incidents),
        excess_kw=None if excess is None else round(excess, 4),
        confidence=max(i.confidence for i in alert.incidents),
        verdict=alert.verdict,
    )
