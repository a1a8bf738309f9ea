"""A table of readings or head counts, as a person uploads it, through the same door as a gateway's."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from wattwarden.contracts.readings import MAX_ITEMS, IngestResponse
from wattwarden.domain.errors import InvalidError
from wattwarden.domain.people import Gateway
from wattwarden.ports.asset_registry import AssetRegistry
from wattwarden.ports.stream import Lane, TelemetryStream
from wattwarden.usecases.telemetry.ingest import Submission, ingest_occupancy, ingest_readings

READING_COLUMNS = frozenset(
    {"meter", "timestamp", "kwh", "register_kwh", "interval_minutes", "voltage", "current", "power_factor"}
)
OCCUPANCY_COLUMNS = frozenset({"room", "timestamp", "count"})
TEXT_COLUMNS = frozenset({"meter", "room", "timestamp"})
REFUSALS_KEPT = 1_000
FIRST_ROW = 2
"""Row 1 of the sheet is the header; people count from there."""

Row = Mapping[str, object]
Door = Callable[[Submission, AssetRegistry, TelemetryStream], IngestResponse]


@dataclass(slots=True)
class Imported:
    """What became of a file. `refused` names the sheet's row, and is cut after a thousand."""

    accepted: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    refused_rows: int = 0


def import_rows(
    gateway: Gateway,
    rows: Iterable[Row],
    timezone: str,
    registry: AssetRegistry,
    stream: TelemetryStream,
    now: datetime,
    kept_months: int | None = None,
) -> Imported:
    """Import rows keyed by their column's heading; times without an offset are the hostel's.

    All of it takes the lane of history, however young it is: a file must not keep the present waiting.

    Raises:
        InvalidError: the headings are neither those of readings nor of occupancy.
        UnavailableError: the stream is busy; importing the file again repeats nothing.
    """
    result = Imported()
    row_number = FIRST_ROW
    take: Door | None = None
    for chunk in batched(rows, MAX_ITEMS, strict=False):
        take = take or _door(chunk[0])
        items = list(_items(chunk, ZoneInfo(timezone)))
        source = f"import:{gateway.name}"
        submission = Submission(gateway, items, source, now, kept_months=kept_months, lane=Lane.BACKFILL)
        answer = take(submission, registry, stream)
        result.accepted += answer.accepted
        result.refused_rows += len(answer.refused)
        room_left = REFUSALS_KEPT - len(result.refused)
        result.refused += [
            {"row": row_number + r.index, "item": r.item, "reason": r.reason, "detail": r.detail}
            for r in answer.refused[:room_left]
        ]
        row_number += len(chunk)
    if take is None:
        raise InvalidError("the file has no rows below its heading")
    return result


def _door(row: Row) -> Door:
    columns = {name for name in row if name}
    if {"meter", "timestamp"} <= columns <= READING_COLUMNS:
        return ingest_readings
    if columns == OCCUPANCY_COLUMNS:
        return ingest_occupancy
    raise InvalidError(
        f"the first row must name the columns: {', '.join(sorted(READING_COLUMNS))} for readings, or "
        f"{', '.join(sorted(OCCUPANCY_COLUMNS))} for occupancy; this file has {', '.join(sorted(columns)) or 'none'}"
    )


def _items(rows: Iterable[Row], zone: ZoneInfo) -> Iterator[dict[str, object]]:
    for row in rows:
        yield {name: _value(name, value, zone) for name, value in row.items() if name and value not in (None, "")}


def _value(name: str, value: object, zone: ZoneInfo) -> object:
    """A cell as the contract wants it: text where text belongs, numbers elsewhere; what is neither is left to it."""
    if name == "timestamp":
        return _timestamp(value, zone)
    if name in TEXT_COLUMNS:
        return str(value).strip()
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        value = number
    return int(value) if name == "count" and isinstance(value, float) and value.is_integer() else value


def _timestamp(value: object, zone: ZoneInfo) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return value
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=zone)
    return value
