"""What the door says to good and to bad items."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.telemetry import FakeStream
from wattwarden.contracts.telemetry import ReadingsBatch, RefusedBatch
from wattwarden.domain.errors import BusyError, UnavailableError
from wattwarden.domain.people import Gateway
from wattwarden.ports.stream import Lane
from wattwarden.usecases.telemetry.ingest import BUCKETS, Submission, ingest_occupancy, ingest_readings

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
GATEWAY = Gateway(3, 1, "north")
REGISTRY = FakeAssetRegistry(meters={1: {"A-1", "A-2"}, 2: {"Z-9"}}, rooms={1: {"A1"}})
GOOD = {"meter": "A-1", "timestamp": "2026-01-31T14:00:00+05:30", "kwh": 0.42}


def post(*items: Any, stream: FakeStream | None = None, **more: Any) -> Any:
    return ingest_readings(Submission(GATEWAY, items, "gateway:3", NOW, **more), REGISTRY, stream or FakeStream())


def at(ago: timedelta, **changes: Any) -> dict[str, Any]:
    return GOOD | {"timestamp": (NOW - ago).isoformat()} | changes


def test_a_good_reading_reaches_the_stream_with_its_instant_in_utc() -> None:
    stream = FakeStream()
    answer = post(GOOD, stream=stream)
    assert (answer.accepted, answer.refused) == (1, [])
    [(key, batch)] = stream.batches
    assert isinstance(batch, ReadingsBatch)
    assert key.startswith("1:")
    assert batch.ts == [datetime(2026, 1, 31, 8, 30, tzinfo=UTC).timestamp()]
    assert batch.kwh == [0.42]


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"meter": None}, "invalid", "meter"),
        ({"meter": ""}, "invalid", "meter"),
        ({"meter": "a b"}, "invalid", "meter"),
        ({"meter": 7}, "invalid", "meter"),
        ({"meter": "A-3"}, "unknown_meter", "meter"),
        ({"meter": "Z-9"}, "unknown_meter", "meter"),  # it exists, in somebody else's hostel
        ({"timestamp": "2026-01-31T14:00:00"}, "invalid", "timestamp"),
        ({"timestamp": "yesterday"}, "invalid", "timestamp"),
        ({"timestamp": 1769848200}, "invalid", "timestamp"),
        ({"timestamp": "1769848200"}, "invalid", "timestamp"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "clock_wrong", "timestamp"),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, "clock_wrong", "timestamp"),
        ({"timestamp": "9999-12-31T23:59:59-12:00"}, "future_timestamp", "timestamp"),
        ({"timestamp": "2099-01-01T00:00:00Z"}, "future_timestamp", "timestamp"),
        ({"timestamp": "2026-01-31T09:06:00Z"}, "future_timestamp", "timestamp"),
        ({"kwh": -0.1}, "invalid", "kwh"),
        ({"kwh": "0.42"}, "invalid", "kwh"),
        ({"kwh": True}, "invalid", "kwh"),
        ({"kwh": float("nan")}, "invalid", "kwh"),
        ({"kwh": float("inf")}, "invalid", "kwh"),
        ({"kwh": 10**400}, "invalid", "kwh"),
        ({"kwh": 100_000}, "invalid", "kwh"),
        ({"kwh": None}, "invalid", None),
        ({"register_kwh": 10.0}, "invalid", None),
        ({"voltage": -1}, "invalid", "voltage"),
        ({"voltage": "230"}, "invalid", "voltage"),
        ({"current": 1e9}, "invalid", "current"),
        ({"power_factor": 1.2}, "invalid", "power_factor"),
        ({"interval_minutes": 0}, "invalid", "interval_minutes"),
        ({"colour": "red"}, "invalid", "colour"),
    ],
)
def test_each_malformed_field_is_refused_by_name_and_the_rest_accepted(
    change: dict[str, Any], reason: str, field: str | None
) -> None:
    answer = post(GOOD | change, GOOD | {"meter": "A-2"})
    assert answer.accepted == 1
    [refusal] = answer.refused
    assert (refusal.index, refusal.reason, refusal.field) == (0, reason, field)
    assert refusal.detail


@pytest.mark.parametrize("item", [None, 7, "x", [], [GOOD], {}])
def test_an_item_of_another_shape_is_refused(item: Any) -> None:
    answer = post(item)
    assert answer.accepted == 0
    assert answer.refused[0].reason == "invalid"


def test_a_reading_that_stands_twice_in_a_request_counts_once() -> None:
    answer = post(GOOD, GOOD | {"timestamp": "2026-01-31T08:30:00Z", "kwh": 9.0})
    assert answer.accepted == 1
    assert answer.refused[0].reason == "repeated_in_request"


def test_nothing_is_accepted_when_the_stream_is_busy() -> None:
    with pytest.raises(UnavailableError):
        post(GOOD, stream=FakeStream(broken=True))


def test_head_counts_name_rooms_of_the_gateways_hostel() -> None:
    items = [
        {"room": "A1", "timestamp": "2026-01-31T08:00:00Z", "count": 2},
        {"room": "Z1", "timestamp": "2026-01-31T08:00:00Z", "count": 2},
        {"room": "A1", "timestamp": "2026-01-31T08:10:00Z", "count": 2.5},
    ]
    answer = ingest_occupancy(Submission(GATEWAY, items, "gateway:3", NOW), REGISTRY, FakeStream())
    assert answer.accepted == 1
    assert [r.reason for r in answer.refused] == ["unknown_room", "invalid"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 400)), max_size=200, unique=True))
def test_a_meters_readings_stay_in_one_bucket_and_in_order(keys: list[tuple[int, int]]) -> None:
    registry = FakeAssetRegistry(meters={1: {f"M{i}" for i in range(31)}})
    items = [
        {
            "meter": f"M{m}",
            "timestamp": datetime.fromtimestamp(1_700_000_000 + 60 * t, UTC).isoformat(),
            "kwh": float(n),
        }
        for n, (m, t) in enumerate(keys)
    ]
    stream = FakeStream()
    answer = ingest_readings(Submission(GATEWAY, items, "gateway:3", NOW), registry, stream)
    assert answer.accepted == len(keys)
    assert set(stream.lanes) <= {Lane.BACKFILL}
    assert len({key for key, _ in stream.batches}) == len(stream.batches) <= BUCKETS
    bucket_of: dict[str, str] = {}
    for key, batch in stream.batches:
        assert isinstance(batch, ReadingsBatch)
        assert batch.kwh == sorted(batch.kwh, key=lambda value: value or 0.0)
        for meter in batch.meter:
            assert bucket_of.setdefault(meter, key) == key
    assert sum(len(batch.ts) for _, batch in stream.batches) == len(keys)


def test_what_is_older_than_an_hour_takes_the_lane_of_history() -> None:
    stream = FakeStream()
    young, old = at(timedelta(hours=1)), at(timedelta(hours=1, seconds=1))
    assert post(old, young, stream=stream).accepted == 2
    lanes = {lane: batch.ts for lane, (_, batch) in zip(stream.lanes, stream.batches, strict=True)}
    now = NOW.timestamp()
    assert lanes == {Lane.LIVE: [now - 3600], Lane.BACKFILL: [now - 3601]}
    assert stream.lanes == [Lane.LIVE, Lane.BACKFILL]  # the present first, should the other lane be full


def test_a_delivery_may_name_its_lane() -> None:
    stream = FakeStream()
    post(at(timedelta(0)), stream=stream, lane=Lane.BACKFILL)
    assert stream.lanes == [Lane.BACKFILL]


@pytest.mark.parametrize("off", [timedelta(minutes=-5), timedelta(0), timedelta(minutes=5)])
def test_a_clock_may_be_off_by_five_minutes(off: timedelta) -> None:
    assert post(GOOD, sent_at=NOW + off).accepted == 1


@pytest.mark.parametrize(
    "clock",
    [
        NOW + timedelta(minutes=5, seconds=1),
        NOW - timedelta(hours=24),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ],
)
def test_nothing_is_taken_from_a_gateway_whose_clock_is_wrong(clock: datetime) -> None:
    stream = FakeStream()
    answer = post(GOOD, GOOD | {"meter": "A-2", "kwh": "x"}, GOOD | {"meter": "Z-9"}, stream=stream, sent_at=clock)
    assert answer.accepted == 0
    assert [(r.index, r.reason, r.field) for r in answer.refused] == [
        (0, "clock_wrong", "sent_at"),
        (1, "invalid", "kwh"),
        (2, "clock_wrong", "sent_at"),
    ]
    [(_, batch)] = stream.batches
    assert isinstance(batch, RefusedBatch)
    assert (batch.meter, batch.kwh, batch.reason) == (["A-1"], [0.42], ["clock_wrong"])
    assert stream.lanes == [Lane.BACKFILL]


def test_readings_of_a_wrong_clock_go_beside_with_their_reason_and_are_no_energy() -> None:
    stream = FakeStream()
    post(
        at(timedelta(0)),
        at(timedelta(minutes=-10)),
        at(timedelta(0), timestamp="1970-01-01T00:00:00Z"),
        at(timedelta(0), timestamp="2099-01-01T00:00:00Z", meter="A-2"),
        at(timedelta(0), timestamp="2099-01-01T00:00:00Z", meter="Z-9"),
        at(timedelta(0), timestamp="0001-01-01T00:00:00Z"),
        at(timedelta(days=70)),
        stream=stream,
        kept_months=1,
    )
    [energy] = [batch for _, batch in stream.batches if isinstance(batch, ReadingsBatch)]
    [refused] = [batch for _, batch in stream.batches if isinstance(batch, RefusedBatch)]
    assert energy.ts == [NOW.timestamp()]
    assert refused.reason == ["future_timestamp", "clock_wrong", "future_timestamp", "too_old"]
    assert refused.meter == ["A-1", "A-1", "A-2", "A-1"]
    assert refused.ts[1] == 0.0
    assert all(refused.detail)


def test_a_busy_lane_of_history_does_not_change_what_a_gateway_with_a_wrong_clock_is_told() -> None:
    assert post(at(timedelta(minutes=-10)), stream=FakeStream(busy=True)).refused[0].reason == "future_timestamp"
    with pytest.raises(BusyError):
        post(GOOD, stream=FakeStream(busy=True))


@pytest.mark.parametrize(
    ("kept_months", "timestamp", "taken"),
    [
        (13, "2024-12-01T00:00:00Z", True),  # now is January 2026
        (13, "2024-11-30T23:59:59Z", False),
        (1, "2025-12-01T00:00:00Z", True),
        (None, "2001-01-01T00:00:00Z", True),
    ],
)
def test_only_what_the_stage_keeps_is_taken(kept_months: int | None, timestamp: str, *, taken: bool) -> None:
    answer = post(GOOD | {"timestamp": timestamp}, kept_months=kept_months)
    assert (answer.accepted == 1) is taken
    assert [r.reason for r in answer.refused] == ([] if taken else ["too_old"])


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
near_misses = st.dictionaries(st.sampled_from([*GOOD, "colour"]), scalars)


@given(st.recursive(scalars, st.lists) | near_misses)
def test_no_item_whatsoever_breaks_the_door(item: Any) -> None:
    answer = post(item)
    assert answer.accepted + len(answer.refused) == 1
