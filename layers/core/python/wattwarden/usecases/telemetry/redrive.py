"""Send quarantined items through the stream again, once their cause is gone."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from wattwarden.contracts.api.operations import Redriven
from wattwarden.contracts.fields import Contract
from wattwarden.contracts.quarantine import QuarantinedReading, QuarantinedRecord
from wattwarden.contracts.telemetry import (
    MEASURES,
    Batch,
    OccupancyBatch,
    ReadingsBatch,
    RefusedBatch,
    WeatherBatch,
    decode,
)
from wattwarden.domain import policy
from wattwarden.domain.errors import InvalidError
from wattwarden.domain.people import Principal
from wattwarden.domain.quarantine import OF_ITS_TIME
from wattwarden.ports.redrive import RedriveStore, WaitingItem
from wattwarden.ports.stream import Lane, TelemetryStream
from wattwarden.usecases.telemetry.ingest import partition_key

AT_ONCE = 1_000
"""As many items go with one call."""


class HeadCount(Contract):
    """A head count of an unknown room, as its store keeps it."""

    hostel_id: int
    room: str
    ts: float
    count: int


Payload = QuarantinedReading | HeadCount | QuarantinedRecord
_payloads: TypeAdapter[Payload] = TypeAdapter(Payload)


def redrive(
    person: Principal,
    store: RedriveStore,
    stream: TelemetryStream,
    now: datetime,
    *,
    quarantine_id: int | None = None,
    reason: str | None = None,
) -> Redriven:
    """Put one item, or those of a reason, on the lane of history. What fails again is quarantined again.

    Raises:
        ForbiddenError: the person's role may not.
        InvalidError: sending again cannot help.
        NotFoundError: no such item waits in the person's hostels.
        UnavailableError: the stream did not take them; all still wait.
    """
    policy.require(person, policy.Action.REDRIVE)
    if reason in OF_ITS_TIME:
        raise InvalidError(f"what was refused as {reason} is not sent again: when it was measured is not known")

    def send(items: Sequence[WaitingItem]) -> Collection[int]:
        if quarantine_id is not None:
            _require_help(items[0])
        return _send(items, stream, now)

    counts = store.redrive(
        policy.scope(person), person, send, quarantine_id=quarantine_id, reason=reason, limit=AT_ONCE
    )
    return Redriven(**counts._asdict())


def _require_help(item: WaitingItem) -> None:
    if _payload(item) is None:
        raise InvalidError(f"an item that is quarantined as {item.reason} is not sent again: it would fail again")


def _send(items: Sequence[WaitingItem], stream: TelemetryStream, now: datetime) -> list[int]:
    """Put what can be sent, readings that came together in one record; returns the ids of those sent."""
    readings: defaultdict[tuple[str, int, str, float], list[QuarantinedReading]] = defaultdict(list)
    batches: list[tuple[str, Batch]] = []
    sent: list[int] = []
    for item in items:
        match _payload(item):
            case None:
                continue
            case QuarantinedReading() as reading:
                key = partition_key(reading.hostel_id, reading.meter)
                readings[key, reading.hostel_id, reading.source, reading.received_at].append(reading)
            case HeadCount() as count:
                batches.append((partition_key(count.hostel_id, count.room), _head_count(count, item.source, now)))
            case QuarantinedRecord() as record:
                batch = decode(bytes.fromhex(record.data_hex))
                batches.append((_key_of(batch), batch))
        sent.append(item.quarantine_id)
    batches += [(key, _readings(rows)) for (key, *_), rows in readings.items()]
    if batches:
        stream.put(batches, Lane.BACKFILL)
    return sent


def _payload(item: WaitingItem) -> Payload | None:
    """What was kept; None when it is nothing that the stream could take."""
    if item.reason in OF_ITS_TIME:
        return None
    try:
        payload = _payloads.validate_python(item.payload)
        if isinstance(payload, QuarantinedRecord):
            decode(bytes.fromhex(payload.data_hex))
    except (ValidationError, ValueError):
        return None
    return payload


def _readings(rows: Sequence[QuarantinedReading]) -> ReadingsBatch:
    first = rows[0]
    return ReadingsBatch(
        hostel_id=first.hostel_id,
        source=first.source,
        received_at=first.received_at,
        **{name: [getattr(row, name) for row in rows] for name in ("meter", "ts", *MEASURES)},
    )


def _head_count(kept: HeadCount, source: str, now: datetime) -> OccupancyBatch:
    return OccupancyBatch(
        hostel_id=kept.hostel_id,
        source=source,
        received_at=now.timestamp(),
        room=[kept.room],
        ts=[kept.ts],
        count=[kept.count],
    )


def _key_of(batch: Batch) -> str:
    match batch:
        case ReadingsBatch(meter=names) | OccupancyBatch(room=names) if names:
            return partition_key(batch.hostel_id, names[0])
        case WeatherBatch():
            return f"{batch.hostel_id}:weather"
        case RefusedBatch():
            return f"{batch.hostel_id}:refused"
    return str(batch.hostel_id)
