from datetime import UTC, datetime
from http import HTTPStatus

from wattwarden.contracts.api.thresholds import ThresholdEffect, ThresholdList, ThresholdSet
from wattwarden.domain import policy
from wattwarden.usecases.alerts.thresholds import preview, set_thresholds

from .needs import Person, TheThresholds
from .parameters import HostelId, new_router
from .problems import documented

router = new_router()


@router.get(
    "/v1/hostels/<hostel_id>/thresholds",
    summary="What the hostel's people need not hear of",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_thresholds(hostel_id: HostelId, person: Person, store: TheThresholds) -> ThresholdList:
    return ThresholdList(thresholds=store.in_force(policy.scope(person), hostel_id))


@router.put(
    "/v1/hostels/<hostel_id>/thresholds",
    summary="Have these thresholds count from now on, and no others",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
def put_thresholds(hostel_id: HostelId, wanted: ThresholdSet, person: Person, store: TheThresholds) -> ThresholdList:
    return set_thresholds(hostel_id, wanted.thresholds, person, store, datetime.now(UTC))


@router.post(
    "/v1/hostels/<hostel_id>/thresholds/preview",
    summary="What these thresholds would have done with the last thirty days",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
def preview_thresholds(
    hostel_id: HostelId, proposed: ThresholdSet, person: Person, store: TheThresholds
) -> ThresholdEffect:
    return preview(hostel_id, proposed.thresholds, person, store, datetime.now(UTC))
