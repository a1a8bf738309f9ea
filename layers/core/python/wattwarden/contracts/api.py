"""Bodies of the app API (/api/v1). Energies are kWh, powers kW, times aware (UTC on the wire), money has a currency."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import EmailStr, Field, StringConstraints, model_validator

from wattwarden.contracts.fields import Contract, Instant, Measure, RegisterKwh, RoomName, Serial
from wattwarden.domain.anomalies import AnomalyType, Kind, Severity, Tier
from wattwarden.domain.people import Role

AlertState = Literal["open", "acknowledged", "resolved"]
Verdict = Literal["real", "expected", "unsure"]
"""What a person says an alert was: an anomaly, something that had its reason, or not known."""
MeterHealth = Literal["ok", "silent", "never_seen"]
FaultKind = Literal["silent", "stuck", "clock_wrong", "implausible", "replay_failing"]
"""What shows that a meter, not its room, has a fault."""
ChangeKind = Literal["replaced", "ratio"]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Me(Contract):
    user_id: int
    email: str
    name: str
    role: Role
    hostel_ids: list[int]


class HostelOut(Contract):
    hostel_id: int
    code: str
    name: str
    timezone: str
    currency: str
    rooms: int
    open_alerts: int


class RoomOut(Contract):
    """A room and what its meter said last."""

    room_id: int
    hostel_id: int
    block: str
    floor: int
    name: str
    beds: int
    has_ac: bool
    occupancy: int | None
    meter: str | None
    health: MeterHealth
    last_seen: datetime | None
    power_kw: float | None
    expected_kw: float | None
    expected_low_kw: float | None
    expected_high_kw: float | None
    today_kwh: float | None
    open_alerts: int
    worst_severity: Severity | None


class RoomPage(Contract):
    rooms: list[RoomOut]


class ReadingOut(Contract):
    meter: str
    ts: datetime
    interval_minutes: float
    kwh: float | None
    register_kwh: float | None
    voltage: float | None
    current: float | None
    power_factor: float | None
    quality: str


class ReadingPage(Contract):
    readings: list[ReadingOut]
    next_before: datetime | None
    """Pass as `before` for the next page; null on the last."""


class ReadingVersion(Contract):
    """A value that was sent for an instant. `kwh` is null where a register was sent."""

    kwh: float | None
    register_kwh: float | None
    received_at: datetime


class ReadingVersions(Contract):
    """Everything that was sent for one instant of a meter, when that was not always the same."""

    meter: str
    ts: datetime
    counts: ReadingVersion
    """The one received last."""
    superseded: list[ReadingVersion]


class ReadingVersionList(Contract):
    instants: list[ReadingVersions]


class SeriesPoint(Contract):
    """One hour or day of a room. `kwh` is null where nothing was measured; the band where nothing was expected."""

    start: datetime
    kwh: float | None
    filled_kwh: float | None
    """The part of `kwh` that is known in sum only, over missing intervals; no part of `coverage`."""
    expected_low_kwh: float | None
    expected_kwh: float | None
    expected_high_kwh: float | None
    coverage: float
    """Share of the bucket that was measured, 0 to 1."""


class SeriesOut(Contract):
    room_id: int
    timezone: str
    resolution: Literal["hour", "day"]
    points: list[SeriesPoint]


class AnomalyOut(Contract):
    anomaly_id: UUID
    incident_id: UUID
    room_id: int
    room: str
    meter: str
    ts: datetime
    type: AnomalyType
    kind: Kind
    severity: Severity
    tier: Tier
    score: float
    confidence: float
    actual_kwh: float | None
    """Null: the reading's energy is unknown, as after a reset of its register."""
    expected_low_kwh: float
    expected_kwh: float
    expected_high_kwh: float
    excess_kwh: float | None
    """Null: unknown."""
    reasons: dict[str, Any]


class AnomalyPage(Contract):
    anomalies: list[AnomalyOut]
    next_before: datetime | None


class FeedbackOut(Contract):
    """What somebody said about an alert."""

    verdict: Verdict
    note: str | None
    by: str
    at: datetime


class AlertOut(Contract):
    """What a person acts on: one or more incidents of a room (or of a block, then `room_id` is null)."""

    alert_id: UUID
    hostel_id: int
    room_id: int | None
    room: str | None
    block: str
    kind: Kind
    type: AnomalyType
    severity: Severity
    state: AlertState
    title: str
    why: str
    started_at: datetime
    last_at: datetime
    ongoing: bool
    incidents: int
    peak_kw: float | None
    """Of the readings whose energy is known, as the sums below; null: none's is."""
    expected_kw: float
    excess_kwh: float | None
    """Null: unknown."""
    cost: Decimal | None
    """Null: unknown."""
    currency: str
    confidence: float
    tier: Tier
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None
    feedback: FeedbackOut | None
    """Of several people's, the one given last."""
    created_at: datetime


