from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from wattwarden.contracts.api.rooms import (
    OccupancyEntry,
    OccupancyOut,
    ReadingPage,
    ReadingVersionList,
    RoomOut,
    RoomPage,
    SeriesOut,
)
from wattwarden.contracts.fields import Serial
from wattwarden.domain import policy
from wattwarden.domain.errors import InvalidError
from wattwarden.usecases.telemetry.enter_occupancy import enter_occupancy

from .dependencies import Person, TheStream, TheViews
from .parameters import Before, BlockFilter, FloorFilter, HostelId, Limit, RoomId, Since, Until, new_router
from .problems import documented

router = new_router()

DEFAULT_PERIOD = timedelta(days=7)
LONGEST_PERIOD = timedelta(days=800)


@router.get(
    "/v1/hostels/<hostel_id>/rooms",
    summary="Rooms of a hostel and what their meters said last",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_rooms(
    hostel_id: HostelId, person: Person, views: TheViews, block: BlockFilter = None, floor: FloorFilter = None
) -> RoomPage:
    return RoomPage(rooms=views.rooms(policy.scope(person), hostel_id, block, floor, datetime.now(UTC)))


@router.get(
    "/v1/rooms/<room_id>",
    summary="A room and what its meter said last",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def read_room(room_id: RoomId, person: Person, views: TheViews) -> RoomOut:
    return views.room(policy.scope(person), room_id, datetime.now(UTC))


@router.get(
    "/v1/rooms/<room_id>/readings",
    summary="Stored readings of a room, youngest first",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_readings(
    room_id: RoomId, person: Person, views: TheViews, before: Before = None, limit: Limit = 100
) -> ReadingPage:
    policy.require(person, policy.Action.READ_RAW)
    return views.readings(policy.scope(person), room_id, before, limit)


@router.get(
    "/v1/rooms/<room_id>/readings/versions",
    summary="Instants for which a meter sent several values, with the one that counts",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_reading_versions(
    room_id: RoomId,
    person: Person,
    views: TheViews,
    meter: Annotated[Serial | None, Query(description="Its serial; every meter of the room when left out.")] = None,
    start: Since = None,
    end: Until = None,
) -> ReadingVersionList:
    policy.require(person, policy.Action.READ_RAW)
    start, end = _period(start, end)
    return ReadingVersionList(instants=views.versions(policy.scope(person), room_id, meter, start, end))


@router.get(
    "/v1/rooms/<room_id>/series",
    summary="Energy of a room by hour or day, against what was expected",
    description="Hours for up to 14 days and for those who may see the raw curve; otherwise days.",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def read_series(
    room_id: RoomId,
    person: Person,
    views: TheViews,
    start: Since = None,
    end: Until = None,
) -> SeriesOut:
    start, end = _period(start, end)
    return views.series(policy.scope(person), room_id, start, end, policy.series_resolution(person, end - start))


@router.put(
    "/v1/rooms/<room_id>/occupancy",
    summary="Say how many people are in a room from now on",
    responses=documented(HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    status_code=HTTPStatus.ACCEPTED,
)
def put_occupancy(
    room_id: RoomId, entry: OccupancyEntry, person: Person, views: TheViews, stream: TheStream
) -> OccupancyOut:
    return enter_occupancy(room_id, entry.count, person, views, stream, datetime.now(UTC))


def _period(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """The period asked for, the past week by default.

    Raises:
        InvalidError: it ends before it starts, or is too long.
    """
    end = end or datetime.now(UTC)
    start = start or end - DEFAULT_PERIOD
    if not timedelta(0) < end - start <= LONGEST_PERIOD:
        raise InvalidError(f"query.from: must be before `to`, by at most {LONGEST_PERIOD.days} days")
    return start, end
