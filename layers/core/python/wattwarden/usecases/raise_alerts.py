"""Incidents become alerts: group them, decide who hears of them and how, write it down before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid5

from wattwarden.contracts.events import Delivery, IncidentsOpened, RaisedAlerts
from wattwarden.domain import wording
from wattwarden.domain.anomalies import NAMESPACE, Incident, Severity
from wattwarden.domain.people import Role
from wattwarden.ports.alerts import AlertDraft, AlertStore, OpenAlert, Recipient

SAME_ALERT_GAP = timedelta(hours=3)
"""Incidents of a room this close together are one alert, as two events of a label are."""

FRESH = timedelta(hours=24)
"""An older incident comes from imported history: it is told in a digest, not one message each."""

DIGEST_LINES = 20
SUBJECT_LIMIT = 99
SMS_LIMIT = 300


@dataclass(frozen=True, slots=True)
class _Group:
    """One alert and the incidents that raise it now. `news` is False when the alert was told already."""

    draft: AlertDraft
    incidents: tuple[Incident, ...]
    news: bool


def raise_alerts(event: IncidentsOpened, timezone: str, store: AlertStore, now: datetime) -> RaisedAlerts:
    """Write the alerts of an event; their words tell times in `timezone`, the hostel's.

    Repeating the call writes nothing new and returns what is still unsent.
    """
    incidents = sorted(store.incidents(event.incident_ids), key=lambda i: (i.room_id, i.started_at))
    groups: list[_Group] = []
    rooms = sorted({incident.room_id for incident in incidents})
    open_alerts = store.open_alerts(event.hostel_id, rooms)
    for room_id, of_room in groupby(incidents, key=lambda i: i.room_id):
        groups += _group_room(list(of_room), [a for a in open_alerts if a.room_id == room_id], timezone)
    deliveries = _deliveries(event, groups, store.recipients(event.hostel_id), timezone, now)
    store.save(event.outbox_id, [group.draft for group in groups], deliveries)
    return store.raised(event)


def _group_room(incidents: Sequence[Incident], open_alerts: Sequence[OpenAlert], timezone: str) -> list[_Group]:
    """Attach each incident of a room to the alert it continues, or start a new one.

    An alert holds one type: low voltage during an excess is news, not more of the same.
    """
    groups: list[_Group] = []
    for incident in incidents:
        at = next((n for n, group in enumerate(groups) if _goes_with(group, incident)), None)
        if at is not None:
            groups[at] = _join(groups[at], incident, timezone)
            continue
        known = next((a for a in open_alerts if _continues(incident, a)), None)
        alert_id = known.alert_id if known else uuid5(NAMESPACE, f"alert:{incident.incident_id}")
        severity = max(incident.severity, known.severity, key=lambda s: s.rank) if known else incident.severity
        draft = AlertDraft(
            alert_id=alert_id,
            hostel_id=incident.hostel_id,
            room_id=incident.room_id,
            block=incident.block,
            kind=incident.kind,
            severity=severity,
            title=wording.title(incident),
            why=wording.why(incident, timezone),
            started_at=known.started_at if known else incident.started_at,
            incident_ids=(incident.incident_id,),
        )
        groups.append(_Group(draft, (incident,), news=known is None or severity.rank > known.severity.rank))
    return groups


def _goes_with(group: _Group, incident: Incident) -> bool:
    near = incident.started_at - max(i.last_at for i in group.incidents) <= SAME_ALERT_GAP
    return near and incident.kind.type is group.draft.kind.type


def _continues(incident: Incident, alert: OpenAlert) -> bool:
    near = alert.started_at - SAME_ALERT_GAP <= incident.started_at <= alert.last_at + SAME_ALERT_GAP
    return near and incident.kind.type is alert.kind.type


def _join(group: _Group, incident: Incident, timezone: str) -> _Group:
    """The group with one more incident; the worst one gives the alert its kind and words."""
    worst = max((*group.incidents, incident), key=lambda i: (i.severity.rank, i.excess_kwh))
    draft = replace(
        group.draft,
        kind=worst.kind,
        severity=max(group.draft.severity, worst.severity, key=lambda s: s.rank),
        title=wording.title(worst),
        why=wording.why(worst, timezone),
        incident_ids=(*group.draft.incident_ids, incident.incident_id),
    )
    return _Group(draft, (*group.incidents, incident), group.news)


def _deliveries(
    event: IncidentsOpened, groups: Sequence[_Group], recipients: Sequence[Recipient], timezone: str, now: datetime
) -> list[tuple[UUID | None, Delivery]]:
    """Who is told what: one message per fresh alert, one digest for all that come from imported history."""
    told = [group for group in groups if group.news]
    fresh = [group for group in told if now - group.incidents[-1].last_at <= FRESH]
    history = [group for group in told if group not in fresh]
    responsible = [r for r in recipients if r.role != Role.ADMIN] or list(recipients)
    deliveries: list[tuple[UUID | None, Delivery]] = []
    for person in responsible:
        for group in fresh:
            deliveries += [
                (group.draft.alert_id, _message(group, person, channel)) for channel in _channels(group, person)
            ]
        if history:
            deliveries.append((None, _digest(event, history, person, timezone)))
    return deliveries


def _channels(group: _Group, person: Recipient) -> list[str]:
    """Wardens hear of everything, managers from high on; a phone rings from high on."""
    severe = group.draft.severity.rank >= Severity.HIGH.rank
    if person.role == Role.MANAGER and not severe:
        return []
    return ["email", "sms"] if severe and person.phone else ["email"]


def _message(group: _Group, person: Recipient, channel: str) -> Delivery:
    draft = group.draft
    room = group.incidents[0].room_name
    subject = f"[{draft.severity.upper()}] {room}: {draft.title}"
    text = f"{draft.title} in {room} (block {draft.block}).\n\n{draft.why}\n\nAlert {draft.alert_id}"
    if channel == "sms":
        text = f"WattWarden {draft.severity.upper()} {room}: {draft.title}. {draft.why}"[:SMS_LIMIT]
    return Delivery(
        notification_id=uuid5(NAMESPACE, f"notification:{draft.alert_id}:{draft.severity}:{person.user_id}:{channel}"),
        user_id=str(person.user_id),
        channel="sms" if channel == "sms" else "email",
        severity=draft.severity,
        subject=subject[:SUBJECT_LIMIT],
        message=text,
    )


def _digest(event: IncidentsOpened, groups: Sequence[_Group], person: Recipient, timezone: str) -> Delivery:
    worst = sorted(groups, key=lambda g: (-g.draft.severity.rank, g.draft.started_at))
    lines = [_digest_line(group, timezone) for group in worst[:DIGEST_LINES]]
    if len(worst) > DIGEST_LINES:
        lines.append(f"and {len(worst) - DIGEST_LINES} more")
    count = "1 alert" if len(worst) == 1 else f"{len(worst)} alerts"
    return Delivery(
        notification_id=uuid5(NAMESPACE, f"digest:{event.outbox_id}:{person.user_id}"),
        user_id=str(person.user_id),
        channel="email",
        severity=worst[0].draft.severity,
        subject=f"Digest: {count} found in imported history",
        message="\n".join([f"{count} in readings that arrived late or were imported.", "", *lines]),
    )


def _digest_line(group: _Group, timezone: str) -> str:
    since = wording.clock(group.draft.started_at, timezone)
    return f"{since}  {group.draft.severity:8}  {group.incidents[0].room_name}: {group.draft.title}"
