"""What set-up, responses, live sessions and imports need, in memory."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from urllib.parse import quote
from uuid import UUID
from zoneinfo import available_timezones

from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.views import FakeViews
from wattwarden.contracts.api.alerts import FeedbackOut
from wattwarden.contracts.api.hostels import HostelOut, HostelSetup
from wattwarden.contracts.api.imports import ImportOut
from wattwarden.contracts.api.meters import MeterChangeIn, MeterChangeOut, MeterOut
from wattwarden.contracts.api.suppressions import SuppressionOut
from wattwarden.domain.alerts import AlertState, ToldAlert, Verdict
from wattwarden.domain.anomalies import Incident
from wattwarden.domain.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from wattwarden.domain.people import Gateway, Principal
from wattwarden.domain.policy import Scope
from wattwarden.domain.registers import in_force
from wattwarden.domain.suppressions import SuppressionRule
from wattwarden.ports.live import LiveSessions
from wattwarden.ports.meters import MeterAdmin
from wattwarden.ports.redrive import RedriveCounts, RedriveStore, WaitingItem
from wattwarden.ports.responses import AlertResponses
from wattwarden.ports.setup import ApiKeys, HostelAdmin, Identity, Subscriptions
from wattwarden.ports.suppressions import SuppressionStore
from wattwarden.ports.uploads import Uploads


@dataclass
class FakeResponses(AlertResponses):
    views: FakeViews

    def acknowledge(self, alert_id: UUID, by: Principal, note: str | None, at: datetime) -> None:
        detail = self.views.alert(None, alert_id)
        if detail.alert.state is AlertState.RESOLVED:
            raise ConflictError("the alert is resolved already")
        if detail.alert.acknowledged_by not in (None, by.name):
            raise ConflictError(f"{detail.alert.acknowledged_by} took charge of the alert already")
        changes: dict[str, object] = {} if note is None else {"note": note}
        if detail.alert.state is AlertState.OPEN:
            changes |= {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": by.name, "acknowledged_at": at}
        alert = detail.alert.model_copy(update=changes)
        self.views.details[alert_id] = detail.model_copy(update={"alert": alert})

    def say(self, alert_id: UUID, by: Principal, verdict: Verdict, note: str | None, at: datetime) -> None:
        detail = self.views.alert(None, alert_id)
        if any((f.user_id, f.verdict, f.note) == (by.user_id, verdict, note) for f in detail.feedback):
            return
        said = FeedbackOut(verdict=verdict, note=note, user_id=by.user_id, by=by.name, at=at)
        everyone = [said, *(other for other in detail.feedback if other.user_id != by.user_id)]
        alert = detail.alert.model_copy(update={"feedback": said})
        self.views.details[alert_id] = detail.model_copy(update={"alert": alert, "feedback": everyone})


@dataclass
class FakeSessions(LiveSessions):
    tickets: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)

    def save_ticket(self, token_hash: str, user_id: int, expires_at: datetime) -> None:
        self.tickets[token_hash] = (user_id, expires_at)

    def redeem(self, token_hash: str, connection_id: str, now: datetime) -> bool:
        user_id, expires_at = self.tickets.pop(token_hash, (0, now))
        if expires_at <= now:
            return False
        self.connections[connection_id] = user_id
        return True

    def forget(self, connection_id: str) -> None:
        self.connections.pop(connection_id, None)


@dataclass
class FakeAdmin(HostelAdmin):
    """Writes into the registry and the views that it is given."""

    registry: FakeAssetRegistry
    views: FakeViews

    def save_hostel(self, code: str, setup: HostelSetup, by: Principal) -> int:
        assert by.role == "admin"
        _check(setup)
        known = next((h.hostel_id for h in self.views.homes.values() if h.code == code), None)
        hostel_id = known or max(self.views.homes, default=0) + 1
        registry = self.registry
        registry.zones[hostel_id] = setup.timezone
        registry.locations = [place for place in registry.locations if place[0] != hostel_id]
        registry.locations.append((hostel_id, setup.latitude, setup.longitude))
        registry.rooms.setdefault(hostel_id, set()).update(room.name for room in setup.rooms)
        serials = (meter.serial for room in setup.rooms for meter in room.meters)
        registry.meters.setdefault(hostel_id, set()).update(serials)
        self.views.homes[hostel_id] = HostelOut(
            hostel_id=hostel_id,
            code=code,
            name=setup.name,
            timezone=setup.timezone,
            currency=setup.currency,
            country=setup.country,
            rooms=len(registry.rooms[hostel_id]),
            open_alerts=0,
        )
        for user in setup.users:
            email = user.email.lower()
            before = registry.people.get(email)
            user_id, of = (before.user_id, before.hostel_ids) if before else (100 + len(registry.people), frozenset())
            registry.people[email] = Principal(user_id, email, user.name, user.role, of | {hostel_id})
        return hostel_id

    def save_gateway(self, hostel_id: int, name: str, api_key_id: str, by: Principal) -> int:
        assert by.role == "admin"
        self.views.hostel(None, hostel_id)
        if api_key_id in self.registry.gateways:
            raise ConflictError("this key belongs to a gateway already")
        gateway_id = len(self.registry.gateways) + 1
        self.registry.gateways[api_key_id] = Gateway(gateway_id, hostel_id, name)
        return gateway_id


def _check(setup: HostelSetup) -> None:
    serials = [meter.serial for room in setup.rooms for meter in room.meters]
    for names in ([room.name for room in setup.rooms], serials, [user.email.lower() for user in setup.users]):
        if len(set(names)) < len(names):
            raise InvalidError("a name appears twice")
    if setup.timezone not in available_timezones():
        raise InvalidError("there is no such time zone")


@dataclass
class FakeMeterAdmin(MeterAdmin):
    views: FakeViews
    unsaid: set[tuple[int, datetime]] = field(default_factory=set)
    """Changes that named no multiplier: the one so far holds on."""

    def save_change(self, scope: Scope, meter_id: int, change: MeterChangeIn, by: Principal) -> None:
        assert by.role in {"admin", "manager"}
        meter = self.views.require_meter(scope, meter_id)
        if meter.measures != "register":
            raise InvalidError(f"meter {meter.serial!r} reports the energy of intervals")
        kept = [c for c in self.views.changed.get(meter_id, []) if c.at != change.at]
        new = MeterChangeOut(**change.model_dump() | {"multiplier": change.multiplier or 1})
        self.unsaid.discard((meter_id, change.at))
        if change.multiplier is None:
            self.unsaid.add((meter_id, change.at))
        self._keep(meter_id, [*kept, new])

    def delete_change(self, scope: Scope, meter_id: int, at: datetime, by: Principal) -> None:
        assert by.role in {"admin", "manager"}
        self.views.require_meter(scope, meter_id)
        kept = [c for c in self.views.changed.get(meter_id, []) if c.at != at]
        if len(kept) == len(self.views.changed.get(meter_id, [])):
            raise NotFoundError("the meter has no change at that instant")
        self._keep(meter_id, kept)

    def remove(self, scope: Scope, meter_id: int, at: datetime, by: Principal) -> MeterOut:
        assert by.role == "admin"
        meter = self.views.require_meter(scope, meter_id).model_copy(update={"removed_at": at})
        self.views.all_meters[meter_id] = (self.views.all_meters[meter_id][0], meter)
        return meter

    def _keep(self, meter_id: int, changes: Sequence[MeterChangeOut]) -> None:
        kept = sorted(changes, key=lambda c: c.at)
        said = in_force(None if (meter_id, c.at) in self.unsaid else c.multiplier for c in kept)
        self.views.changed[meter_id] = [
            c.model_copy(update={"multiplier": multiplier}) for c, multiplier in zip(kept, said, strict=True)
        ]


@dataclass
class FakeRedrives(RedriveStore):
    """Takes what waits from the views that it is given."""

    views: FakeViews

    def redrive(
        self,
        scope: Scope,
        by: Principal,
        send: Callable[[Sequence[WaitingItem]], Collection[int]],
        *,
        quarantine_id: int | None = None,
        reason: str | None = None,
        limit: int,
    ) -> RedriveCounts:
        assert by.role in {"admin", "manager"}
        seen = sorted(self.views.waiting(scope), key=lambda item: item.first_seen)
        wanted = [i for i in seen if quarantine_id in (None, i.quarantine_id) and reason in (None, i.reason)]
        chosen = wanted[:limit]
        if not chosen and quarantine_id is not None:
            raise NotFoundError("no such item waits")
        sent = send([WaitingItem(i.quarantine_id, i.source, i.reason, i.payload) for i in chosen])
        waiting = self.views.quarantined
        self.views.quarantined = [(home, i) for home, i in waiting if i.quarantine_id not in sent]
        return RedriveCounts(len(sent), len(chosen) - len(sent), len(wanted) - len(sent))


@dataclass
class FakeSuppressions(SuppressionStore):
    views: FakeViews
    kept: dict[int, list[SuppressionOut]] = field(default_factory=dict)
    made: int = 0
    alerts: dict[int, list[ToldAlert]] = field(default_factory=dict)
    hidden: dict[int, list[Incident]] = field(default_factory=dict)

    def in_force(self, scope: Scope, hostel_id: int) -> list[SuppressionOut]:
        self.views.hostel(scope, hostel_id)
        return self.kept.get(hostel_id, [])

    def replace(self, hostel_id: int, suppressions: Sequence[SuppressionRule], by: Principal, at: datetime) -> None:
        assert by.role in {"admin", "manager"}
        named = {r.room_id: r.name for r in self.views.all_rooms.values() if r.hostel_id == hostel_id}
        if any(t.room_id not in named for t in suppressions if t.room_id is not None):
            raise InvalidError("a room is not of this hostel")
        before = {_rule(one): one for one in self.kept.get(hostel_id, [])}
        kept = [before.get(_rule(t)) or self._new(t, named.get(t.room_id or 0), by, at) for t in suppressions]
        self.kept[hostel_id] = sorted(kept, key=lambda one: (one.room or "", one.kind or ""))

    def _new(self, rule: SuppressionRule, room: str | None, by: Principal, at: datetime) -> SuppressionOut:
        self.made += 1
        return SuppressionOut(**asdict(rule) | {"suppression_id": self.made}, room=room, set_by=by.name, set_at=at)

    def told(self, hostel_id: int, since: datetime) -> list[ToldAlert]:
        return [a for a in self.alerts.get(hostel_id, []) if a.incidents[0].started_at >= since]

    def untold(self, hostel_id: int, since: datetime) -> list[Incident]:
        return [i for i in self.hidden.get(hostel_id, []) if i.started_at >= since]


def _rule(one: SuppressionRule | SuppressionOut) -> tuple[object, ...]:
    return one.room_id, one.kind, one.minimum_confidence, one.minimum_excess_kw, one.muted


@dataclass
class FakeIdentity(Identity):
    users: dict[str, str] = field(default_factory=dict)
    broken: bool = False

    def ensure_user(self, email: str, name: str) -> None:
        if self.broken:
            raise UnavailableError("the identity provider does not answer")
        self.users.setdefault(email, name)


@dataclass
class FakeSubscriptions(Subscriptions):
    made: set[tuple[int, str, str]] = field(default_factory=set)

    def ensure(self, user_id: int, channel: str, address: str) -> None:
        self.made.add((user_id, channel, address))


@dataclass
class FakeKeys(ApiKeys):
    made: list[str] = field(default_factory=list)

    def create(self, name: str) -> tuple[str, str]:
        self.made.append(name)
        return f"key-{len(self.made)}", f"secret-{len(self.made)}"


@dataclass
class FakeUploads(Uploads):
    results: dict[str, ImportOut] = field(default_factory=dict)

    def upload_url(self, hostel_id: int, import_id: str, file_name: str, valid_s: int) -> str:
        return f"https://uploads.test/uploads/{hostel_id}/{import_id}/{quote(file_name)}?expires={valid_s}"

    def result(self, hostel_id: int, import_id: str) -> ImportOut | None:
        return self.results.get(import_id) if import_id.startswith(f"{hostel_id}-") else None
