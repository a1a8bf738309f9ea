"""The schema, as SQLAlchemy Core tables. Times are timestamptz; energies kWh, powers kW, lengths of time seconds."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from wattwarden.domain.alerts import AlertState, Channel, MessageState, Resolution, Verdict
from wattwarden.domain.anomalies import AnomalyType, Kind, Severity, Tier
from wattwarden.domain.people import Role
from wattwarden.ports.models import ModelState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


def _uuid() -> Column[Any]:
    return Column("id", Uuid, primary_key=True)


def _reference(name: str, target: str, *, required: bool = True) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(target), nullable=not required)


def _time(name: str, *, required: bool = True) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=not required)


def _now(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _text(name: str, *, required: bool = True) -> Column[str]:
    return Column(name, Text, nullable=not required)


def _double(name: str, *, required: bool = False) -> Column[float]:
    return Column(name, Double, nullable=not required)


def _json(name: str) -> Column[Any]:
    return Column(name, JSONB, nullable=False, server_default=text("'{}'::jsonb"))


def _one_of(column: str, values: Any) -> CheckConstraint:  # noqa: ANN401 (an enum class or a tuple of strings)
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# -- what exists ------------------------------------------------------------------------------------------------------

hostels = Table(
    "hostels",
    metadata,
    _id(),
    Column("code", Text, nullable=False, unique=True),
    _text("name"),
    _text("timezone"),
    _text("currency"),
    _text("country", required=False),
    _double("latitude", required=True),
    _double("longitude", required=True),
    # Less than this waits for the digest of the day; null: money does not matter.
    Column("told_from_kwh", Double, nullable=False, server_default=text("1")),
    Column("told_from_cost", Numeric(12, 4)),
    _now("created_at"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
    CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
    CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    CheckConstraint("told_from_kwh >= 0 AND told_from_cost >= 0", name="told_from"),
)

tariffs = Table(
    "tariffs",
    metadata,
    _reference("hostel_id", "hostels.id"),
    Column("valid_from", Date, nullable=False),
    Column("price_per_kwh", Numeric(10, 4), nullable=False),
    _text("currency"),
    PrimaryKeyConstraint("hostel_id", "valid_from"),
    CheckConstraint("price_per_kwh >= 0", name="price"),
)

rooms = Table(
    "rooms",
    metadata,
    _id(),
    _reference("hostel_id", "hostels.id"),
    _text("block"),
    Column("floor", Integer, nullable=False),
    _text("name"),
    Column("beds", Integer, nullable=False),
    Column("has_ac", Boolean, nullable=False),
    UniqueConstraint("hostel_id", "name"),
    CheckConstraint("beds BETWEEN 0 AND 12", name="beds"),
)

meters = Table(
    "meters",
    metadata,
    _id(),
    _reference("hostel_id", "hostels.id"),
    _reference("room_id", "rooms.id"),
    _text("serial"),
    _text("measures"),
    _double("interval_minutes", required=True),
    Column("register_digits", Integer),
    _double("nominal_voltage", required=True),
    _now("installed_at"),
    _time("removed_at", required=False),
    _double("max_kw"),
    UniqueConstraint("hostel_id", "serial"),
    Index(None, "room_id"),
    _one_of("measures", ("interval", "register")),
    CheckConstraint("interval_minutes BETWEEN 1 AND 1440", name="interval"),
    CheckConstraint("max_kw > 0", name="max_kw"),
)

# What somebody did to a meter: from `at` on, `multiplier` kWh per unit of its register.
meter_changes = Table(
    "meter_changes",
    metadata,
    _reference("meter_id", "meters.id"),
    _time("at"),
    _text("kind"),
    _double("register_before"),
    _double("register_after"),
    _double("multiplier"),  # null: as it was before
    _text("note", required=False),
    _reference("created_by", "users.id", required=False),
    _now("created_at"),
    PrimaryKeyConstraint("meter_id", "at"),
    _one_of("kind", ("replaced", "ratio")),
    CheckConstraint("multiplier > 0", name="multiplier"),
)

gateways = Table(
    "gateways",
    metadata,
    _id(),
    _reference("hostel_id", "hostels.id"),
    _text("name"),
    Column("api_key_id", Text, nullable=False, unique=True),
    _now("created_at"),
    _time("revoked_at", required=False),
    Index(None, "hostel_id"),
)

users = Table(
    "users",
    metadata,
    _id(),
    Column("email", Text, nullable=False, unique=True),
    _text("name"),
    _text("phone", required=False),
    _text("role"),
    _now("created_at"),
    CheckConstraint("email = lower(email)", name="email_lower"),
    _one_of("role", Role),
)

user_hostels = Table(
    "user_hostels",
    metadata,
    _reference("user_id", "users.id"),
    _reference("hostel_id", "hostels.id"),
    PrimaryKeyConstraint("user_id", "hostel_id"),
    Index(None, "hostel_id"),
)

maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    _id(),
    _reference("hostel_id", "hostels.id"),
    _reference("room_id", "rooms.id", required=False),
    _time("starts_at"),
    _time("ends_at"),
    _text("reason"),
    _reference("created_by", "users.id", required=False),
    Index(None, "hostel_id", "ends_at"),
    CheckConstraint("ends_at > starts_at", name="order"),
)

# What the people of a hostel need not hear of. Rows never change: what counts now has no `ended_at`, and an incident
# that was suppressed names the row that said so.
suppressions = Table(
    "suppressions",
    metadata,
    _id(),
    _reference("hostel_id", "hostels.id"),
    _reference("room_id", "rooms.id", required=False),
    _text("kind", required=False),
    _double("minimum_confidence"),
    _double("minimum_excess_kw"),
    Column("muted", Boolean, nullable=False),
    _reference("set_by", "users.id"),
    _now("set_at"),
    _time("ended_at", required=False),
    Index(
        "uq_suppressions_in_force",
        "hostel_id",
        "room_id",
        "kind",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    ),
    _one_of("kind", Kind),
    CheckConstraint("minimum_confidence BETWEEN 0 AND 1", name="minimum_confidence"),
    CheckConstraint("minimum_excess_kw >= 0", name="minimum_excess_kw"),
    CheckConstraint("muted OR minimum_confidence IS NOT NULL OR minimum_excess_kw IS NOT NULL", name="says_something"),
)

# -- what was measured ------------------------------------------------------------------------------------------------

# No foreign key: the insert joins meters anyway, and a check per reading would cost as much as the insert.
readings = Table(
    "readings",
    metadata,
    Column("meter_id", BigInteger, nullable=False),
    _time("ts"),
    _double("interval_s", required=True),
    Column("kwh", Numeric(10, 4)),
    Column("register_kwh", Numeric(14, 4)),
    _double("voltage"),
    _double("current_a"),
    _double("power_factor"),
    _text("quality"),
    _time("received_at"),
    # What an interval meter said, where less of it counts: part of it was told otherwise, too (`domain/intervals.py`).
    Column("told_kwh", Numeric(10, 4)),
    _double("told_interval_s"),
    PrimaryKeyConstraint("meter_id", "ts"),
    CheckConstraint("kwh >= 0", name="kwh"),
    CheckConstraint("interval_s > 0", name="interval"),
    postgresql_partition_by="RANGE (ts)",
)

# Values received for a key at which another one counts; `kwh` is null where a register was sent. The one value of a
# key that counts is the reading itself: that whose first `received_at` is the latest.
reading_versions = Table(
    "reading_versions",
    metadata,
    Column("meter_id", BigInteger, nullable=False),
    _time("ts"),
    _double("interval_s"),
    Column("kwh", Numeric(10, 4)),
    Column("register_kwh", Numeric(14, 4)),
    _double("voltage"),
    _double("current_a"),
    _double("power_factor"),
    _time("received_at"),
    UniqueConstraint(
        "meter_id",
        "ts",
        "kwh",
        "register_kwh",
        "interval_s",
        name="uq_reading_versions_meter_id_ts_kwh_register_kwh_interval_s",
        postgresql_nulls_not_distinct=True,
    ),
    Index(None, "ts"),
)


def _register_state() -> list[Column[float]]:
    """`domain.registers.RegisterState`; instants are epoch seconds."""
    return [_double(name) for name in ("register_value", "register_ts", "suspect_value", "suspect_ts")]


# A meter that has said nothing may have a version: something that it will be judged by has changed.
meter_state = Table(
    "meter_state",
    metadata,
    Column("meter_id", BigInteger, ForeignKey("meters.id"), primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("state", LargeBinary),
    _time("last_ts", required=False),
    *_register_state(),
    _double("last_kw"),
    _double("expected_low_kw"),
    _double("expected_kw"),
    _double("expected_high_kw"),
    _time("last_received_at", required=False),
    Column("open_incident_id", Uuid),
    _time("stuck_since", required=False),
    # What is derived from readings since `replay_from` is to be worked out anew.
    _time("replay_from", required=False),
    _time("replay_first_marked_at", required=False),
    _time("replay_marked_at", required=False),
    Index("ix_meter_state_replay", "replay_from", postgresql_where=text("replay_from IS NOT NULL")),
)

# Meters whose replay failed. It is tried again at `next_at`; when one is done, its meter's row goes.
replay_failures = Table(
    "replay_failures",
    metadata,
    Column("meter_id", BigInteger, ForeignKey("meters.id"), primary_key=True, autoincrement=False),
    Column("attempts", Integer, nullable=False),
    _text("error"),
    _time("first_at"),
    _time("last_at"),
    _time("next_at"),
)

# The hours that the detector remembers: most of a meter's state, and written once an hour.
meter_rings = Table(
    "meter_rings",
    metadata,
    Column("meter_id", BigInteger, ForeignKey("meters.id"), primary_key=True, autoincrement=False),
    Column("ring", LargeBinary, nullable=False),
)

# States as they were after the reading at `ts`: where a replay starts from.
meter_checkpoints = Table(
    "meter_checkpoints",
    metadata,
    _reference("meter_id", "meters.id"),
    _time("ts"),
    Column("state", LargeBinary, nullable=False),
    Column("ring", LargeBinary, nullable=False),
    *_register_state(),
    PrimaryKeyConstraint("meter_id", "ts"),
)

# What shows that a meter, not its room, has a fault.
meter_faults = Table(
    "meter_faults",
    metadata,
    _reference("meter_id", "meters.id"),
    _text("kind"),
    _time("first_at"),
    _time("last_at"),
    Column("n", Integer, nullable=False),
    _text("detail"),
    PrimaryKeyConstraint("meter_id", "kind"),
    _one_of("kind", ("implausible", "clock_wrong", "contradicting")),
)


def _rollup(name: str, bucket: Column[Any]) -> Table:
    """Sums per meter and bucket. Nulls: nothing known (`kwh`), nothing expected (`expected_*`).

    `filled_kwh` is the part of `kwh` that is known in sum only, over missing intervals; `measured_s` leaves it out.
    Every sum is exact, so that it does not depend on the order in which readings came.
    """
    return Table(
        name,
        metadata,
        Column("meter_id", BigInteger, nullable=False),
        bucket,
        Column("kwh", Numeric(14, 4)),
        Column("readings", Integer, nullable=False),
        Column("measured_s", Numeric(12, 3), nullable=False),
        Column("expected_low_kwh", Numeric(14, 4)),
        Column("expected_kwh", Numeric(14, 4)),
        Column("expected_high_kwh", Numeric(14, 4)),
        Column("filled_kwh", Numeric(14, 4), nullable=False, server_default=text("0")),
        PrimaryKeyConstraint("meter_id", bucket.name),
    )


# An interval belongs to the hour (UTC) and to the day (in the hostel's zone) in which it starts; one of more than an
# hour is spread over the hours and days that it covers.
readings_hourly = _rollup("readings_hourly", _time("hour"))
readings_daily = _rollup("readings_daily", Column("day", Date, nullable=False))

weather = Table(
    "weather",
    metadata,
    _reference("hostel_id", "hostels.id"),
    _time("ts"),
    _double("temperature_c"),
    _double("humidity"),
    _text("source"),
    _now("received_at"),
    PrimaryKeyConstraint("hostel_id", "ts"),
)

occupancy = Table(
    "occupancy",
    metadata,
    _reference("room_id", "rooms.id"),
    _time("ts"),
    Column("headcount", Integer, nullable=False),
    _text("source"),
    _now("received_at"),
    PrimaryKeyConstraint("room_id", "ts"),
    CheckConstraint("headcount BETWEEN 0 AND 50", name="headcount"),
)

# -- what was found ---------------------------------------------------------------------------------------------------

alerts = Table(
    "alerts",
    metadata,
    _uuid(),
    _reference("hostel_id", "hostels.id"),
    _reference("room_id", "rooms.id", required=False),
    _text("block"),
    _text("kind"),
    _text("severity"),
    _text("told_severity", required=False),  # the worst that people were told of; null: nothing yet
    Column("state", Text, nullable=False, server_default="open"),
    _text("title", required=False),  # what the releases before 0015 wrote
    _text("why", required=False),
    _time("started_at"),
    _now("created_at"),
    _reference("acknowledged_by", "users.id", required=False),
    _time("acknowledged_at", required=False),
    _time("resolved_at", required=False),
    _text("resolution", required=False),  # why it ended by itself; null while it goes on, and where a person ended it
    _text("note", required=False),
    Index(None, "hostel_id", "state", "created_at"),
    Index(None, "hostel_id", "created_at"),
    Index(None, "room_id", "created_at"),
    Index("ix_alerts_untold", "created_at", postgresql_where=text("told_severity IS DISTINCT FROM severity")),
    _one_of("kind", Kind),
    _one_of("severity", Severity),
    _one_of("told_severity", Severity),
    _one_of("state", AlertState),
    _one_of("resolution", Resolution),
)

incidents = Table(
    "incidents",
    metadata,
    _uuid(),
    _reference("hostel_id", "hostels.id"),
    _reference("room_id", "rooms.id"),
    _reference("meter_id", "meters.id"),
    _text("kind"),
    _text("severity"),
    _text("tier"),
    _time("started_at"),  # the reading that opened it
    _time("began_at", required=False),  # start of the first abnormal interval
    _time("last_at"),
    _time("closed_at", required=False),
    # Nulls: no reading of it has a known energy. Sums leave unknown ones out.
    _double("peak_kw"),
    _double("expected_kw", required=True),
    Column("excess_kwh", Numeric(14, 4)),
    Column("cost", Numeric(14, 4)),
    _text("currency"),
    _double("confidence", required=True),
    _json("reasons"),
    _double("far"),  # how far out the reading lies that powers and reasons are of
    Column("anomalies", Integer, nullable=False),
    Column("alert_id", Uuid, ForeignKey("alerts.id")),
    _time("withdrawn_at", required=False),  # its readings turned out to be normal
    _reference("suppressed_by", "suppressions.id", required=False),  # why nobody was told
    _now("created_at"),
    Index(None, "alert_id"),
    Index("ix_incidents_suppressed", "hostel_id", "last_at", postgresql_where=text("suppressed_by IS NOT NULL")),
    Index("ix_incidents_unheld", "created_at", postgresql_where=text("alert_id IS NULL")),
    Index("ix_incidents_unattached", "hostel_id", "started_at", postgresql_where=text("alert_id IS NULL")),
    Index(None, "meter_id", "closed_at"),
    Index("ix_incidents_open", "meter_id", "started_at", postgresql_where=text("closed_at IS NULL")),
    _one_of("kind", Kind),
    _one_of("severity", Severity),
    _one_of("tier", Tier),
)

anomalies = Table(
    "anomalies",
    metadata,
    _uuid(),
    Column("incident_id", Uuid, ForeignKey("incidents.id"), nullable=False),
    _reference("meter_id", "meters.id"),
    _reference("room_id", "rooms.id"),
    _reference("hostel_id", "hostels.id"),
    _time("ts"),
    _text("anomaly_type"),
    _text("kind"),
    _text("severity"),
    _text("tier"),
    _double("score", required=True),
    _double("confidence", required=True),
    *(  # nulls: the energy is unknown
        _double(name, required=name.startswith("expected"))
        for name in ("actual_kwh", "expected_low_kwh", "expected_kwh", "expected_high_kwh", "excess_kwh")
    ),
    Column("cost", Numeric(12, 4)),
    _text("currency"),
    _json("reasons"),
    _text("model_version", required=False),
    _now("created_at"),
    UniqueConstraint("meter_id", "ts"),
    Index(None, "hostel_id", "ts"),
    Index(None, "room_id", "ts"),
    Index(None, "incident_id"),
    Index(None, "created_at"),
    _one_of("anomaly_type", AnomalyType),
    _one_of("kind", Kind),
    _one_of("severity", Severity),
    _one_of("tier", Tier),
)

feedback = Table(
    "feedback",
    metadata,
    _id(),
    Column("alert_id", Uuid, ForeignKey("alerts.id"), nullable=False),
    _reference("user_id", "users.id"),
    _text("verdict"),
    _text("note", required=False),
    _now("created_at"),
    _now("changed_at"),
    UniqueConstraint("alert_id", "user_id"),
    _one_of("verdict", Verdict),
)

# -- what leaves ------------------------------------------------------------------------------------------------------

notifications = Table(
    "notifications",
    metadata,
    _uuid(),
    Column("event_id", Uuid, nullable=False),
    Column("alert_id", Uuid, ForeignKey("alerts.id")),
    _reference("hostel_id", "hostels.id"),
    _reference("user_id", "users.id"),
    _text("channel"),
    _text("severity"),
    _text("subject"),
    _text("message"),
    Column("state", Text, nullable=False, server_default="queued"),
    _text("provider_id", required=False),
    _text("error", required=False),
    _now("queued_at"),
    _time("sent_at", required=False),
    Index(None, "alert_id"),
    Index(None, "event_id"),
    Index("ix_notifications_waiting", "user_id", "queued_at", postgresql_where=text("state = 'queued'")),
    Index("ix_notifications_failed", "queued_at", postgresql_where=text("state = 'failed'")),
    _one_of("channel", Channel),
    _one_of("state", MessageState),
)

outbox = Table(
    "outbox",
    metadata,
    _uuid(),
    _text("topic"),
    _json("payload"),
    _now("created_at"),
    _time("published_at", required=False),
    Index(None, "created_at"),
    Index("ix_outbox_unpublished", "created_at", postgresql_where=text("published_at IS NULL")),
)

live_tickets = Table(
    "live_tickets",
    metadata,
    Column("token_hash", Text, primary_key=True),
    _reference("user_id", "users.id"),
    _time("expires_at"),
    _time("used_at", required=False),
    Index(None, "expires_at"),
)

live_connections = Table(
    "live_connections",
    metadata,
    Column("connection_id", Text, primary_key=True),
    _reference("user_id", "users.id"),
    _now("connected_at"),
    Index(None, "user_id"),
)

# -- what watches -----------------------------------------------------------------------------------------------------

quarantine = Table(
    "quarantine",
    metadata,
    _id(),
    Column("dedupe_key", Text, nullable=False, unique=True),
    _text("source"),
    _text("reason"),
    _text("detail"),
    _json("payload"),
    Column("hostel_id", BigInteger),  # as the payload names it, of whatever hostel
    Column("times", Integer, nullable=False, server_default=text("1")),
    _now("received_at"),
    _now("last_received_at"),
    _now("first_seen"),
    _time("redriven_at", required=False),
    Index(None, "hostel_id", "received_at"),
    Index("ix_quarantine_waiting", "first_seen", postgresql_where=text("redriven_at IS NULL")),
)

# How many items of a hostel's day came beyond those that are kept.
quarantine_beyond = Table(
    "quarantine_beyond",
    metadata,
    Column("hostel_id", BigInteger),
    Column("day", Date, nullable=False),
    _text("reason"),
    Column("times", BigInteger, nullable=False),
    _time("last_received_at"),
    UniqueConstraint(
        "hostel_id",
        "day",
        "reason",
        name="uq_quarantine_beyond_hostel_id_day_reason",
        postgresql_nulls_not_distinct=True,
    ),
)

audit_log = Table(
    "audit_log",
    metadata,
    _id(),
    _now("at"),
    _reference("user_id", "users.id", required=False),
    _reference("hostel_id", "hostels.id", required=False),
    _text("action"),
    _text("target"),
    _json("detail"),
    Index(None, "hostel_id", "at"),
)

model_versions = Table(
    "model_versions",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    _text("state"),
    _text("artifact_uri", required=False),
    _json("metrics"),
    _now("trained_at"),
    _time("activated_at", required=False),
    _time("retired_at", required=False),
    _text("reason", required=False),  # of what was decided last
    # At most one champion at a time, and one that is on trial beside it.
    Index("uq_model_versions_champion", "state", unique=True, postgresql_where=text("state = 'champion'")),
    Index("uq_model_versions_challenger", "state", unique=True, postgresql_where=text("state = 'challenger'")),
    _one_of("state", ModelState),
)

# How the features were distributed when a model was new: edges of bins and the share in each, by feature.
drift_references = Table(
    "drift_references",
    metadata,
    Column("model", Text, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    _json("bins"),
    _now("made_at"),
)

# What a day's look at drift found. Null: it could not be measured.
drift_reports = Table(
    "drift_reports",
    metadata,
    Column("day", Date, primary_key=True),
    _now("measured_at"),
    _text("model", required=False),
    _json("stability"),
    _double("drifted_share"),
    _double("alert_rate"),
    _double("usual_alert_rate"),
    _double("precision"),
    Column("labelled", Integer, nullable=False),
    _double("fallback_share"),
    _json("reasons"),
    Column("retraining", Boolean, nullable=False),
)
