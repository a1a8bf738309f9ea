"""The schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

KINDS = (
    "'excess', 'empty_room_load', 'shortfall', 'zero', 'flat', "
    "'undervoltage', 'power_factor', 'pattern', 'static_limit'"
)


def upgrade() -> None:
    op.create_table(
        "hostels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_hostels_currency")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_hostels_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_hostels_longitude")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hostels")),
        sa.UniqueConstraint("code", name=op.f("uq_hostels_code")),
    )
    op.create_table(
        "model_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("artifact_uri", sa.Text(), nullable=True),
        sa.Column(
            "metrics", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("trained_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('challenger', 'champion', 'refused', 'retired')", name=op.f("ck_model_versions_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("name", name=op.f("uq_model_versions_name")),
    )
    op.create_index(
        "uq_model_versions_champion",
        "model_versions",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'champion'"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("first_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("redriven_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_quarantine_dedupe_key")),
    )
    op.create_index(
        "ix_quarantine_waiting",
        "quarantine",
        ["first_seen"],
        unique=False,
        postgresql_where=sa.text("redriven_at IS NULL"),
    )
    op.create_table(
        "readings",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interval_s", sa.Double(), nullable=False),
        sa.Column("kwh", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("register_kwh", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("voltage", sa.Double(), nullable=True),
        sa.Column("current_a", sa.Double(), nullable=True),
        sa.Column("power_factor", sa.Double(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("interval_s > 0", name=op.f("ck_readings_interval")),
        sa.CheckConstraint("kwh >= 0", name=op.f("ck_readings_kwh")),
        sa.PrimaryKeyConstraint("meter_id", "ts", name=op.f("pk_readings")),
        postgresql_partition_by="RANGE (ts)",
    )
    op.create_table(
        "readings_daily",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kwh", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("measured_s", sa.Double(), nullable=False),
        sa.Column("expected_low_kwh", sa.Double(), nullable=True),
        sa.Column("expected_kwh", sa.Double(), nullable=True),
        sa.Column("expected_high_kwh", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("meter_id", "day", name=op.f("pk_readings_daily")),
    )
    op.create_table(
        "readings_hourly",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kwh", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("measured_s", sa.Double(), nullable=False),
        sa.Column("expected_low_kwh", sa.Double(), nullable=True),
        sa.Column("expected_kwh", sa.Double(), nullable=True),
        sa.Column("expected_high_kwh", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("meter_id", "hour", name=op.f("pk_readings_hourly")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('admin', 'manager', 'warden', 'viewer')", name=op.f("ck_users_role")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("hostel_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_audit_log_hostel_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_log_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_hostel_id_at"), "audit_log", ["hostel_id", "at"], unique=False)
    op.create_table(
        "gateways",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_gateways_hostel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateways")),
        sa.UniqueConstraint("api_key_id", name=op.f("uq_gateways_api_key_id")),
    )
    op.create_index(op.f("ix_gateways_hostel_id"), "gateways", ["hostel_id"], unique=False)
    op.create_table(
        "live_connections",
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_live_connections_user_id")),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_live_connections")),
    )
    op.create_index(op.f("ix_live_connections_user_id"), "live_connections", ["user_id"], unique=False)
    op.create_table(
        "live_tickets",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_live_tickets_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_live_tickets")),
    )
    op.create_index(op.f("ix_live_tickets_expires_at"), "live_tickets", ["expires_at"], unique=False)
    op.create_table(
        "rooms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("beds", sa.Integer(), nullable=False),
        sa.Column("has_ac", sa.Boolean(), nullable=False),
        sa.CheckConstraint("beds BETWEEN 0 AND 12", name=op.f("ck_rooms_beds")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_rooms_hostel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("hostel_id", "name", name=op.f("uq_rooms_hostel_id_name")),
    )
    op.create_table(
        "tariffs",
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("price_per_kwh", sa.Numeric(precision=10, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.CheckConstraint("price_per_kwh >= 0", name=op.f("ck_tariffs_price")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_tariffs_hostel_id")),
        sa.PrimaryKeyConstraint("hostel_id", "valid_from", name=op.f("pk_tariffs")),
    )
    op.create_table(
        "user_hostels",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_user_hostels_hostel_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_hostels_user_id")),
        sa.PrimaryKeyConstraint("user_id", "hostel_id", name=op.f("pk_user_hostels")),
    )
    op.create_index(op.f("ix_user_hostels_hostel_id"), "user_hostels", ["hostel_id"], unique=False)
    op.create_table(
        "weather",
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("humidity", sa.Double(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_weather_hostel_id")),
        sa.PrimaryKeyConstraint("hostel_id", "ts", name=op.f("pk_weather")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("acknowledged_by", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            f"kind IN ({KINDS})",
            name=op.f("ck_alerts_kind"),
        ),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_alerts_severity")),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'resolved')", name=op.f("ck_alerts_state")),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["users.id"], name=op.f("fk_alerts_acknowledged_by")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_alerts_hostel_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_alerts_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_hostel_id_created_at"), "alerts", ["hostel_id", "created_at"], unique=False)
    op.create_index(
        op.f("ix_alerts_hostel_id_state_created_at"), "alerts", ["hostel_id", "state", "created_at"], unique=False
    )
    op.create_index(op.f("ix_alerts_room_id_created_at"), "alerts", ["room_id", "created_at"], unique=False)
    op.create_table(
        "maintenance_windows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_maintenance_windows_order")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_maintenance_windows_created_by")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_maintenance_windows_hostel_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_maintenance_windows_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
    )
    op.create_index(
        op.f("ix_maintenance_windows_hostel_id_ends_at"), "maintenance_windows", ["hostel_id", "ends_at"], unique=False
    )
    op.create_table(
        "meters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("interval_minutes", sa.Double(), nullable=False),
        sa.Column("register_digits", sa.Integer(), nullable=True),
        sa.Column("nominal_voltage", sa.Double(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("measures IN ('interval', 'register')", name=op.f("ck_meters_measures")),
        sa.CheckConstraint("interval_minutes BETWEEN 1 AND 1440", name=op.f("ck_meters_interval")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_meters_hostel_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_meters_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meters")),
        sa.UniqueConstraint("hostel_id", "serial", name=op.f("uq_meters_hostel_id_serial")),
    )
    op.create_index(op.f("ix_meters_room_id"), "meters", ["room_id"], unique=False)
    op.create_table(
        "occupancy",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("headcount BETWEEN 0 AND 50", name=op.f("ck_occupancy_headcount")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_occupancy_room_id")),
        sa.PrimaryKeyConstraint("room_id", "ts", name=op.f("pk_occupancy")),
    )
    op.create_table(
        "thresholds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("minimum_severity", sa.Text(), nullable=False),
        sa.CheckConstraint(
            f"kind IN ({KINDS})",
            name=op.f("ck_thresholds_kind"),
        ),
        sa.CheckConstraint(
            "minimum_severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_thresholds_minimum_severity")
        ),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_thresholds_hostel_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_thresholds_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thresholds")),
        sa.UniqueConstraint(
            "hostel_id",
            "room_id",
            "kind",
            name=op.f("uq_thresholds_hostel_id_room_id_kind"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("verdict IN ('real', 'false_alarm', 'unsure')", name=op.f("ck_feedback_verdict")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_feedback_alert_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feedback_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("alert_id", "user_id", name=op.f("uq_feedback_alert_id_user_id")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("peak_kw", sa.Double(), nullable=False),
        sa.Column("expected_kw", sa.Double(), nullable=False),
        sa.Column("excess_kwh", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("cost", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("anomalies", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            f"kind IN ({KINDS})",
            name=op.f("ck_incidents_kind"),
        ),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_incidents_severity")),
        sa.CheckConstraint("tier IN ('model', 'rules', 'static')", name=op.f("ck_incidents_tier")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_incidents_alert_id")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_incidents_hostel_id")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_incidents_meter_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_incidents_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_alert_id"), "incidents", ["alert_id"], unique=False)
    op.create_index(
        "ix_incidents_open",
        "incidents",
        ["meter_id", "started_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_incidents_unattached",
        "incidents",
        ["hostel_id", "started_at"],
        unique=False,
        postgresql_where=sa.text("alert_id IS NULL"),
    )
    op.create_table(
        "meter_state",
        sa.Column("meter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("last_ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_register_kwh", sa.Double(), nullable=True),
        sa.Column("last_kw", sa.Double(), nullable=True),
        sa.Column("expected_low_kw", sa.Double(), nullable=True),
        sa.Column("expected_kw", sa.Double(), nullable=True),
        sa.Column("expected_high_kw", sa.Double(), nullable=True),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_incident_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_meter_state_meter_id")),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_meter_state")),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=True),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("ck_notifications_channel")),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f("ck_notifications_state")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_notifications_alert_id")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_notifications_hostel_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_alert_id"), "notifications", ["alert_id"], unique=False)
    op.create_index(op.f("ix_notifications_event_id"), "notifications", ["event_id"], unique=False)
    op.create_table(
        "anomalies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("hostel_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anomaly_type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("actual_kwh", sa.Double(), nullable=False),
        sa.Column("expected_low_kwh", sa.Double(), nullable=False),
        sa.Column("expected_kwh", sa.Double(), nullable=False),
        sa.Column("expected_high_kwh", sa.Double(), nullable=False),
        sa.Column("excess_kwh", sa.Double(), nullable=False),
        sa.Column("cost", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "anomaly_type IN ('high_consumption', 'low_consumption', 'unusual_pattern')",
            name=op.f("ck_anomalies_anomaly_type"),
        ),
        sa.CheckConstraint(
            f"kind IN ({KINDS})",
            name=op.f("ck_anomalies_kind"),
        ),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_anomalies_severity")),
        sa.CheckConstraint("tier IN ('model', 'rules', 'static')", name=op.f("ck_anomalies_tier")),
        sa.ForeignKeyConstraint(["hostel_id"], ["hostels.id"], name=op.f("fk_anomalies_hostel_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_anomalies_incident_id")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_anomalies_meter_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_anomalies_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomalies")),
        sa.UniqueConstraint("meter_id", "ts", name=op.f("uq_anomalies_meter_id_ts")),
    )
    op.create_index(op.f("ix_anomalies_created_at"), "anomalies", ["created_at"], unique=False)
    op.create_index(op.f("ix_anomalies_hostel_id_ts"), "anomalies", ["hostel_id", "ts"], unique=False)
    op.create_index(op.f("ix_anomalies_incident_id"), "anomalies", ["incident_id"], unique=False)
    op.create_index(op.f("ix_anomalies_room_id_ts"), "anomalies", ["room_id", "ts"], unique=False)
    # A state is rewritten with each batch: leave room on its page, and spend no time compressing what is compact.
    op.execute("ALTER TABLE meter_state SET (fillfactor = 60)")
    op.execute("ALTER TABLE meter_state ALTER COLUMN state SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_index(op.f("ix_anomalies_room_id_ts"), table_name="anomalies")
    op.drop_index(op.f("ix_anomalies_incident_id"), table_name="anomalies")
    op.drop_index(op.f("ix_anomalies_hostel_id_ts"), table_name="anomalies")
    op.drop_index(op.f("ix_anomalies_created_at"), table_name="anomalies")
    op.drop_table("anomalies")
    op.drop_index(op.f("ix_notifications_event_id"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_alert_id"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_table("meter_state")
    op.drop_index("ix_incidents_unattached", table_name="incidents", postgresql_where=sa.text("alert_id IS NULL"))
    op.drop_index("ix_incidents_open", table_name="incidents", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_index(op.f("ix_incidents_alert_id"), table_name="incidents")
    op.drop_table("incidents")
    op.drop_table("feedback")
    op.drop_table("thresholds")
    op.drop_table("occupancy")
    op.drop_index(op.f("ix_meters_room_id"), table_name="meters")
    op.drop_table("meters")
    op.drop_index(op.f("ix_maintenance_windows_hostel_id_ends_at"), table_name="maintenance_windows")
    op.drop_table("maintenance_windows")
    op.drop_index(op.f("ix_alerts_room_id_created_at"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_hostel_id_state_created_at"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_hostel_id_created_at"), table_name="alerts")
    op.drop_table("alerts")
    op.drop_table("weather")
    op.drop_index(op.f("ix_user_hostels_hostel_id"), table_name="user_hostels")
    op.drop_table("user_hostels")
    op.drop_table("tariffs")
    op.drop_table("rooms")
    op.drop_index(op.f("ix_live_tickets_expires_at"), table_name="live_tickets")
    op.drop_table("live_tickets")
    op.drop_index(op.f("ix_live_connections_user_id"), table_name="live_connections")
    op.drop_table("live_connections")
    op.drop_index(op.f("ix_gateways_hostel_id"), table_name="gateways")
    op.drop_table("gateways")
    op.drop_index(op.f("ix_audit_log_hostel_id_at"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_table("users")
    op.drop_table("readings_hourly")
    op.drop_table("readings_daily")
    op.drop_table("readings")
    op.drop_index("ix_quarantine_waiting", table_name="quarantine", postgresql_where=sa.text("redriven_at IS NULL"))
    op.drop_table("quarantine")
    op.drop_index("ix_outbox_unpublished", table_name="outbox", postgresql_where=sa.text("published_at IS NULL"))
    op.drop_table("outbox")
    op.drop_index(
        "uq_model_versions_champion", table_name="model_versions", postgresql_where=sa.text("state = 'champion'")
    )
    op.drop_table("model_versions")
    op.drop_table("hostels")
