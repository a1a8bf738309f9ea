"""The app API: its routes, one file per resource, put together.

Imports in here are relative: in AWS this folder is the top-level package `routes`.
"""

import json
from collections.abc import Callable
from typing import Any, NoReturn

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from . import alerts, hostels, imports, live, meters, operations, people, rooms, suppressions
from .problems import handle_problems, unreadable_body


def strict_json(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse a body, refusing what is no JSON (NaN), what no database text can hold (NUL), and endless nesting.

    Raises:
        json.JSONDecodeError: the text is refused; the validation answers it with 422.
    """

    def constant(name: str) -> NoReturn:
        raise json.JSONDecodeError(f"{name} is not a number in JSON", text, 0)

    if "\\u0000" in text:
        raise json.JSONDecodeError("NUL characters are not accepted", text, text.index("\\u0000"))
    try:
        return json.loads(text, parse_constant=constant)
    except RecursionError as error:
        raise json.JSONDecodeError("nested too deeply", text, 0) from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise json.JSONDecodeError(str(error), text, 0) from error


def _never_cached(
    app: APIGatewayRestResolver, next_middleware: Callable[[APIGatewayRestResolver], Response[Any]]
) -> Response[Any]:
    answer = next_middleware(app)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def build_app() -> APIGatewayRestResolver:
    app = APIGatewayRestResolver(
        enable_validation=True, json_body_deserializer=strict_json, response_validation_error_http_code=500
    )
    app.use([_never_cached])
    handle_problems(app)
    for resource in (people, hostels, rooms, meters, alerts, suppressions, live, imports, operations):
        app.include_router(resource.router)
    return app


app = build_app()


def respond(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer API Gateway's event; a body that cannot be JSON is refused before anything looks into it."""
    answer: dict[str, Any] = unreadable_body(event) or app.resolve(event, context)  # type: ignore[arg-type]
    return answer
