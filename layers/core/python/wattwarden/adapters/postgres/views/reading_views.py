"""What was measured: stored readings page by page, and the curve of a room from the roll-ups."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Double, Engine, RowMapping, Table, cast, func, select, true

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.scoped import next_before, page, require_room, within
from wattwarden.adapters.postgres.base.tables import (
    hostels,
    meters,
    reading_versions,
    readings,
    readings_daily,
    readings_hourly,
    rooms,
)
from wattwarden.contracts.api.rooms import (
    ReadingOut,
    ReadingPage,
    ReadingVersion,
    ReadingVersions,
    SeriesOut,
    SeriesPoint,
)
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.policy import Resolution, Scope

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

VERSIONS = 1_000
"""As many superseded values are listed, the youngest first."""


class PostgresReadingViews:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def readings(self, scope: Scope, room_id: int, before: datetime | None, limit: int) -> ReadingPage:
        # Meter by meter, so that each is a short walk back along the key (meter, ts), however much history there is.
        of_meter = page(
            select(
                readings.c.ts,
                (readings.c.interval_s / 60).label("interval_minutes"),
                readings.c.kwh,
                readings.c.register_kwh,
                readings.c.voltage,
                readings.c.current_a.label("current"),
                readings.c.power_factor,
                readings.c.quality,
            ).where(readings.c.meter_id == meters.c.id),
            readings.c.ts,
            before,
            limit,
        ).lateral("of_meter")
        of_room = (
            select(meters.c.serial.label("meter"), *of_meter.c)
            .join(of_meter, true())
            .where(meters.c.room_id == room_id)
        )
        with transaction(self._engine) as connection:
            require_room(connection, scope, room_id)
            rows = connection.execute(page(of_room, of_meter.c.ts, None, limit)).mappings().all()
        return ReadingPage(
            readings=[ReadingOut(**row) for row in rows],
            next_before=next_before([row["ts"] for row in rows], limit),
        )

    def versions(
        self, scope: Scope, room_id: int, meter: str | None, start: datetime, end: datetime
    ) -> list[ReadingVersions]:
        chosen = (
            select(meters.c.serial, *reading_versions.c)
            .join(reading_versions, reading_versions.c.meter_id == meters.c.id)
            .where(meters.c.room_id == room_id, reading_versions.c.ts >= start, reading_versions.c.ts < end)
            .order_by(reading_versions.c.ts.desc(), meters.c.serial, reading_versions.c.received_at.desc())
            .limit(VERSIONS)
        )
        if meter is not None:
            chosen = chosen.where(meters.c.serial == meter)
        former = chosen.subquery("former")
        # LIMIT makes it one look-up per key; a join could read the room's whole period.
        counts = (
            select(*(readings.c[name] for name in _VERSION))
            .where(readings.c.meter_id == former.c.meter_id, readings.c.ts == former.c.ts)
            .limit(1)
            .lateral("counts")
        )
        query = (
            select(
                former.c.serial,
                former.c.ts,
                *(former.c[name].label(f"former_{name}") for name in _VERSION),
                *(counts.c[name] for name in _VERSION),
            )
            .join(counts, true())
            .order_by(former.c.ts.desc(), former.c.serial, former.c.received_at.desc())
        )
        with transaction(self._engine) as connection:
            require_room(connection, scope, room_id)
            rows = connection.execute(query).mappings().all()
        return [
            _versions(serial, ts, list(of_instant))
            for (serial, ts), of_instant in groupby(rows, key=itemgetter("serial", "ts"))
        ]

    def series(self, scope: Scope, room_id: int, start: datetime, end: datetime, resolution: Resolution) -> SeriesOut:
        with transaction(self._engine) as connection:
            zone = connection.scalar(
                select(hostels.c.timezone)
                .join(rooms, rooms.c.hostel_id == hostels.c.id)
                .where(rooms.c.id == room_id, within(scope, hostels.c.id))
            )
            if zone is None:
                raise NotFoundError(f"there is no room {room_id}")
            of_room = select(meters.c.id, meters.c.removed_at).where(meters.c.room_id == room_id)
            found = connection.execute(of_room).all()
            meter_ids, removed = [row.id for row in found], [row.removed_at for row in found]
            if resolution == "hour":
                spans = list(_hours(start, end))
                sums = _sums(connection, readings_hourly, readings_hourly.c.hour, meter_ids, spans)
            else:
                spans = list(_days(start, end, ZoneInfo(zone)))
                sums = _sums(connection, readings_daily, readings_daily.c.day, meter_ids, spans)
        points = [_point(begin, stop, sums.get(key, {}), removed) for key, begin, stop in spans]
        return SeriesOut(room_id=room_id, timezone=zone, resolution=resolution, points=points)


_VERSION = ("kwh", "register_kwh", "received_at")


def _versions(serial: str, ts: datetime, rows: Sequence[RowMapping]) -> ReadingVersions:
    """What was sent for one instant. A register's energy is worked out from it, so it is not what was sent."""

    def version(row: RowMapping, prefix: str) -> ReadingVersion:
        values = {name: row[f"{prefix}{name}"] for name in _VERSION}
        if values["register_kwh"] is not None:
            values["kwh"] = None
        return ReadingVersion(**values)

    return ReadingVersions(
        meter=serial, ts=ts, counts=version(rows[0], ""), superseded=[version(row, "former_") for row in rows]
    )


Span = tuple[Any, datetime, datetime]
"""A bucket: its key in the roll-up, its first instant and the one after its last."""


def _hours(start: datetime, end: datetime) -> Iterator[Span]:
    begin = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while begin < end:
        yield begin, begin, begin + _HOUR
        begin += _HOUR


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """Days in the hostel's zone: 23, 24 or 25 hours long."""

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    day = start.astimezone(zone).date()
    while midnight(day) < end:
        yield day, midnight(day), midnight(day + _DAY)
        day += _DAY


def _sums(
    connection: Connection, rollup: Table, bucket: ColumnElement[Any], meter_ids: Sequence[int], spans: Sequence[Span]
) -> dict[Any, Mapping[str, Any]]:
    names = ("kwh", "filled_kwh", "measured_s", "expected_low_kwh", "expected_kwh", "expected_high_kwh")
    query = (
        select(bucket.label("bucket"), *(cast(func.sum(rollup.c[name]), Double).label(name) for name in names))
        .where(rollup.c.meter_id.in_(meter_ids), bucket.between(spans[0][0], spans[-1][0]))
        .group_by(bucket)
    )
    return {row["bucket"]: dict(row) for row in connection.execute(query).mappings()}


def _point(begin: datetime, stop: datetime, sums: Mapping[str, Any], removed: Sequence[datetime | None]) -> SeriesPoint:
    in_service = sum(at is None or at > begin for at in removed)
    possible_s = (stop - begin).total_seconds() * max(1, in_service)
    return SeriesPoint(
        start=begin,
        kwh=sums.get("kwh"),
        filled_kwh=sums.get("filled_kwh"),
        expected_low_kwh=sums.get("expected_low_kwh"),
        expected_kwh=sums.get("expected_kwh"),
        expected_high_kwh=sums.get("expected_high_kwh"),
        coverage=round(min(1.0, sums.get("measured_s", 0.0) / possible_s), 4),
    )
