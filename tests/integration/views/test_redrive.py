from collections.abc import Sequence
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import text

from tests.integration.hostel import rows_of
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.telemetry.redrive import PostgresRedrives
from wattwarden.domain.errors import BusyError
from wattwarden.domain.people import Role
from wattwarden.ports.redrive import WaitingItem


@pytest.fixture
def items(world: World) -> list[int]:
    """Three of the home hostel, one of another reason, one foreign, and a record that names no hostel."""
    home, foreign = {"hostel_id": world.home.hostel_id}, {"hostel_id": world.foreign.hostel_id}
    kinds = [(home, "unknown_meter")] * 3 + [(home, "other"), (foreign, "unknown_meter"), ({}, "unknown_meter")]
    return [
        world.add(
            t.quarantine,
            dedupe_key=str(n),
            source="gateway:1",
            reason=reason,
            detail="",
            payload=payload,
            first_seen=NOW + timedelta(minutes=n),
        )
        for n, (payload, reason) in enumerate(kinds)
    ]


def everything(items: Sequence[WaitingItem]) -> list[int]:
    return [item.quarantine_id for item in items]


def still_waiting(world: World) -> list[int]:
    rows = rows_of(world.engine, "SELECT id FROM quarantine WHERE redriven_at IS NULL ORDER BY id")
    return [row["id"] for row in rows]


def test_what_was_sent_again_is_audited(world: World, items: list[int]) -> None:
    store, by = PostgresRedrives(world.engine), world.people[Role.MANAGER]
    store.redrive(world.scope, by, lambda given: everything(given)[1:], reason="unknown_meter", limit=2)
    store.redrive(world.scope, by, everything, reason="unknown_meter", limit=9)
    assert still_waiting(world) == items[3:]
    [_, last] = rows_of(world.engine, "SELECT action, target, detail FROM audit_log ORDER BY id")
    assert last == {"action": "redrive", "target": "quarantine:unknown_meter", "detail": {"sent": 2, "left": 0}}


def test_what_the_stream_did_not_take_is_not_audited(world: World, items: list[int]) -> None:
    def busy(_: Sequence[WaitingItem]) -> list[int]:
        raise BusyError("full")

    with pytest.raises(BusyError):
        PostgresRedrives(world.engine).redrive(None, world.people[Role.ADMIN], busy, quarantine_id=items[0], limit=1)
    assert not rows_of(world.engine, "SELECT * FROM audit_log")


def test_an_item_that_fails_again_at_once_waits_again(world: World, items: list[int]) -> None:
    again = "UPDATE quarantine SET redriven_at = NULL WHERE dedupe_key = '0'"

    def fail_again() -> None:
        with world.engine.begin() as connection:
            connection.execute(text(again))

    consumer = Thread(target=fail_again)

    def send(given: Sequence[WaitingItem]) -> list[int]:
        consumer.start()
        consumer.join(0.2)
        assert consumer.is_alive()  # it waits for the item that is being sent
        return everything(given)

    PostgresRedrives(world.engine).redrive(None, world.people[Role.ADMIN], send, quarantine_id=items[0], limit=1)
    consumer.join(10)
    assert still_waiting(world) == items
