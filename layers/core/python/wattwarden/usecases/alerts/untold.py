"""Alerts that are worse than what people heard of: told as soon as nothing keeps them, the small ones once a day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.alerts import OpenAlert
from wattwarden.domain.suppressions import SuppressionRule, suppressing
from wattwarden.ports.alerts import AlertStore, Untold, UntoldAlerts
from wattwarden.ports.outbox import Outbox
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.alerts.grouping import group_grown
from wattwarden.usecases.alerts.messages import small_ones
from wattwarden.usecases.publish import publish

LOOKED_BACK = timedelta(days=7)
AGAIN_AFTER = timedelta(minutes=5)
INCIDENTS_NAMED = 100
DIGEST_AT = time(8)
"""In the hostel."""


def tell_untold(store: UntoldAlerts, outbox: Outbox, bus: EventBus, now: datetime) -> int:
    """Have alerts decided over anew that grew beyond their hostel's floor, or whose event was lost on its way.

    Each once in five minutes; returns how many.
    """
    slot = int(now.timestamp() // AGAIN_AFTER.total_seconds())
    events = [
        IncidentsOpened(
            outbox_id=uuid5(NAMESPACE_OID, f"untold:{slot}:{found.alert.alert_id}:{found.alert.severity}"),
            hostel_id=found.hostel_id,
            incident_ids=[i.incident_id for i in found.alert.incidents[:INCIDENTS_NAMED]],
            detected_at=now,
        )
        for found in store.untold(now - LOOKED_BACK)
        if _wanted(found.alert, found.suppressions) and not found.floor.holds(found.alert.incidents)
    ]
    if events:
        store.tell(events)
        publish(events, outbox, bus)
    return len(events)


def send_digests(store: UntoldAlerts, alerts: AlertStore, now: datetime) -> int:
    """Queue the digest of each hostel where it is time, of the small alerts raised before; returns how many hostels."""
    due: defaultdict[int, list[Untold]] = defaultdict(list)
    for found in store.untold(now - LOOKED_BACK):
        if found.raised_at < _digest_time(now, found.timezone):
            due[found.hostel_id].append(found)
    return sum(_send_digest(hostel_id, found[0].timezone, alerts, now) for hostel_id, found in due.items())


def _send_digest(hostel_id: int, timezone: str, alerts: AlertStore, now: datetime) -> bool:
    until = _digest_time(now, timezone)
    with alerts.deciding(hostel_id) as hostel:
        floor, suppressions, metered = hostel.floor(), hostel.suppressions(), hostel.metered_rooms()
        small = [a for a in hostel.unheard(until) if floor.holds(a.incidents) and _wanted(a, suppressions)]
        groups = [group_grown(alert, metered) for alert in small]
        if groups:
            day = until.date()
            messages = small_ones(day, groups, hostel.recipients(), timezone)
            hostel.save(uuid5(NAMESPACE_OID, f"small:{hostel_id}:{day}"), [g.draft for g in groups], messages, now)
    return bool(groups)


def _wanted(alert: OpenAlert, suppressions: Sequence[SuppressionRule]) -> bool:
    return any(suppressing(i, suppressions) is None for i in alert.incidents)


def _digest_time(now: datetime, timezone: str) -> datetime:
    """The last one that has come."""
    here = now.astimezone(ZoneInfo(timezone))
    today = datetime.combine(here.date(), DIGEST_AT, here.tzinfo)
    return today if today <= here else today - timedelta(days=1)
