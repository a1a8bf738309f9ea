"""Who is told what of an alert, over which channel, in which words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from wattwarden.contracts.events import IncidentsOpened, Message
from wattwarden.domain import wording
from wattwarden.domain.alerts import Channel, Recipient
from wattwarden.domain.anomalies import NAMESPACE, Severity
from wattwarden.domain.people import Role
from wattwarden.usecases.alerts.grouping import Group

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
            found += [(group.draft.alert_id, _message(group, person, channel)) for channel in _channels(group, person)]
        if history:
            digest = _digest(f"digest:{event.outbox_id}", wording.IMPORTED, history, person, timezone)
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
            found.append((None, _digest(key, wording.SMALL, theirs, person, timezone)))
    return found


def _responsible(recipients: Sequence[Recipient]) -> list[Recipient]:
    return [r for r in recipients if r.role != Role.ADMIN] or list(recipients)


def _channels(group: Group, person: Recipient) -> list[Channel]:
    """Wardens hear of everything, managers from high on; a phone rings from high on."""
    severe = group.draft.severity.rank >= Severity.HIGH.rank
    if person.role == Role.MANAGER and not severe:
        return []
    return [Channel.EMAIL, Channel.SMS] if severe and person.phone else [Channel.EMAIL]


def _message(group: Group, person: Recipient, channel: Channel) -> Message:
    draft = group.draft
    subject = f"[{draft.severity.upper()}] {group.place}: {draft.title}"
    place = group.place if draft.room_id is None else f"{group.place} (block {draft.block})"
    text = f"{draft.title} in {place}.\n\n{draft.why}\n\nAlert {draft.alert_id}"
    if channel is Channel.SMS:
        text = f"WattWarden {draft.severity.upper()} {group.place}: {draft.title}. {draft.why}"[:SMS_LIMIT]
    return Message(
        notification_id=uuid5(NAMESPACE, f"notification:{draft.alert_id}:{draft.severity}:{person.user_id}:{channel}"),
        user_id=person.user_id,
        channel=channel,
        severity=draft.severity,
        subject=subject[:SUBJECT_LIMIT],
        body=text,
    )


def _digest(key: str, words: wording.Digest, groups: Sequence[Group], person: Recipient, timezone: str) -> Message:
    worst = sorted(groups, key=lambda g: (-g.draft.severity.rank, g.draft.started_at))
    lines = [_digest_line(group, timezone) for group in worst[:DIGEST_LINES]]
    if len(worst) > DIGEST_LINES:
        lines.append(f"and {len(worst) - DIGEST_LINES} more")
    count = "1 alert" if len(worst) == 1 else f"{len(worst)} alerts"
    return Message(
        notification_id=uuid5(NAMESPACE, f"{key}:{person.user_id}"),
        user_id=person.user_id,
        channel=Channel.EMAIL,
        severity=worst[0].draft.severity,
        subject=words.subject.format(count=count),
        body="\n".join([words.introduction.format(count=count), "", *lines]),
    )


def _digest_line(group: Group, timezone: str) -> str:
    since = wording.clock(group.draft.started_at, timezone)
    return f"{since}  {group.draft.severity:8}  {group.place}: {group.draft.title}"
