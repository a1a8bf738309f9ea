from datetime import timedelta
from uuid import UUID

import pytest

from tests.integration.hostel import rows_of
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.alerts.sessions import PostgresSessions
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.contracts.api.meters import FaultCounts
from wattwarden.domain.people import Role


def test_a_flow_that_runs_is_healthy(world: World, views: PostgresViews) -> None:
    world.add_state(0, NOW - timedelta(hours=1))
    world.add_state(1, NOW - timedelta(hours=9))
    world.add_fault(0, "clock_wrong", NOW - timedelta(hours=23))
    world.add_fault(1, "clock_wrong", NOW - timedelta(hours=25))
    world.add(t.model_versions, name="2026-11-15", state="champion", metrics={}, trained_at=NOW)
    incident = world.add_incident(11, None)
    world.add_anomaly(21, incident, NOW)
    world.add_anomaly(22, incident, NOW, meter=1, tier="rules")
    world.add_anomaly(23, incident, NOW, meter=2, tier="rules", created_at=NOW - timedelta(hours=2))

    health = views.health(world.scope, NOW)

    assert health.status == "ok"
    assert (health.meters, health.silent_meters) == (4, 3)
    assert health.faults == FaultCounts(
        silent=3, stuck=0, clock_wrong=1, implausible=0, contradicting=0, replay_failing=0
    )
    assert health.last_reading_received == NOW - timedelta(hours=1) + timedelta(seconds=5)
    assert (health.model_version, health.model_share_last_hour) == ("2026-11-15", 0.5)


@pytest.mark.parametrize(("minutes", "status"), [(4, "ok"), (6, "degraded")])
def test_an_outbox_that_is_stuck_is_degraded(world: World, views: PostgresViews, minutes: int, status: str) -> None:
    world.add_state(0, NOW)
    world.add(t.outbox, id=UUID(int=1), topic="x", payload={}, created_at=NOW - timedelta(minutes=minutes))

    health = views.health(None, NOW)

    assert (health.status, health.outbox_waiting) == (status, 1)


@pytest.mark.parametrize(("minutes", "status"), [(59, "ok"), (61, "degraded")])
def test_a_replay_that_fails_for_over_an_hour_is_degraded(
    world: World, views: PostgresViews, minutes: int, status: str
) -> None:
    world.add_state(0, NOW)
    world.add_failure(1, NOW - timedelta(minutes=minutes))
    world.add_failure(0, NOW - timedelta(days=9), hostel=world.foreign)

    health = views.health(world.scope, NOW)

    assert (health.status, health.faults.replay_failing) == (status, 1)


def test_meters_that_say_nothing_for_hours_are_degraded(world: World, views: PostgresViews) -> None:
    assert views.health(None, NOW).status == "degraded"
    world.add_state(0, NOW - timedelta(hours=3))
    assert views.health(None, NOW).status == "degraded"


def test_a_connection_is_its_tickets_owners(world: World) -> None:
    sessions = PostgresSessions(world.engine)
    warden = world.people[Role.WARDEN]
    sessions.save_ticket("a" * 64, warden.user_id, NOW + timedelta(seconds=60))

    assert sessions.redeem("a" * 64, "c1", NOW)
    assert rows_of(world.engine, "SELECT connection_id, user_id FROM live_connections") == [
        {"connection_id": "c1", "user_id": warden.user_id}
    ]
    sessions.forget("c1")
    assert not rows_of(world.engine, "SELECT connection_id FROM live_connections")
