"""Alerts, messages and live connections in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from wattwarden.contracts.api.alerts import AlertOut
from wattwarden.contracts.events import IncidentsOpened, Message, RaisedAlerts
from wattwarden.domain.alerts import AlertDraft, AlertState, MessageState, OpenAlert, Recipient
from wattwarden.domain.anomalies import Incident
from wattwarden.domain.errors import InvalidError, UnavailableError
from wattwarden.domain.floors import Floor
from wattwarden.domain.suppressions import SuppressionRule
from wattwarden.domain.waves import LASTS, SOON
from wattwarden.ports.alerts import AlertStore, HostelAlerts, LivePush, Untold, UntoldAlerts
from wattwarden.ports.notifications import NotificationQueue, Notifier


@dataclass
class FakeAlerts(AlertStore, HostelAlerts, NotificationQueue):
    known: dict[UUID, Incident] = field(default_factory=dict)
    responsible: list[Recipient] = field(default_factory=list)
    metered: dict[str, int] = field(default_factory=dict)
    acknowledged: set[UUID] = field(default_factory=set)
    over: set[UUID] = field(default_factory=set)
    """Incidents that are closed."""
    rules: list[SuppressionRule] = field(default_factory=list)
    told_from: Floor = field(default_factory=Floor)
    raised_at: dict[UUID, datetime] = field(default_factory=dict)
    hidden_by: dict[UUID, int | None] = field(default_factory=dict)
    drafts: dict[UUID, AlertDraft] = field(default_factory=dict)
    folded: set[UUID] = field(default_factory=set)
    alert_of: dict[UUID, UUID] = field(default_factory=dict)
    messages: dict[UUID, Message] = field(default_factory=dict)
    states: dict[UUID, str] = field(default_factory=dict)
    out: dict[UUID, AlertOut] = field(default_factory=dict)
    sockets: list[str] = field(default_factory=list)

    @contextmanager
    def deciding(self, hostel_id: int) -> Iterator[HostelAlerts]:
        assert hostel_id
        yield self

    def incidents(self, incident_ids: Sequence[UUID]) -> list[Incident]:
        return [self.known[i] for i in incident_ids if i in self.known and i not in self.alert_of]

    def near(self, starts: Sequence[datetime]) -> list[Incident]:
        free = [i for i in self.known.values() if i.incident_id not in self.alert_of]
        return [i for i in free if any(abs(i.started_at - start) <= SOON for start in starts)]

    def open_alerts(self, room_ids: Sequence[int], start: datetime, end: datetime) -> list[OpenAlert]:
        return [
            self._open(draft)
            for draft in self.drafts.values()
            if (draft.room_id in {None, *room_ids} or self._is_of(draft, start, end))
            and draft.alert_id not in self.folded
            and draft.started_at <= end + LASTS
            and any(i.last_at >= start for i in self._open(draft).incidents)
        ]

    def _is_of(self, draft: AlertDraft, start: datetime, end: datetime) -> bool:
        return draft.alert_id not in self.acknowledged and start <= draft.started_at <= end

    def holding(self, incident_ids: Sequence[UUID]) -> list[OpenAlert]:
        ids = dict.fromkeys(self.alert_of[i] for i in incident_ids if i in self.alert_of)
        return [self._open(self.drafts[i]) for i in ids if i in self.drafts and i not in self.folded]

    def _open(self, draft: AlertDraft) -> OpenAlert:
        members = [self.known[i] for i, a in self.alert_of.items() if a == draft.alert_id]
        going_on = [i for i in members if i.incident_id not in self.over]
        return OpenAlert(
            draft.alert_id,
            draft.room_id,
            draft.kind,
            max([draft.severity, *(i.severity for i in members)], key=lambda s: s.rank),
            AlertState.ACKNOWLEDGED if draft.alert_id in self.acknowledged else AlertState.OPEN,
            draft.started_at,
            tuple(members),
            told=draft.told,
            lasts=2 * len(going_on) >= len(members),
        )

    def floor(self) -> Floor:
        return self.told_from

    def unheard(self, until: datetime) -> list[OpenAlert]:
        found = [self._open(d) for i, d in self.drafts.items() if i not in self.folded and self.raised_at[i] < until]
        return [alert for alert in found if alert.news]

    def suppressions(self) -> Sequence[SuppressionRule]:
        return self.rules

    def suppress(self, hidden: Mapping[UUID, int | None]) -> None:
        self.hidden_by |= hidden

    def metered_rooms(self) -> Mapping[str, int]:
        return self.metered

    def recipients(self) -> list[Recipient]:
        return self.responsible

    def save(
        self,
        event_id: UUID,
        drafts: Sequence[AlertDraft],
        messages: Sequence[tuple[UUID | None, Message]],
        now: datetime,
    ) -> None:
        assert event_id
        for draft in drafts:
            before = self.drafts.get(draft.alert_id, draft)
            severity = max(before.severity, draft.severity, key=lambda one: one.rank)
            told = max((one for one in (before.told, draft.told) if one), key=lambda one: one.rank, default=None)
            self.drafts[draft.alert_id] = replace(draft, severity=severity, told=told)
            self.raised_at.setdefault(draft.alert_id, now)
            self.folded |= set(draft.folds) - self.acknowledged
            free = [i for i in draft.incident_ids if self.alert_of.get(i) in {None, *draft.folds} - self.acknowledged]
            self.alert_of |= dict.fromkeys(free, draft.alert_id)
        for _, message in messages:
            self.messages.setdefault(message.notification_id, message)
            self.states.setdefault(message.notification_id, "queued")

    def raised(self, event: IncidentsOpened) -> RaisedAlerts:
        alert_ids = dict.fromkeys(self.alert_of[i] for i in event.incident_ids if i in self.alert_of)
        known = sorted((self.drafts[i].started_at, i) for i in alert_ids if i in self.drafts)
        in_order = [*(i for _, i in known), *(i for i in alert_ids if i not in self.drafts)]
        return RaisedAlerts(hostel_id=event.hostel_id, alert_ids=in_order, user_ids=sorted(self.people()))

    def people(self) -> Sequence[int]:
        return list(dict.fromkeys(d.user_id for d in self.queued))

    @property
    def queued(self) -> list[Message]:
        return [d for d in self.messages.values() if self.states[d.notification_id] == "queued"]

    def send_next(self, user_id: int, send: Callable[[Message], str]) -> MessageState | None:
        waiting = [d for d in self.queued if d.user_id == user_id]
        if not waiting:
            return None
        state = MessageState.SENT
        try:
            send(waiting[0])
        except InvalidError:
            state = MessageState.FAILED
        self.states[waiting[0].notification_id] = state
        return state

    def alerts(self, alert_ids: Sequence[UUID]) -> list[AlertOut]:
        return [self.out[i] for i in alert_ids if i in self.out]

    def connections(self, hostel_id: int) -> list[str]:
        assert hostel_id
        return list(self.sockets)

    def forget_connection(self, connection_id: str) -> None:
        self.sockets = [socket for socket in self.sockets if socket != connection_id]


@dataclass
class FakeUntold(UntoldAlerts):
    """Of the one hostel whose alerts are these, in UTC."""

    store: FakeAlerts = field(default_factory=FakeAlerts)
    events: list[IncidentsOpened] = field(default_factory=list)

    def untold(self, since: datetime) -> list[Untold]:
        found = self.store.unheard(datetime.max.replace(tzinfo=UTC))
        raised = [(alert, self.store.raised_at[alert.alert_id]) for alert in found]
        return [
            Untold(1, "UTC", alert, at, self.store.told_from, self.store.rules) for alert, at in raised if at >= since
        ]

    def tell(self, events: Sequence[IncidentsOpened]) -> None:
        self.events += events


@dataclass
class FakeNotifier(Notifier):
    """Takes every message, except those of people for whom it is `away`, and those it calls `invalid`."""

    away: set[int] = field(default_factory=set)
    invalid: set[UUID] = field(default_factory=set)
    taken: list[Message] = field(default_factory=list)
    tries: int = 0

    def send(self, message: Message) -> str:
        self.tries += 1
        if message.user_id in self.away:
            raise UnavailableError("away")
        if message.notification_id in self.invalid:
            raise InvalidError("no such address")
        self.taken.append(message)
        return f"provider-{len(self.taken)}"


@dataclass
class FakeLive(LivePush):
    """Browsers by connection id; those not in `open` are gone."""

    open: dict[str, list[str]] = field(default_factory=dict)

    def send(self, connection_id: str, data: str) -> bool:
        if connection_id not in self.open:
            return False
        self.open[connection_id].append(data)
        return True