class AlertPage(Contract):
    alerts: list[AlertOut]
    next_before: datetime | None


class DeliveryOut(Contract):
    channel: str
    recipient: str
    state: Literal["queued", "sent", "failed"]
    queued_at: datetime
    sent_at: datetime | None


class AlertDetail(Contract):
    alert: AlertOut
    anomalies: list[AnomalyOut]
    deliveries: list[DeliveryOut]
    feedback: list[FeedbackOut]
    """What each person said, youngest first."""


class AcknowledgeRequest(Contract):
    note: Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=True)] | None = None


class FeedbackRequest(Contract):
    verdict: Verdict
    note: Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=True)] | None = None


class ThresholdIn(Contract):
    """What the people of a hostel need not hear of: in a room or everywhere, of one kind or every kind.

    The closest one counts alone. What is critical passes limits; only muting hides it.
    """

    room_id: int | None = None
    kind: Kind | None = None
    minimum_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    minimum_excess_kw: Annotated[float, Field(ge=0, le=1_000)] | None = None
    """Peak against expected; only high consumption is held against it."""
    muted: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "ThresholdIn":
        if not self.muted and self.minimum_confidence is None and self.minimum_excess_kw is None:
            raise ValueError("set a minimum, or mute it")
        return self


class ThresholdSet(Contract):
    """All of a hostel's thresholds."""

    thresholds: Annotated[list[ThresholdIn], Field(max_length=500)]

    @model_validator(mode="after")
    def _one_for_each_place(self) -> "ThresholdSet":
        places = [(one.room_id, one.kind) for one in self.thresholds]
        if len(set(places)) < len(places):
            raise ValueError("there may be one threshold for a room and kind")
        return self


class ThresholdOut(Contract):
    threshold_id: int
    room_id: int | None
    room: str | None
    kind: Kind | None
    minimum_confidence: float | None
    minimum_excess_kw: float | None
    muted: bool
    set_by: str
    set_at: datetime


class ThresholdList(Contract):
    thresholds: list[ThresholdOut]


class HiddenAlert(Contract):
    """An alert that thresholds would have kept from people."""

    alert_id: UUID
    title: str
    room: str
    kind: Kind
    severity: Severity
    started_at: datetime
    excess_kw: float | None
    """Null: unknown."""
    confidence: float
    verdict: Verdict | None


class ThresholdEffect(Contract):
    """What thresholds would have done over the last days."""

    days: int
    alerts: int
    hidden: int
    missed: int
    """Of the hidden ones, those that people call real."""
    revealed: int
    """Incidents that the thresholds so far kept from people and these would not."""
    hidden_alerts: list[HiddenAlert]


class OccupancyEntry(Contract):
    count: Annotated[int, Field(ge=0, le=50)]


class OccupancyOut(Contract):
    """An entry on its way: it counts from `ts` on, as soon as the stream's consumer has read it."""

    room_id: int
    count: int
    ts: datetime


class LiveTicket(Contract):
    """A one-time right to open the WebSocket, valid for 60 seconds: /live?ticket=..."""

    ticket: str
    expires_at: datetime


class ImportTicket(Contract):
    """Where to PUT the file, and where its result will be."""

    import_id: str
    upload_url: str
    expires_at: datetime


class ImportRequest(Contract):
    hostel_id: int
    file_name: Annotated[str, StringConstraints(pattern=r"^[^/\\]{1,120}\.(csv|xlsx)$")]


class ImportOut(Contract):
    import_id: str
    state: Literal["waiting", "done", "failed"]
    accepted: int
    refused: list[dict[str, Any]]


class FaultCounts(Contract):
    """Meters with a fault, by its kind."""

    silent: int
    stuck: int
    clock_wrong: int
    implausible: int
    replay_failing: int
    """What follows from their corrected readings could not be worked out."""


class FaultOut(Contract):
    """A meter with a fault, or a block or hostel whose meters fell silent together."""

    scope: Literal["meter", "block", "hostel"]
    kind: FaultKind
    hostel_id: int
    hostel: str
    block: str | None
    room_id: int | None
    room: str | None
    meter_id: int | None
    meter: str | None
    meters: int
    """How many meters the row stands for."""
    since: datetime
    last_at: datetime
    """When the fault showed last; for what lasts, now."""
    n: int
    """How often it showed; for what lasts, 1 per meter."""
    detail: str


class DataHealth(Contract):
    """Faults of meters, those of most meters first, then the youngest."""

    faults: list[FaultOut]
    counts: FaultCounts


class MeterOut(Contract):
    meter_id: int
    room_id: int
    serial: str
    measures: Literal["interval", "register"]
    interval_minutes: float
    register_digits: int | None
    removed_at: datetime | None


