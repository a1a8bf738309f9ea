"""AWS::ApiGatewayV2::RouteResponse, which lets a WebSocket route answer; MiniStack's CloudFormation lacks the type."""

import json
from http import HTTPStatus
from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

from local.emulator import require

TYPE = "AWS::ApiGatewayV2::RouteResponse"

type Properties = dict[str, Any]


def install() -> None:
    require(provisioners, "_RESOURCE_HANDLERS")
    require(apigateway, "_create_route_response", "_delete_route_response")
    provisioners._RESOURCE_HANDLERS.setdefault(TYPE, {"create": _create, "delete": _delete})  # noqa: SLF001 - see the package


def _create(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
    request = {"routeResponseKey": properties["RouteResponseKey"]}
    api, route = _route(properties)
    status, _, body = apigateway._create_route_response(api, route, request)  # noqa: SLF001 - see the package
    if status != HTTPStatus.CREATED:
        raise ValueError(body.decode())
    return json.loads(body)["routeResponseId"], {}


def _delete(physical_id: str, properties: Properties) -> None:
    apigateway._delete_route_response(*_route(properties), physical_id)  # noqa: SLF001 - see the package


def _route(properties: Properties) -> tuple[str, str]:
    """The API and the route; MiniStack's reference to a route is `api/route`, where AWS's is the route alone."""
    return properties["ApiId"], properties["RouteId"].rpartition("/")[2]
