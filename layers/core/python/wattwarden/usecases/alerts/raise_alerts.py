"""Incidents become alerts: group them, decide who hears of them and how, write it down before anything is sent."""

from dataclasses import replace
from datetime import datetime

from wattwarden.contracts.events import IncidentsOpened, RaisedAlerts
from wattwarden.domain import waves
from wattwarden.domain.suppressions import suppressing
from wattwarden.ports.alerts import AlertStore
from wattwarden.usecases.alerts.grouping import SAME_ALERT_GAP, Group, group, group_grown
from wattwarden.usecases.alerts.messages import is_fresh, messages_for

MOST_ALERTS = 500
"""A workflow's data end at 256 KiB, and a wave may fold thousands of alerts. Pages read the rest anew."""
MOST_PEOPLE = 1000
"""Likewise; the others are told within the minute, when messages that wait are sent to everybody."""


def raise_alerts(event: IncidentsOpened, timezone: str, store: AlertStore, now: datetime) -> RaisedAlerts:
    """Write the alerts of an event; their words tell times in `timezone`, the hostel's.

    What is less than the hostel's floor is written, and waits for the digest (`usecases/alerts/untold.py`).
    What an alert holds already and has become more severe is told again, once at each severity, whoever has taken
    charge of it.
    One decision at a time per hostel, so that two events of one wave do not both raise it. Repeating the call writes
    nothing new and returns what is still unsent. What a rule hides is noted with it and raises nothing; should it
    grow beyond, it comes back (`usecases/alerts/suppressions.py`).

    Raises:
        ConflictError: another transaction changed the same alerts; nothing was written, the call may be repeated.
        UnavailableError: the database is away; likewise.
    """
    with store.deciding(event.hostel_id) as hostel:
        opened, suppressions = hostel.incidents(event.incident_ids), hostel.suppressions()
        hiding = {i.incident_id: suppressing(i, suppressions) for i in opened}
        hostel.suppress({incident_id: t.suppression_id if t else None for incident_id, t in hiding.items()})
        incidents = [i for i in opened if hiding[i.incident_id] is None]
        groups = []
        metered = hostel.metered_rooms()
        if incidents:
            starts = sorted({i.started_at for i in incidents})
            near = [i for i in hostel.near(starts) if suppressing(i, suppressions) is None]
            rooms = sorted({i.room_id for i in incidents})
            known = hostel.open_alerts(rooms, starts[0] - SAME_ALERT_GAP, starts[-1] + waves.SOON)
            groups = group(incidents, near, known, metered)
        folded = [alert_id for found in groups for alert_id in found.draft.folds]
        decided = {*folded, *(found.draft.alert_id for found in groups)}
        for alert in hostel.holding(event.incident_ids):
            told_of = any(suppressing(i, suppressions) is None for i in alert.incidents)
            if alert.news and told_of and alert.alert_id not in decided:
                groups.append(group_grown(alert, metered))
        floor = hostel.floor()
        groups = [_held(found) if is_fresh(found, now) and floor.holds(found.incidents) else found for found in groups]
        if groups:
            told = messages_for(event, groups, hostel.recipients(), timezone, now)
            hostel.save(event.outbox_id, [found.draft for found in groups], told, now)
    raised = store.raised(event)
    return RaisedAlerts(
        hostel_id=raised.hostel_id,
        alert_ids=[*raised.alert_ids, *folded][:MOST_ALERTS],
        user_ids=raised.user_ids[:MOST_PEOPLE],
    )


def _held(found: Group) -> Group:
    """Written, not told."""
    return replace(found, draft=replace(found.draft, told=None), news=False)