class MeterList(Contract):
    meters: list[MeterOut]


class MeterChangeIn(Contract):
    """What somebody did to a register meter at an instant; `replaced` needs what is known of both registers.

    What the old register showed last and the new one first may be left out when nobody read it: that energy is then
    unknown, and not made up.
    """

    at: Instant
    kind: ChangeKind
    register_before: RegisterKwh | None = None
    register_after: RegisterKwh | None = None
    multiplier: Annotated[Measure, Field(gt=0, le=100_000)] | None = None
    """kWh per unit of the register from then on; the one so far when left out."""

    @model_validator(mode="after")
    def _ratio_has_a_multiplier(self) -> "MeterChangeIn":
        if self.kind == "ratio" and self.multiplier is None:
            raise ValueError("a change of ratio needs its new multiplier")
        return self


class MeterChangeOut(Contract):
    at: datetime
    kind: ChangeKind
    register_before: float | None
    register_after: float | None
    multiplier: float


class MeterChangeList(Contract):
    """In order of time."""

    meter_id: int
    changes: list[MeterChangeOut]


class RemovalRequest(Contract):
    at: Instant


class Redriven(Contract):
    """What became of quarantined items: sent through the stream again, or left because that could not help."""

    sent: int
    left: int
    waiting: int
    """How many of that reason wait still; more than `left` when there were more than one call takes."""


class RedriveRequest(Contract):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z_]+$")]


class Health(Contract):
    """Liveness of the flow, for the page's freshness badge.

    It is degraded when events have waited for over five minutes, when no reading came for two hours, and when a meter's
    replay has been failing for over an hour: a shorter failure is mended by one of its next tries.
    """

    status: Literal["ok", "degraded"]
    database: bool
    meters: int
    silent_meters: int
    faults: FaultCounts
    last_reading_received: datetime | None
    outbox_waiting: int
    quarantined: int
    model_version: str | None
    model_share_last_hour: float | None
    """Share of the last hour's anomalies judged by the model tier."""


class DriftOut(Contract):
    """A day's look at whether the model still fits. Null: it could not be measured."""

    day: date
    model: str | None
    stability: dict[str, float]
    """Population stability index by feature: below 0.1 nothing happened, above 0.25 it shifted."""
    drifted_share: float | None
    """Of the features, those that shifted."""
    alert_rate: float | None
    """Alerts per room and month over the week before."""
    usual_alert_rate: float | None
    precision: float | None
    """Of the alerts that people judged in four weeks, those that were real."""
    labelled: int
    fallback_share: float | None
    reasons: list[str]
    """What was past its limit; empty: nothing."""
    retraining: bool
    """It started a retraining."""


class DriftPage(Contract):
    reports: list[DriftOut]


class QuarantineOut(Contract):
    quarantine_id: int
    source: str
    reason: str
    detail: str
    payload: dict[str, Any]
    first_seen: datetime


class QuarantinePage(Contract):
    items: list[QuarantineOut]
    next_before: datetime | None


class MeterSetup(Contract):
    serial: Serial
    measures: Literal["interval", "register"] = "interval"
    interval_minutes: Annotated[float, Field(ge=1, le=1440)] = 60
    register_digits: Annotated[int, Field(ge=3, le=9)] | None = None
    nominal_voltage: Annotated[float, Field(ge=100, le=480)] = 230
    max_kw: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """More cannot pass the meter; what says so is implausible. When left out, what suits a room or a building."""


class RoomSetup(Contract):
    name: RoomName
    block: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    floor: Annotated[int, Field(ge=-5, le=200)]
    beds: Annotated[int, Field(ge=0, le=12)]
    """0 for what nobody sleeps in: a corridor, a kitchen, a whole building."""
    has_ac: bool = False
    meters: Annotated[list[MeterSetup], Field(max_length=8, default_factory=list)]


class UserSetup(Contract):
    email: EmailStr
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    role: Role
    phone: Phone | None = None


class HostelSetup(Contract):
    """PUT /v1/hostels/{code}: the whole hostel; sending it again changes what differs and removes nothing."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    timezone: Annotated[str, StringConstraints(max_length=64)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    price_per_kwh: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=4)]
    tariff_from: date = date(2000, 1, 1)
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    rooms: Annotated[list[RoomSetup], Field(max_length=5_000)]
    users: Annotated[list[UserSetup], Field(max_length=500, default_factory=list)]


class GatewayRequest(Contract):
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class GatewayOut(Contract):
    """A new gateway; the key is shown this once."""

    gateway_id: int
    hostel_id: int
    name: str
    key: str


class LiveMessage(Contract):
    """What arrives over the WebSocket."""

    type: Literal["alert"]
    alert: AlertOut
