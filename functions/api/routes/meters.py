from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from wattwarden.contracts.api.meters import (
    DataHealth,
    MeterChangeIn,
    MeterChangeList,
    MeterList,
    MeterOut,
    RemovalRequest,
)
from wattwarden.contracts.fields import Instant
from wattwarden.domain import policy
from wattwarden.usecases.hostels.change_meter import change_meter, remove_meter, take_back_change
from wattwarden.usecases.hostels.data_health import data_health

from .dependencies import Person, TheMeters, TheViews
from .parameters import HostelFilter, MeterId, RoomId, new_router
from .problems import documented

router = new_router()


@router.get(
    "/v1/data-health",
    summary="Meters that are silent, stuck, of a wrong clock or beyond belief",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def read_data_health(person: Person, views: TheViews, hostel_id: HostelFilter = None) -> DataHealth:
    return data_health(policy.scope(person), hostel_id, views, datetime.now(UTC))


@router.get(
    "/v1/rooms/<room_id>/meters",
    summary="Meters of a room, removed ones too",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_meters(room_id: RoomId, person: Person, views: TheViews) -> MeterList:
    return MeterList(meters=views.meters(policy.scope(person), room_id))


@router.get(
    "/v1/meters/<meter_id>/changes",
    summary="What was done to a meter",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_meter_changes(meter_id: MeterId, person: Person, views: TheViews) -> MeterChangeList:
    return views.changes(policy.scope(person), meter_id)


@router.post(
    "/v1/meters/<meter_id>/changes",
    summary="Record that a register meter was replaced, or its ratio changed; again at the same instant to correct it",
    responses=documented(HTTPStatus.CREATED, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    status_code=HTTPStatus.CREATED,
)
def create_meter_change(
    meter_id: MeterId, change: MeterChangeIn, person: Person, admin: TheMeters, views: TheViews
) -> MeterChangeList:
    return change_meter(meter_id, change, person, admin, views, datetime.now(UTC))


@router.delete(
    "/v1/meters/<meter_id>/changes",
    summary="Take back the change of an instant",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def delete_meter_change(
    meter_id: MeterId, at: Annotated[Instant, Query()], person: Person, admin: TheMeters, views: TheViews
) -> MeterChangeList:
    return take_back_change(meter_id, at, person, admin, views)


@router.post(
    "/v1/meters/<meter_id>/removal",
    summary="Take a meter out of service",
    responses=documented(HTTPStatus.CREATED, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    status_code=HTTPStatus.CREATED,
)
def create_removal(meter_id: MeterId, request: RemovalRequest, person: Person, admin: TheMeters) -> MeterOut:
    return remove_meter(meter_id, request.at, person, admin, datetime.now(UTC))
