"""Take what a gateway or a file sent: refuse item by item with a reason, put the rest on the stream."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from zlib import crc32

from pydantic import TypeAdapter, ValidationError

from wattwarden.contracts.readings import IngestResponse, OccupancyIn, ReadingIn, Reason, Refusal
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch
from wattwarden.domain.people import Gateway
from wattwarden.ports.registry import Registry
from wattwarden.ports.stream import TelemetryStream

BUCKETS = 4
"""Partition keys per hostel. A meter is always in the same bucket, so its readings stay in order."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A timestamp further ahead than this is a wrong clock, not a fast one."""

_readings: TypeAdapter[ReadingIn] = TypeAdapter(ReadingIn)
_occupancy: TypeAdapter[OccupancyIn] = TypeAdapter(OccupancyIn)


@dataclass(frozen=True, slots=True)
class _Subject[T: (ReadingIn, OccupancyIn)]:
    """What differs between readings and occupancy: how an item is validated and what it names."""

    adapter: TypeAdapter[T]
    field: str
    name: Callable[[T], str]
    unknown: Reason


def ingest_readings(
    gateway: Gateway, items: Sequence[Any], registry: Registry, stream: TelemetryStream, now: datetime, source: str
) -> IngestResponse:
    """Accept readings of the gateway's own hostel.

    Raises:
        UnavailableError: the stream did not take them; nothing was accepted.
    """
    subject = _Subject(_readings, "meter", lambda item: item.meter, "unknown_meter")
    accepted, refused = _sift(items, subject, registry.meter_serials(gateway.hostel_id), now)
    stream.put(
        [
            (
                key,
                ReadingsBatch.model_construct(
                    hostel_id=gateway.hostel_id,
                    source=source,
                    received_at=now.timestamp(),
                    meter=[r.meter for r in rows],
                    ts=[r.timestamp.timestamp() for r in rows],
                    interval_s=[None if r.interval_minutes is None else r.interval_minutes * 60 for r in rows],
                    kwh=[r.kwh for r in rows],
                    register_kwh=[r.register_kwh for r in rows],
                    voltage=[r.voltage for r in rows],
                    current=[r.current for r in rows],
                    power_factor=[r.power_factor for r in rows],
                ),
            )
            for key, rows in _buckets(gateway.hostel_id, accepted, subject.name)
        ]
    )
    return IngestResponse(accepted=len(accepted), refused=refused)


def ingest_occupancy(
    gateway: Gateway, items: Sequence[Any], registry: Registry, stream: TelemetryStream, now: datetime, source: str
) -> IngestResponse:
    """Accept head counts of the gateway's own hostel.

    Raises:
        UnavailableError: the stream did not take them; nothing was accepted.
    """
    subject = _Subject(_occupancy, "room", lambda item: item.room, "unknown_room")
    accepted, refused = _sift(items, subject, registry.room_names(gateway.hostel_id), now)
    stream.put(
        [
            (
                key,
                OccupancyBatch.model_construct(
                    hostel_id=gateway.hostel_id,
                    source=source,
                    received_at=now.timestamp(),
                    room=[r.room for r in rows],
                    ts=[r.timestamp.timestamp() for r in rows],
                    count=[r.count for r in rows],
                ),
            )
            for key, rows in _buckets(gateway.hostel_id, accepted, subject.name)
        ]
    )
    return IngestResponse(accepted=len(accepted), refused=refused)


def _sift[T: (ReadingIn, OccupancyIn)](
    items: Sequence[Any], subject: _Subject[T], known: Collection[str], now: datetime
) -> tuple[list[T], list[Refusal]]:
    """Part the items into accepted ones and refusals, both in the order sent."""
    accepted: list[T] = []
    refused: list[Refusal] = []
    seen: set[tuple[str, datetime]] = set()
    latest = now.astimezone(UTC) + CLOCK_TOLERANCE
    for index, raw in enumerate(items):
        try:
            item = subject.adapter.validate_python(raw)
        except ValidationError as error:
            refused.append(_malformed(index, raw, subject.field, error))
            continue
        name = subject.name(item)
        key = (name, item.timestamp)
        if name not in known:
            detail = f"{subject.field} {name!r} is not registered in the hostel of this key"
            refused.append(Refusal(index=index, item=name, reason=subject.unknown, field=subject.field, detail=detail))
        elif item.timestamp > latest:
            detail = f"timestamp is ahead of {latest.isoformat(timespec='seconds')}; check the clock"
            refused.append(Refusal(index=index, item=name, reason="future_timestamp", field="timestamp", detail=detail))
        elif key in seen:
            detail = f"{subject.field} {name!r} appears twice with this timestamp; the first one counts"
            refused.append(
                Refusal(index=index, item=name, reason="repeated_in_request", field="timestamp", detail=detail)
            )
        else:
            seen.add(key)
            accepted.append(item)
    return accepted, refused


def _malformed(index: int, raw: Any, name_field: str, error: ValidationError) -> Refusal:  # noqa: ANN401 - any JSON
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    field = ".".join(map(str, problems[0]["loc"])) or None
    named = raw.get(name_field) if isinstance(raw, dict) else None
    detail = "; ".join(f"{'.'.join(map(str, p['loc'])) or 'item'}: {p['msg']}" for p in problems)
    return Refusal(
        index=index,
        item=named[:64] if isinstance(named, str) else None,
        reason="invalid",
        field=field,
        detail=detail,
    )


def _buckets[T: (ReadingIn, OccupancyIn)](
    hostel_id: int, items: Iterable[T], name: Callable[[T], str]
) -> list[tuple[str, list[T]]]:
    """Items by partition key, each bucket in the order sent."""

    def bucket(item: T) -> int:
        return crc32(name(item).encode()) % BUCKETS

    return [(f"{hostel_id}:{b}", list(rows)) for b, rows in groupby(sorted(items, key=bucket), key=bucket)]
