from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from wattwarden.contracts.api.alerts import (
    AcknowledgeRequest,
    AlertDetail,
    AlertOut,
    AlertPage,
    AnomalyPage,
    FeedbackRequest,
)
from wattwarden.domain import policy
from wattwarden.domain.alerts import AlertState
from wattwarden.domain.anomalies import Severity
from wattwarden.usecases.alerts.acknowledge import acknowledge
from wattwarden.usecases.alerts.give_feedback import give_feedback

from .dependencies import Person, TheResponses, TheViews
from .parameters import Before, HostelFilter, Limit, RoomFilter, new_router
from .problems import documented

router = new_router()

AlertId = Annotated[UUID, Path()]


@router.get(
    "/v1/anomalies",
    summary="Readings judged abnormal, youngest first",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_anomalies(
    person: Person,
    views: TheViews,
    hostel_id: HostelFilter = None,
    room_id: RoomFilter = None,
    before: Before = None,
    limit: Limit = 100,
) -> AnomalyPage:
    return views.anomalies(policy.scope(person), hostel_id, room_id, before, limit)


@router.get(
    "/v1/alerts",
    summary="Alerts, youngest first",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def list_alerts(
    person: Person,
    views: TheViews,
    hostel_id: HostelFilter = None,
    state: Annotated[AlertState | None, Query()] = None,
    severity: Annotated[Severity | None, Query()] = None,
    before: Before = None,
    limit: Limit = 100,
) -> AlertPage:
    return views.alerts(policy.scope(person), hostel_id, state, severity, before, limit)


@router.get(
    "/v1/alerts/<alert_id>",
    summary="An alert with its evidence and who was told",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def read_alert(alert_id: AlertId, person: Person, views: TheViews) -> AlertDetail:
    return views.alert(policy.scope(person), alert_id)


@router.post(
    "/v1/alerts/<alert_id>/acknowledge",
    summary="Take charge of an alert",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
def acknowledge_alert(
    alert_id: AlertId,
    request: Annotated[AcknowledgeRequest, Body()],
    person: Person,
    views: TheViews,
    responses: TheResponses,
) -> AlertOut:
    return acknowledge(alert_id, request.note, person, views, responses, datetime.now(UTC))


@router.post(
    "/v1/alerts/<alert_id>/feedback",
    summary="Say what an alert was; saying it again changes it",
    responses=documented(HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
def say_what_it_was(
    alert_id: AlertId, request: FeedbackRequest, person: Person, views: TheViews, responses: TheResponses
) -> AlertOut:
    return give_feedback(alert_id, request, person, views, responses, datetime.now(UTC))
