"""Quarantine on the real database: an item is a row, a hostel's day holds so many, and nothing is counted twice."""

from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.hostel import Hostel, at, rows_of
from wattwarden.adapters.postgres.telemetry import quarantine
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.domain.quarantine import Quarantined, Reason
from wattwarden.ports.scoring import Effects, ExogenousFacts

T = at("2026-07-01T12:00").timestamp()
DAY = 86_400.0
MINUTE = 60.0


def item(n: int, received_at: float = T, hostel_id: int | None = 1, reason: Reason = Reason.CLOCK_WRONG) -> Quarantined:
    payload: dict[str, Any] = {"meter": f"M{n}"} | ({} if hostel_id is None else {"hostel_id": hostel_id})
    return Quarantined(f"{hostel_id}:{n}:{reason}", "gateway:1", reason, "off", payload, received_at)


@pytest.fixture
def keep(store: PostgresTelemetry) -> Any:
    return lambda *items: store.commit(Effects(quarantined=list(items)))


def kept(engine: Engine) -> list[tuple[str, int]]:
    rows = rows_of(engine, "SELECT dedupe_key, times FROM quarantine ORDER BY dedupe_key")
    return [(row["dedupe_key"], row["times"]) for row in rows]


def beyond(engine: Engine) -> list[tuple[int | None, str, str, int]]:
    rows = rows_of(
        engine, "SELECT hostel_id, day::text, reason, times FROM quarantine_beyond ORDER BY day, hostel_id, reason"
    )
    return [(row["hostel_id"], row["day"], row["reason"], row["times"]) for row in rows]


def test_the_same_item_sent_a_thousand_times_is_one_row_with_a_count(engine: Engine, keep: Any) -> None:
    for n in range(1000):
        keep(item(1, T + n))
    assert kept(engine) == [("1:1:clock_wrong", 1000)]
    rows = rows_of(
        engine,
        "SELECT extract(epoch FROM received_at)::float8 AS first, "
        "extract(epoch FROM last_received_at)::float8 AS last, hostel_id FROM quarantine",
    )
    assert rows == [{"first": T, "last": T + 999, "hostel_id": 1}]


def test_what_is_delivered_again_is_not_counted_again(engine: Engine, keep: Any) -> None:
    for received in (T, T + 1, T, T + 1):
        keep(item(1, received), item(2, received))
    assert kept(engine) == [("1:1:clock_wrong", 2), ("1:2:clock_wrong", 2)]


def test_what_fails_again_after_it_was_sent_again_waits_again(engine: Engine, keep: Any) -> None:
    keep(item(1))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE quarantine SET redriven_at = now()")
    keep(item(1))
    assert rows_of(engine, "SELECT times, redriven_at FROM quarantine") == [{"times": 1, "redriven_at": None}]


def test_beyond_a_hostels_quota_of_the_day_items_are_only_counted_and_the_answer_says_so(
    engine: Engine, hostel: Hostel, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_A_DAY", 3)
    here, there = hostel.hostel_id, hostel.hostel_id + 1
    keep(*(item(n, hostel_id=here) for n in range(2)))
    keep(*(item(n, T + MINUTE, hostel_id=here) for n in range(1, 6)))
    keep(*(item(n, T + MINUTE, hostel_id=here) for n in range(1, 6)))  # delivered again
    keep(item(9, hostel_id=there), *(item(n, T + DAY, hostel_id=here) for n in range(6, 8)))
    assert [key for key, _ in kept(engine) if key.startswith(f"{here}:")] == [
        f"{here}:{n}:clock_wrong" for n in (0, 1, 2, 6, 7)
    ]
    assert beyond(engine) == [(here, "2026-07-01", "clock_wrong", 3)]
    page = PostgresViews(engine).quarantine(frozenset({here}), None, 100)
    assert [(b.hostel_id, b.day.isoformat(), b.reason, b.times) for b in page.beyond] == [
        (here, "2026-07-01", "clock_wrong", 3)
    ]
    assert PostgresViews(engine).quarantine(frozenset({there}), None, 100).beyond == []
    assert {one.times for one in page.items} == {1, 2}


def test_what_was_accepted_and_failed_in_our_hands_is_kept_beyond_any_quota(
    engine: Engine, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_A_DAY", 1)
    keep(*(item(n, reason=Reason.PROCESSING_FAILED) for n in range(4)), item(5))
    assert len(kept(engine)) == 5
    assert beyond(engine) == []


def test_items_that_name_no_hostel_have_a_quota_of_their_own(
    engine: Engine, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_A_DAY", 1)
    for n in range(3):
        keep(item(n, T + n, hostel_id=None), item(n, T + n, hostel_id=2**70))
    assert len(kept(engine)) == 1
    assert [(where, times) for where, _, _, times in beyond(engine)] == [(None, 5)]


def test_head_counts_of_unknown_rooms_count_and_have_the_quota_too(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_A_DAY", 1)

    def say(received: float, *rooms: str) -> None:
        rows = [(hostel.hostel_id, room, T, 1, "gateway:1", received) for room in rooms]
        store.save_exogenous(ExogenousFacts(occupancy=rows))

    say(T, "Z-1")
    say(T + 1, "Z-1", "Z-2")
    assert rows_of(engine, "SELECT payload ->> 'room' AS room, times, reason FROM quarantine") == [
        {"room": "Z-1", "times": 2, "reason": "unknown_room"}
    ]
    assert [(where, times) for where, _, _, times in beyond(engine)] == [(hostel.hostel_id, 1)]
