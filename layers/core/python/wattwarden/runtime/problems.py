"""Errors meet HTTP here, and only here: RFC 9457 problem+json, one domain error one status."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from wattwarden.domain.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
    WattWardenError,
)

CONTENT_TYPE = "application/problem+json"
STATUS: dict[type[WattWardenError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConflictError: HTTPStatus.CONFLICT,
    BusyError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The first kind that an error is of counts."""
RETRY_AFTER_S = 5


def status_of(error: WattWardenError) -> HTTPStatus:
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Pydantic's errors as {field, detail} pairs, without echoing the value that was sent."""
    return [{"field": ".".join(map(str, e["loc"])) or "body", "detail": str(e["msg"])} for e in errors]


def problem(status: HTTPStatus, detail: str, **extra: Any) -> dict[str, Any]:  # noqa: ANN401 - RFC 9457 extension members are any JSON
    """The body of a problem."""
    return {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **extra}


def response(
    status: HTTPStatus, body: object, content_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An API Gateway proxy answer."""
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": content_type, "Cache-Control": "no-store", **(headers or {})},
        "body": json.dumps(body, default=str, separators=(",", ":")),
    }


def problem_response(error: WattWardenError | ValidationError) -> dict[str, Any]:
    """The proxy answer for an error a handler caught."""
    if isinstance(error, ValidationError):
        errors = field_errors(error.errors(include_url=False, include_input=False, include_context=False))
        detail = "; ".join(f"{e['field']}: {e['detail']}" for e in errors[:5])
        return response(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors),
            CONTENT_TYPE,
        )
    status = status_of(error)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, UnavailableError) else None
    return response(status, problem(status, str(error) or status.phrase), CONTENT_TYPE, headers)
