from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from wattwarden.contracts.api.hostels import GatewayOut, GatewayRequest, HostelOut, HostelSetup, Slug
from wattwarden.domain import policy
from wattwarden.usecases.hostels.set_up_hostel import register_gateway, set_up_hostel

from .dependencies import Person, TheAdmin, TheAssetRegistry, TheIdentity, TheKeys, TheSubscriptions, TheViews
from .parameters import HostelId, new_router
from .problems import documented

router = new_router()


@router.get("/v1/hostels", summary="The hostels the person sees", responses=documented())
def list_hostels(person: Person, views: TheViews) -> list[HostelOut]:
    return views.hostels(policy.scope(person))


@router.put(
    "/v1/hostels/<code>",
    summary="Set up or change a hostel with its rooms and people",
    responses=documented(HTTPStatus.OK, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
def put_hostel(
    code: Annotated[Slug, Path()],
    setup: HostelSetup,
    person: Person,
    admin: TheAdmin,
    registry: TheAssetRegistry,
    identity: TheIdentity,
    subscriptions: TheSubscriptions,
    views: TheViews,
) -> HostelOut:
    hostel_id = set_up_hostel(code, setup, person, admin, registry, identity, subscriptions)
    return views.hostel(policy.scope(person), hostel_id)


@router.post(
    "/v1/hostels/<hostel_id>/gateways",
    summary="Register a gateway; its key is shown this once",
    responses=documented(HTTPStatus.CREATED, HTTPStatus.NOT_FOUND, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    status_code=HTTPStatus.CREATED,
)
def create_gateway(
    hostel_id: HostelId, request: GatewayRequest, person: Person, admin: TheAdmin, views: TheViews, keys: TheKeys
) -> GatewayOut:
    return register_gateway(hostel_id, request.name, person, views, admin, keys)
