"""Take what a gateway or a file brought: refuse item by item with a reason, put the rest on a stream."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from zlib import crc32

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from wattwarden.contracts.readings import IngestResponse, OccupancyIn, ReadingIn, Refusal
from wattwarden.contracts.telemetry import MEASURES, Batch, OccupancyBatch, ReadingsBatch, RefusedBatch
from wattwarden.domain.clocks import CLOCK_TOLERANCE_S, FIRST_SET_CLOCK
from wattwarden.domain.errors import UnavailableError
from wattwarden.domain.people import Gateway
from wattwarden.domain.quarantine import OF_ITS_TIME, Reason
from wattwarden.ports.asset_registry import DoorRegistry
from wattwarden.ports.stream import Lane, TelemetryStream

BUCKETS = 4
"""Partition keys per hostel. A meter is always in the same bucket, so its readings stay in order."""

LIVE_FOR_S = 3600.0
"""What is older on arrival is history, and takes the lane of history."""

_END_OF_CALENDAR = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody brought to the door, and when."""

    gateway: Gateway
    items: Sequence[Any]
    source: str
    now: datetime
    sent_at: datetime | None = None
    """The time by the gateway's own clock."""
    kept_months: int | None = None
    """Months that the stage keeps readings for; None: for ever."""
    lane: Lane | None = None
    """None: by the age of each item."""


@dataclass(frozen=True, slots=True)
class _Subject[T: (ReadingIn, OccupancyIn)]:
    """What differs between readings and occupancy: how items are validated, what they name, how they travel."""

    adapter: TypeAdapter[list[T]]
    field: str
    name: Callable[[T], str]
    unknown: Reason
    batch: Callable[[Submission, Sequence[T], list[float]], Batch]


type _Timed[T] = tuple[T, float]
"""An item and its timestamp, epoch seconds."""


def ingest_readings(submission: Submission, registry: DoorRegistry, stream: TelemetryStream) -> IngestResponse:
    """Accept readings of the gateway's own hostel.

    Readings of known meters that a gateway sent with a wrong clock are put beside, as refused.

    Raises:
        UnavailableError: the registry does not answer, or the stream did not take them; nothing counts as accepted.
    """
    return _ingest(submission, _READINGS, registry.meter_serials(submission.gateway.hostel_id), stream)


def ingest_occupancy(submission: Submission, registry: DoorRegistry, stream: TelemetryStream) -> IngestResponse:
    """Accept head counts of the gateway's own hostel.

    Raises:
        UnavailableError: the registry does not answer, or the stream did not take them; nothing counts as accepted.
    """
    return _ingest(submission, _OCCUPANCY, registry.room_names(submission.gateway.hostel_id), stream)


def partition_key(hostel_id: int, name: str) -> str:
    """Where what a meter or a room says goes: always to the same shard."""
    return f"{hostel_id}:{crc32(name.encode()) % BUCKETS}"


def _ingest[T: (ReadingIn, OccupancyIn)](
    submission: Submission, subject: _Subject[T], known: Collection[str], stream: TelemetryStream
) -> IngestResponse:
    sifted = _sift(submission, subject, known)
    # What is live goes first, so that it is in even when the lane of history is full.
    for lane in Lane:
        batches = [
            (key, subject.batch(submission, [item for item, _ in rows], [ts for _, ts in rows]))
            for (at, key), rows in sifted.accepted.items()
            if at is lane
        ]
        if batches:
            stream.put(batches, lane)
    if submission.lane is None:
        _put_refused(submission, sifted.wrong_clock, stream)
    accepted = sum(len(rows) for rows in sifted.accepted.values())
    return IngestResponse(accepted=accepted, refused=sorted(sifted.refused, key=attrgetter("index")))


@dataclass(slots=True)
class _Sifted[T: (ReadingIn, OccupancyIn)]:
    """The items of a submission, parted."""

    accepted: dict[tuple[Lane, str], list[_Timed[T]]] = field(default_factory=lambda: defaultdict(list))
    """By lane and partition key, in the order sent."""
    refused: list[Refusal] = field(default_factory=list)
    wrong_clock: list[tuple[T, Refusal]] = field(default_factory=list)
    """Those refused for their time that name a known meter or room."""


def _sift[T: (ReadingIn, OccupancyIn)](
    submission: Submission, subject: _Subject[T], known: Collection[str]
) -> _Sifted[T]:
    sifted = _Sifted[T]()
    now = submission.now.timestamp()
    latest, live = now + CLOCK_TOLERANCE_S, now - LIVE_FOR_S
    oldest = _kept_since(submission).timestamp()
    gateways_clock = _clock_trouble(submission)
    seen: set[tuple[str, float]] = set()
    name_of = subject.name
    for index, item in _valid(submission.items, subject, sifted.refused):
        name, ts = name_of(item), item.timestamp.timestamp()
        if gateways_clock or name not in known or not oldest <= ts <= latest or (name, ts) in seen:
            reason, at_fault, detail = (
                (Reason.CLOCK_WRONG, "sent_at", gateways_clock)
                if gateways_clock
                else _objection(subject, name, ts, known, oldest, latest)
            )
            refusal = Refusal(index=index, item=name, reason=reason, field=at_fault, detail=detail)
            sifted.refused.append(refusal)
            if reason in OF_ITS_TIME and name in known:
                sifted.wrong_clock.append((item, refusal))
            continue
        seen.add((name, ts))
        lane = submission.lane or (Lane.LIVE if ts >= live else Lane.BACKFILL)
        sifted.accepted[lane, partition_key(submission.gateway.hostel_id, name)].append((item, ts))
    return sifted


