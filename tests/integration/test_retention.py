"""What is no longer kept goes, day by day; what still has to leave stays however old it is."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert

from tests.integration.hostel import Hostel, at, rows_of
from wattwarden.adapters.postgres.base import retention
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.base.retention import Kept, remove_old
from wattwarden.domain.errors import UnavailableError
from wattwarden.runtime.wiring import wiring

NOW = at("2026-07-01T12:00")
DAY = timedelta(days=1)


@pytest.fixture
def full(engine: Engine, hostel: Hostel) -> Engine:
    """Of everything a row that is 11 days old, one of 9 days; and old ones that still have to leave."""
    with engine.begin() as connection:
        user = connection.execute(
            insert(t.users).values(email="a@x.example", name="A", role="warden").returning(t.users.c.id)
        ).scalar_one()

        def message(number: int, state: str, days: int) -> None:
            connection.execute(
                insert(t.notifications).values(
                    id=UUID(int=number), event_id=UUID(int=1), hostel_id=hostel.hostel_id, user_id=user,
                    channel="email", severity="high", subject="s", message="m", state=state, queued_at=NOW - days * DAY,
                )
            )  # fmt: skip

        def event(number: int, days: int, *, published: bool) -> None:
            at_ = NOW - days * DAY
            connection.execute(
                insert(t.outbox).values(
                    id=UUID(int=number), topic="x", payload={}, created_at=at_, published_at=at_ if published else None
                )
            )

        for days in (11, 9):
            message(days, "sent", days)
            event(days, days, published=True)
            connection.execute(
                insert(t.quarantine).values(
                    dedupe_key=str(days),
                    source="",
                    reason="x",
                    detail="",
                    payload={},
                    last_received_at=NOW - days * DAY,
                )
            )
            connection.execute(
                insert(t.quarantine_beyond).values(
                    day=(NOW - days * DAY).date(), reason="x", times=1, last_received_at=NOW
                )
            )
            for n, room in enumerate(hostel.rooms):
                connection.execute(
                    insert(t.occupancy).values(room_id=room, ts=NOW - days * DAY, headcount=n, source="x")
                )
        message(100, "queued", 100)
        event(100, 100, published=False)
    return engine


def left(engine: Engine) -> dict[str, list[Any]]:
    queries = {
        "quarantine": "SELECT dedupe_key FROM quarantine",
        "beyond": "SELECT day::text FROM quarantine_beyond",
        "outbox": "SELECT id FROM outbox ORDER BY id",
        "notifications": "SELECT id FROM notifications ORDER BY id",
        "occupancy": "SELECT DISTINCT ts FROM occupancy",
    }
    return {name: [next(iter(row.values())) for row in rows_of(engine, sql)] for name, sql in queries.items()}


@pytest.mark.parametrize("at_once", [1, 3, 10_000])
def test_old_rows_go_and_what_still_has_to_leave_stays(
    full: Engine, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", at_once)
    assert {name: remove_old(full, name, NOW, 10) for name in Kept} == {
        Kept.QUARANTINE: 2, Kept.OUTBOX: 1, Kept.NOTIFICATIONS: 1, Kept.OCCUPANCY: 4,
    }  # fmt: skip
    assert left(full) == {
        "quarantine": ["9"],
        "beyond": ["2026-06-22"],
        "outbox": [UUID(int=9), UUID(int=100)],
        "notifications": [UUID(int=9), UUID(int=100)],
        "occupancy": [NOW - 9 * DAY],
    }
    assert sum(remove_old(full, name, NOW, 10) for name in Kept) == 0


class Context:
    function_name = "extend_partitions"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:extend_partitions"
    aws_request_id = "request-1"


def test_the_daily_step_removes_what_the_stage_does_not_keep_and_nothing_else(
    full: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = import_module("functions.extend_partitions.handler").handler
    with wiring.use(database=full):
        assert handler({}, Context())["removed"] == {}
    monkeypatch.setenv("KEPT_DAYS", '{"quarantine": 10000, "outbox": 1}')
    with wiring.use(database=full):
        assert handler({}, Context())["removed"] == {"quarantine": 0, "outbox": 2}


def test_what_cannot_be_removed_holds_up_nothing_and_is_told_at_the_end(
    full: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("functions.extend_partitions.handler")
    monkeypatch.setenv("KEPT_DAYS", '{"quarantine": 1, "outbox": 1}')

    def remove(engine: Engine, name: Kept, *rest: Any) -> int:
        if name is Kept.QUARANTINE:
            raise UnavailableError("the database does not answer")
        return remove_old(engine, name, *rest)

    monkeypatch.setattr(module, "remove_old", remove)
    with wiring.use(database=full), pytest.raises(ExceptionGroup) as failed:
        module.handler({}, Context())
    assert [type(error) for error in failed.value.exceptions] == [UnavailableError]
    assert left(full)["outbox"] == [UUID(int=100)]
