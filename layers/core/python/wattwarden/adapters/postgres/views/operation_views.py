"""Whether the flow lives, and what fell out of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Integer, Select, cast, func, select

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.scoped import next_before, page, quarantined, within
from wattwarden.adapters.postgres.base.tables import (
    anomalies,
    drift_reports,
    meter_faults,
    meter_state,
    meters,
    model_versions,
    notifications,
    outbox,
    quarantine,
    quarantine_beyond,
    replay_failures,
)
from wattwarden.adapters.postgres.views.meter_views import noticed, silent, stuck
from wattwarden.contracts.api.meters import FaultCounts
from wattwarden.contracts.api.operations import BeyondQuota, DriftOut, Health, QuarantineOut, QuarantinePage
from wattwarden.domain.alerts import MessageState
from wattwarden.domain.anomalies import Tier
from wattwarden.domain.policy import Scope
from wattwarden.ports.models import ModelState

OUTBOX_STUCK_AFTER = timedelta(minutes=5)
NOTHING_RECEIVED_FOR = timedelta(hours=2)
REPLAY_FAILING_FOR = timedelta(hours=1)
BEYOND_SHOWN = 100
REFUSED_WITHIN = timedelta(days=1)


class PostgresOperationViews:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def health(self, scope: Scope, now: datetime) -> Health:
        with transaction(self._engine) as connection:
            flow = connection.execute(_flow(scope, now)).one()
            noted = {row.kind: row.meters for row in connection.execute(_noted(scope, now))}
            failing = connection.execute(_failing(scope)).one()
            leaving = connection.execute(
                select(func.count().label("waiting"), func.min(outbox.c.created_at).label("oldest")).where(
                    outbox.c.published_at.is_(None)
                )
            ).one()
            kept = connection.scalar(select(func.count()).select_from(quarantine).where(quarantined(scope)))
            refused = connection.scalar(_refused(scope, now))
            champion = connection.scalar(
                select(model_versions.c.name).where(model_versions.c.state == ModelState.CHAMPION)
            )
            share = connection.scalar(
                select(func.avg(cast(anomalies.c.tier == Tier.MODEL, Integer))).where(
                    anomalies.c.created_at > now - timedelta(hours=1), within(scope, anomalies.c.hostel_id)
                )
            )
        jammed = leaving.oldest is not None and leaving.oldest < now - OUTBOX_STUCK_AFTER
        quiet = flow.meters > 0 and (flow.last_received is None or flow.last_received < now - NOTHING_RECEIVED_FOR)
        unmended = failing.first_at is not None and failing.first_at < now - REPLAY_FAILING_FOR
        return Health(
            status="degraded" if jammed or quiet or unmended else "ok",
            database=True,
            meters=flow.meters,
            silent_meters=flow.silent,
            faults=FaultCounts(
                silent=flow.silent,
                stuck=flow.stuck,
                clock_wrong=noted.get("clock_wrong", 0),
                implausible=noted.get("implausible", 0),
                contradicting=noted.get("contradicting", 0),
                replay_failing=failing.meters,
            ),
            last_reading_received=flow.last_received,
            outbox_waiting=leaving.waiting,
            messages_failed=refused or 0,
            quarantined=kept or 0,
            model_version=champion,
            model_share_last_hour=share,
        )

    def drift(self, limit: int) -> list[DriftOut]:
        query = select(*(drift_reports.c[name] for name in DriftOut.model_fields)).order_by(drift_reports.c.day.desc())
        with transaction(self._engine) as connection:
            return [DriftOut(**row) for row in connection.execute(query.limit(limit)).mappings()]

    def quarantine(self, scope: Scope, before: datetime | None, limit: int) -> QuarantinePage:
        query = select(
            quarantine.c.id.label("quarantine_id"),
            quarantine.c.source,
            quarantine.c.reason,
            quarantine.c.detail,
            quarantine.c.payload,
            quarantine.c.first_seen,
            quarantine.c.times,
            quarantine.c.last_received_at,
        ).where(quarantined(scope))
        with transaction(self._engine) as connection:
            rows = connection.execute(page(query, quarantine.c.first_seen, before, limit)).mappings().all()
            beyond = connection.execute(_beyond(scope)).mappings().all()
        return QuarantinePage(
            items=[QuarantineOut(**row) for row in rows],
            next_before=next_before([row["first_seen"] for row in rows], limit),
            beyond=[BeyondQuota(**row) for row in beyond],
        )


def _flow(scope: Scope, now: datetime) -> Select[Any, Any, Any, Any]:
    return (
        select(
            func.count().label("meters"),
            func.count().filter(silent(now)).label("silent"),
            func.count().filter(stuck(now)).label("stuck"),
            func.max(meter_state.c.last_received_at).label("last_received"),
        )
        .select_from(meters)
        .outerjoin(meter_state, meter_state.c.meter_id == meters.c.id)
        .where(meters.c.removed_at.is_(None), within(scope, meters.c.hostel_id))
    )


def _noted(scope: Scope, now: datetime) -> Select[Any, Any]:
    """Meters in service with a fault that was noticed today, by its kind."""
    return (
        select(meter_faults.c.kind, func.count().label("meters"))
        .join(meters, meters.c.id == meter_faults.c.meter_id)
        .where(meters.c.removed_at.is_(None), within(scope, meters.c.hostel_id), noticed(now))
        .group_by(meter_faults.c.kind)
    )


def _beyond(scope: Scope) -> Select[Any]:
    """Of hostels in the scope; of none where it names none and the scope is every hostel."""
    of = quarantine_beyond
    query = select(*(of.c[name] for name in BeyondQuota.model_fields)).where(within(scope, of.c.hostel_id))
    return query.order_by(of.c.day.desc(), of.c.hostel_id, of.c.reason).limit(BEYOND_SHOWN)


def _refused(scope: Scope, now: datetime) -> Select[Any]:
    """Messages that their provider will never take."""
    return select(func.count()).where(
        notifications.c.state == MessageState.FAILED,
        notifications.c.queued_at > now - REFUSED_WITHIN,
        within(scope, notifications.c.hostel_id),
    )


def _failing(scope: Scope) -> Select[Any, Any]:
    """Meters in service whose replay fails, and since when the first one does."""
    return (
        select(func.count().label("meters"), func.min(replay_failures.c.first_at).label("first_at"))
        .join(meters, meters.c.id == replay_failures.c.meter_id)
        .where(meters.c.removed_at.is_(None), within(scope, meters.c.hostel_id))
    )