def _valid[T: (ReadingIn, OccupancyIn)](
    items: Sequence[Any], subject: _Subject[T], refused: list[Refusal]
) -> Sequence[tuple[int, T]]:
    """The well-formed items with their positions: all at once, and once more without those that are not."""
    try:
        return list(enumerate(subject.adapter.validate_python(items)))
    except ValidationError as error:
        problems: defaultdict[int, list[ErrorDetails]] = defaultdict(list)
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            problems[int(problem["loc"][0])].append(problem)
    refused += [_malformed(index, items[index], subject.field, found) for index, found in problems.items()]
    sound = [index for index in range(len(items)) if index not in problems]
    return list(zip(sound, subject.adapter.validate_python([items[index] for index in sound]), strict=True))


def _kept_since(submission: Submission) -> datetime:
    """The first instant that is taken: start of the month so many months ago, or of the century."""
    if submission.kept_months is None:
        return FIRST_SET_CLOCK
    now = submission.now.astimezone(UTC)
    year, month = divmod(now.year * 12 + now.month - 1 - submission.kept_months, 12)
    return max(FIRST_SET_CLOCK, datetime(year, month + 1, 1, tzinfo=UTC))


def _clock_trouble(submission: Submission) -> str | None:
    """What is wrong with the gateway's clock; None when nothing is, or when it does not tell."""
    if submission.sent_at is None:
        return None
    off = submission.sent_at.timestamp() - submission.now.timestamp()
    if abs(off) <= CLOCK_TOLERANCE_S:
        return None
    way = "ahead of" if off > 0 else "behind"
    return f"sent_at is {abs(off):.0f} s {way} the time of arrival; set the gateway's clock and send again"


def _objection[T: (ReadingIn, OccupancyIn)](
    subject: _Subject[T], name: str, ts: float, known: Collection[str], oldest: float, latest: float
) -> tuple[Reason, str, str]:
    """Why a well-formed item is refused: reason, field and detail."""
    if name not in known:
        return subject.unknown, subject.field, f"{subject.field} {name!r} is not registered in the hostel of this key"
    if ts > latest:
        return Reason.FUTURE_TIMESTAMP, "timestamp", f"timestamp is ahead of {_iso(latest)}; check the clock"
    if ts < FIRST_SET_CLOCK.timestamp():
        return Reason.CLOCK_WRONG, "timestamp", f"timestamp is before {FIRST_SET_CLOCK.year}: the clock was never set"
    if ts < oldest:
        return Reason.TOO_OLD, "timestamp", f"timestamp is before {_iso(oldest)}, from which on readings are kept"
    return (
        Reason.REPEATED_IN_REQUEST,
        "timestamp",
        f"{subject.field} {name!r} appears twice with this timestamp; the first one counts",
    )


def _iso(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="seconds")


def _malformed(index: int, raw: Any, name_field: str, problems: Sequence[ErrorDetails]) -> Refusal:  # noqa: ANN401 - any JSON
    """The refusal of an item by pydantic's errors, whose first location is its position."""
    where = [".".join(map(str, problem["loc"][1:])) for problem in problems]
    named = raw.get(name_field) if isinstance(raw, dict) else None
    return Refusal(
        index=index,
        item=named[:64] if isinstance(named, str) else None,
        reason=Reason.INVALID,
        field=where[0] or None,
        detail="; ".join(f"{at or 'item'}: {p['msg']}" for at, p in zip(where, problems, strict=True)),
    )


def _put_refused(
    submission: Submission, refused: Sequence[tuple[ReadingIn | OccupancyIn, Refusal]], stream: TelemetryStream
) -> None:
    """Tell the stream which readings were refused for their clock: one record, and none when it is busy."""
    hostel_id = submission.gateway.hostel_id
    rows = [(item, item.timestamp.timestamp(), refusal) for item, refusal in refused if isinstance(item, ReadingIn)]
    rows = [row for row in rows if 0 <= row[1] < _END_OF_CALENDAR]
    if not rows:
        return
    batch = RefusedBatch.model_construct(
        hostel_id=hostel_id,
        source=submission.source,
        received_at=submission.now.timestamp(),
        meter=[item.meter for item, _, _ in rows],
        ts=[ts for _, ts, _ in rows],
        kwh=[item.kwh for item, _, _ in rows],
        register_kwh=[item.register_kwh for item, _, _ in rows],
        reason=[refusal.reason for _, _, refusal in rows],
        detail=[refusal.detail for _, _, refusal in rows],
    )
    with suppress(UnavailableError):  # the gateway is told anyhow
        stream.put([(f"{hostel_id}:refused", batch)], Lane.BACKFILL)


def _readings_batch(submission: Submission, rows: Sequence[ReadingIn], ts: list[float]) -> ReadingsBatch:
    columns: dict[str, Any] = {name: list(map(attrgetter(name), rows)) for name in MEASURES}
    return ReadingsBatch.model_construct(
        hostel_id=submission.gateway.hostel_id,
        source=submission.source,
        received_at=submission.now.timestamp(),
        meter=[r.meter for r in rows],
        ts=ts,
        **columns,
    )


def _occupancy_batch(submission: Submission, rows: Sequence[OccupancyIn], ts: list[float]) -> OccupancyBatch:
    return OccupancyBatch.model_construct(
        hostel_id=submission.gateway.hostel_id,
        source=submission.source,
        received_at=submission.now.timestamp(),
        room=[r.room for r in rows],
        ts=ts,
        count=[r.count for r in rows],
    )


_READINGS = _Subject(TypeAdapter(list[ReadingIn]), "meter", attrgetter("meter"), Reason.UNKNOWN_METER, _readings_batch)
_OCCUPANCY = _Subject(TypeAdapter(list[OccupancyIn]), "room", attrgetter("room"), Reason.UNKNOWN_ROOM, _occupancy_batch)
