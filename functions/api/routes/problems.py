"""Every way a route may refuse, documented and answered: problem+json by `runtime/problems.py`."""

from base64 import b64decode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from wattwarden.contracts.problems import Problem
from wattwarden.domain.errors import WattWardenError
from wattwarden.runtime import problems
from wattwarden.runtime.observe import logger

_EVERYWHERE = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def documented(success: HTTPStatus = HTTPStatus.OK, *also: HTTPStatus) -> dict[int, Any]:
    """A route's answers for the OpenAPI document: its success, the problems of every route, and its own."""
    problem = {"application/problem+json": {"model": Problem}}
    refusals = {s.value: {"description": s.phrase, "content": problem} for s in sorted({*_EVERYWHERE, *also})}
    return {success.value: {"description": success.phrase}} | refusals


def handle_problems(app: APIGatewayRestResolver) -> None:
    """Make every error that a route, a dependency or the validation raises a problem+json answer."""
    app.exception_handler(WattWardenError)(_refuse)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(NoRouteError)(_no_route)
    app.exception_handler(ServiceError)(_service)
    app.exception_handler(Exception)(_fault)


def unreadable_body(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """The refusal of a body that is no JSON text at all; None when it may be."""
    if not event.get("body"):
        return None
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    kind = str(headers.get("content-type") or "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        return problems.response(status, problems.problem(status, "send application/json"), problems.CONTENT_TYPE)
    try:
        if event.get("isBase64Encoded"):
            b64decode(event["body"], validate=True).decode()
    except ValueError:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problems.response(status, problems.problem(status, "body: not UTF-8"), problems.CONTENT_TYPE)
    return None


def _refuse(error: WattWardenError) -> Response[str]:
    if problems.status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("unavailable", exc_info=error)
    return _as_response(problems.problem_response(error))


def _invalid(error: RequestValidationError) -> Response[str]:
    errors = problems.field_errors([_readable(e) for e in error.errors()])
    detail = "; ".join(f"{e['field']}: {e['detail']}" for e in errors[:5])
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


def _readable(error: dict[str, Any]) -> dict[str, Any]:
    """Powertools hides why a body is no JSON; its position is no field."""
    if error["type"] == "json_invalid":
        return {"loc": ("body",), "msg": f"not readable as JSON: {error['ctx']['error']}"}
    return error


def _no_route(_: NoRouteError) -> Response[str]:
    return _problem(HTTPStatus.NOT_FOUND, "there is no such address, or it does not take this method")


def _service(error: ServiceError) -> Response[str]:
    return _problem(HTTPStatus(error.status_code), str(error.msg))


def _fault(error: Exception) -> Response[str]:
    logger.error("a fault of ours", exc_info=error)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an error on our side; it has been logged")


def _problem(status: HTTPStatus, detail: str, **extra: object) -> Response[str]:
    return _as_response(problems.response(status, problems.problem(status, detail, **extra), problems.CONTENT_TYPE))


def _as_response(answer: dict[str, Any]) -> Response[str]:
    headers = dict(answer["headers"])
    return Response(answer["statusCode"], headers.pop("Content-Type"), answer["body"], headers)
