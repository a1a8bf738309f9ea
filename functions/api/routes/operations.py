from datetime import UTC, datetime
from http import HTTPStatus

from wattwarden.contracts.api.operations import DriftPage, Health, QuarantinePage, Redriven, RedriveRequest
from wattwarden.domain import policy
from wattwarden.usecases.telemetry.redrive import redrive

from .dependencies import Person, TheRedrives, TheStream, TheViews
from .parameters import Before, Limit, QuarantineId, new_router
from .problems import documented

router = new_router()


@router.get("/v1/health", summary="Whether readings flow and are judged", responses=documented())
def read_health(person: Person, views: TheViews) -> Health:
    return views.health(policy.scope(person), datetime.now(UTC))


@router.get("/v1/drift", summary="Whether the model still fits, day by day, youngest first", responses=documented())
def list_drift(person: Person, views: TheViews, limit: Limit = 60) -> DriftPage:
    policy.require(person, policy.Action.READ_DRIFT)
    return DriftPage(reports=views.drift(limit))


@router.get("/v1/quarantine", summary="What could not be processed, youngest first", responses=documented())
def list_quarantine(person: Person, views: TheViews, before: Before = None, limit: Limit = 100) -> QuarantinePage:
    policy.require(person, policy.Action.READ_QUARANTINE)
    return views.quarantine(policy.scope(person), before, limit)


@router.post(
    "/v1/quarantine/redrive",
    summary="Send the items of a reason through the stream again, up to a thousand at once",
    responses=documented(HTTPStatus.ACCEPTED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    status_code=HTTPStatus.ACCEPTED,
)
def redrive_reason(request: RedriveRequest, person: Person, store: TheRedrives, stream: TheStream) -> Redriven:
    return redrive(person, store, stream, datetime.now(UTC), reason=request.reason)


@router.post(
    "/v1/quarantine/<quarantine_id>/redrive",
    summary="Send a quarantined item through the stream again",
    responses=documented(HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND),
    status_code=HTTPStatus.ACCEPTED,
)
def redrive_item(quarantine_id: QuarantineId, person: Person, store: TheRedrives, stream: TheStream) -> Redriven:
    return redrive(person, store, stream, datetime.now(UTC), quarantine_id=quarantine_id)
