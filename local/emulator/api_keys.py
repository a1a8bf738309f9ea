"""Which API key a request came with: API Gateway tells the function so (`identity.apiKeyId`), MiniStack does not."""

from typing import Any

from ministack.services import apigateway_v1

from local.emulator import require


def install() -> None:
    require(apigateway_v1, "_build_lambda_event_v1", "_api_key_from_request", "_resolve_api_key")
    build = apigateway_v1._build_lambda_event_v1  # noqa: SLF001 - see the package

    def with_key(*request: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - passed through untouched
        event: dict[str, Any] = build(*request, **options)
        value = apigateway_v1._api_key_from_request(event["headers"])  # noqa: SLF001
        key = apigateway_v1._resolve_api_key(value)  # noqa: SLF001
        if key is not None:
            event["requestContext"]["identity"] |= {"apiKey": value, "apiKeyId": key["id"]}
        return event

    apigateway_v1._build_lambda_event_v1 = with_key  # noqa: SLF001
