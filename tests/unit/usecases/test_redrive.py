"""Quarantined items go through the stream again as they came, but never into a past that is not theirs."""

from typing import Any

import pytest

from tests.fakes.api import HOME, NOW, PEOPLE
from tests.fakes.people import FakeRedrives
from tests.fakes.telemetry import FakeStream
from tests.fakes.views import FakeViews
from wattwarden.contracts.api.operations import QuarantineOut, Redriven
from wattwarden.contracts.quarantine import QuarantinedReading, QuarantinedRecord
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, encode
from wattwarden.domain.errors import BusyError, ForbiddenError, InvalidError, NotFoundError
from wattwarden.domain.people import Role
from wattwarden.ports.stream import Lane
from wattwarden.usecases.telemetry.redrive import redrive

RECEIVED = 1_700_000_000.0


def reading(meter: str = "M1", **changes: Any) -> dict[str, Any]:
    values = {"hostel_id": HOME, "source": "gateway:1", "received_at": RECEIVED, "meter": meter, "ts": RECEIVED - 60.0}
    return QuarantinedReading(**(values | {"kwh": 0.5} | changes)).model_dump()


def waiting(*payloads: dict[str, Any], reason: str = "unknown_meter") -> FakeRedrives:
    views = FakeViews()
    views.quarantined = [
        (
            HOME,
            QuarantineOut(
                quarantine_id=n,
                source="gateway:1",
                reason=reason,
                detail="",
                payload=payload,
                first_seen=NOW,
                times=1,
                last_received_at=NOW,
            ),
        )
        for n, payload in enumerate(payloads, start=1)
    ]
    return FakeRedrives(views)


def ask(store: FakeRedrives, stream: FakeStream, role: Role = Role.MANAGER, **which: Any) -> Redriven:
    return redrive(PEOPLE[role], store, stream, NOW, **which)


def test_a_reading_goes_again_as_it_was_received() -> None:
    store, stream = waiting(reading()), FakeStream()
    assert ask(store, stream, quarantine_id=1) == Redriven(sent=1, left=0, waiting=0)
    [(_, batch)] = stream.batches
    assert isinstance(batch, ReadingsBatch)
    assert (batch.meter, batch.kwh, batch.received_at, batch.source) == (["M1"], [0.5], RECEIVED, "gateway:1")
    assert stream.lanes == [Lane.BACKFILL]
    with pytest.raises(NotFoundError):
        ask(store, stream, quarantine_id=1)


def test_readings_that_came_together_go_together() -> None:
    store, stream = waiting(reading(ts=1.0), reading(ts=2.0), reading(received_at=RECEIVED + 1)), FakeStream()
    assert ask(store, stream, reason="unknown_meter").sent == 3
    assert [batch.ts for _, batch in stream.batches] == [[1.0, 2.0], [RECEIVED - 60]]


def test_a_record_goes_again_as_it_was() -> None:
    batch = OccupancyBatch(hostel_id=HOME, source="gateway:1", received_at=1.0, room=["A-1"], ts=[2.0], count=[3])
    kept = QuarantinedRecord(record_id="1", data_hex=encode(batch).hex()).model_dump()
    store, stream = waiting(kept, reason="processing_failed"), FakeStream()
    ask(store, stream, quarantine_id=1)
    assert [sent for _, sent in stream.batches] == [batch]


def test_a_head_count_of_a_room_that_exists_by_now_goes_again() -> None:
    store, stream = (
        waiting({"hostel_id": HOME, "room": "A-1", "ts": 5.0, "count": 2}, reason="unknown_room"),
        FakeStream(),
    )
    ask(store, stream, reason="unknown_room")
    [(_, batch)] = stream.batches
    assert isinstance(batch, OccupancyBatch)
    assert (batch.room, batch.ts, batch.count) == (["A-1"], [5.0], [2])


@pytest.mark.parametrize("payload", [{"data_hex": "zz", "record_id": "1"}, {"data_hex": "00", "record_id": "1"}, {}])
def test_what_no_stream_could_take_is_left(payload: dict[str, Any]) -> None:
    store, stream = waiting(payload, reading(), reason="undecodable_record"), FakeStream()
    assert ask(store, stream, reason="undecodable_record") == Redriven(sent=1, left=1, waiting=1)
    with pytest.raises(InvalidError):
        ask(store, stream, quarantine_id=1)


@pytest.mark.parametrize("reason", ["clock_wrong", "future_timestamp", "too_old"])
def test_a_reading_of_a_wrong_clock_never_becomes_energy(reason: str) -> None:
    store, stream = waiting(reading(), reason=reason), FakeStream()
    for which in ({"reason": reason}, {"quarantine_id": 1}):
        with pytest.raises(InvalidError):
            ask(store, stream, **which)
    assert not stream.batches


def test_what_a_busy_stream_does_not_take_still_waits() -> None:
    store = waiting(reading())
    with pytest.raises(BusyError):
        ask(store, FakeStream(busy=True), quarantine_id=1)
    assert ask(store, FakeStream(), quarantine_id=1).sent == 1


@pytest.mark.parametrize("role", [Role.WARDEN, Role.VIEWER])
def test_not_everybody_sends_again(role: Role) -> None:
    with pytest.raises(ForbiddenError):
        ask(waiting(reading()), FakeStream(), role, quarantine_id=1)
