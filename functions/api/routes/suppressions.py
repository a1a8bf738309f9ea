from datetime import UTC, datetime
from http import HTTPStatus

from wattwarden.contracts.api.suppressions import SuppressionEffect, SuppressionList, SuppressionSet
from wattwarden.domain import policy
from wattwarden.usecases.alerts.suppressions import preview, set_suppressions

from .dependencies import Person, TheSuppressions
from .parameters import HostelId, new_router
from .problems import documented

router = new_router()


@router.get(
    "/v1/hostels/<hostel_id>/suppressions",
    summary="What the hostel's people need not hear of",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_suppressions(hostel_id: HostelId, person: Person, store: TheSuppressions) -> SuppressionList:
    return SuppressionList(suppressions=store.in_force(policy.scope(person), hostel_id))


@router.put(
    "/v1/hostels/<hostel_id>/suppressions",
    summary="Have these suppression rules count from now on, and no others",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
def put_suppressions(
    hostel_id: HostelId, wanted: SuppressionSet, person: Person, store: TheSuppressions
) -> SuppressionList:
    return set_suppressions(hostel_id, wanted.suppressions, person, store, datetime.now(UTC))


@router.post(
    "/v1/hostels/<hostel_id>/suppressions/preview",
    summary="What these suppression rules would have done with the last thirty days",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
def preview_suppressions(
    hostel_id: HostelId, proposed: SuppressionSet, person: Person, store: TheSuppressions
) -> SuppressionEffect:
    return preview(hostel_id, proposed.suppressions, person, store, datetime.now(UTC))
