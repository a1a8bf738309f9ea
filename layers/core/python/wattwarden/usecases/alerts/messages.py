"""Who is told what of an alert, over which channel, in which words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from wattwarden.contracts.events import IncidentsOpened, Message
from wattwarden.domain.alerts import Channel, Recipient
from wattwarden.domain.anomalies import NAMESPACE, Severity
from wattwarden.domain.people import Role
from wattwarden.usecases.alerts.grouping import Group
from wattwarden.words.alerts import title, why
from wattwarden.words.phrases import clock, say

FRESH = timedelta(hours=24)
"""An older incident comes from imported history: it is told in a digest, not one message each."""

DIGEST_LINES = 20
SUBJECT_LIMIT = 99
SMS_LIMIT = 300


def messages_for(
    event: IncidentsOpened, groups: Sequence[Group], recipients: Sequence[Recipient], timezone: str, now: datetime
) -> list[tuple[UUID | None, Message]]:
    """One message per fresh alert in the order of their starts, one digest for all that come from imported history."""
    told = sorted((g for g in groups if g.news), key=lambda g: (g.draft.started_at, g.draft.alert_id))
    fresh = [group for group in told if is_fresh(group, now)]
    history = [group for group in told if group not in fresh]
    found: list[tuple[UUID | None, Message]] = []
    for person in _responsible(recipients):
        for group in fresh:
            found += [
                (group.draft.alert_id, _message(group, person, channel, timezone))
                for channel in _channels(group, person)
            ]
        if history:
            digest = _digest(f"digest:{event.outbox_id}", "digest.imported", history, person, timezone)
            found.append((None, digest))
    return found


def is_fresh(group: Group, now: datetime) -> bool:
    return now - max(i.last_at for i in group.incidents) <= FRESH


def small_ones(
    day: date, groups: Sequence[Group], recipients: Sequence[Recipient], timezone: str
) -> list[tuple[UUID | None, Message]]:
    """The day's digest of what was too little to be told at once, for each who would have heard of any of it."""
    found: list[tuple[UUID | None, Message]] = []
    for person in _responsible(recipients):
        if theirs := [group for group in groups if _channels(group, person)]:
            key = f"small:{theirs[0].draft.hostel_id}:{day}"
            found.append((None, _digest(key, "digest.small", theirs, person, timezone)))
    return found


def _responsible(recipients: Sequence[Recipient]) -> list[Recipient]:
    return [r for r in recipients if r.role != Role.ADMIN] or list(recipients)


def _channels(group: Group, person: Recipient) -> list[Channel]:
    """Wardens hear of everything, managers from high on; a phone rings from high on."""
    severe = group.draft.severity.rank >= Severity.HIGH.rank
    if person.role == Role.MANAGER and not severe:
        return []
    return [Channel.EMAIL, Channel.SMS] if severe and person.phone else [Channel.EMAIL]


def _message(group: Group, person: Recipient, channel: Channel, timezone: str) -> Message:
    draft = group.draft
    told: dict[str, object] = {
        "severity": draft.severity.upper(),
        "place": group.place,
        "title": title(group.facts),
        "why": why(group.facts, timezone),
        "alert": draft.alert_id,
    }
    subject = say("message.subject", **told)
    if channel is Channel.SMS:
        text = say("message.sms", **told)[:SMS_LIMIT]
    else:
        at = group.place if draft.room_id is None else say("place.room", room=group.place, block=draft.block)
        text = say("message.body", **(told | {"place": at}))
    return Message(
        notification_id=uuid5(NAMESPACE, f"notification:{draft.alert_id}:{draft.severity}:{person.user_id}:{channel}"),
        user_id=person.user_id,
        channel=channel,
        severity=draft.severity,
        subject=subject[:SUBJECT_LIMIT],
        body=text,
    )


def _digest(key: str, code: str, groups: Sequence[Group], person: Recipient, timezone: str) -> Message:
    worst = sorted(groups, key=lambda g: (-g.draft.severity.rank, g.draft.started_at))
    lines = [_digest_line(group, timezone) for group in worst[:DIGEST_LINES]]
    if len(worst) > DIGEST_LINES:
        lines.append(say("digest.more", n=len(worst) - DIGEST_LINES))
    count = say("digest.count.one") if len(worst) == 1 else say("digest.count", n=len(worst))
    return Message(
        notification_id=uuid5(NAMESPACE, f"{key}:{person.user_id}"),
        user_id=person.user_id,
        channel=Channel.EMAIL,
        severity=worst[0].draft.severity,
        subject=say(f"{code}.subject", count=count),
        body="\n".join([say(f"{code}.introduction", count=count), "", *lines]),
    )


def _digest_line(group: Group, timezone: str) -> str:
    since = clock(group.facts.since, timezone)
    return say("digest.line", since=since, severity=group.draft.severity, place=group.place, title=title(group.facts))
