"""Policies for SageMaker, which MiniStack's evaluator does not know: which action a request is, on which resource."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

from local.emulator import require

_RESOURCES = {
    "TrainingJobName": "training-job",
    "ModelName": "model",
    "EndpointConfigName": "endpoint-config",
    "EndpointName": "endpoint",
}


def install() -> None:
    require(iam_actions, "SERVICE_TO_IAM_NAMESPACE", "extract_iam_action", "extract_resource_arn")
    iam_actions.SERVICE_TO_IAM_NAMESPACE["sagemaker"] = "sagemaker"
    iam_actions.SERVICE_TO_IAM_NAMESPACE["sagemaker-runtime"] = "sagemaker"
    iam_actions.extract_iam_action = _naming_invocations(iam_actions.extract_iam_action)
    iam_actions.extract_resource_arn = _naming_resources(iam_actions.extract_resource_arn)


def _naming_invocations(inner: Callable[..., str | None]) -> Callable[..., str | None]:
    def extract(service: str, method: str, path: str, *rest: object) -> str | None:
        if service == "sagemaker-runtime":
            return "sagemaker:InvokeEndpoint"
        return inner(service, method, path, *rest)

    return extract


def _naming_resources(inner: Callable[..., str]) -> Callable[..., str]:
    def extract(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], *scope: str
    ) -> str:
        if service not in ("sagemaker", "sagemaker-runtime"):
            return inner(service, method, path, headers, body, query, *scope)
        region, account = scope
        prefix = f"arn:aws:sagemaker:{region}:{account}"
        if service == "sagemaker-runtime":
            return f"{prefix}:endpoint/{path.split('/')[2].lower()}"
        return f"{prefix}:{named_resource(headers.get('x-amz-target', ''), body)}"

    return extract


def named_resource(target: str, body: bytes) -> str:
    """The resource part of the ARN that an awsJson1.1 request is about, such as `model/winter`; `*` for lists."""
    operation = target.rpartition(".")[2]
    names: dict[str, str] = json.loads(body or b"{}")
    about = [field for field in _RESOURCES if operation.endswith(field.removesuffix("Name"))]
    for field in about or _RESOURCES:
        if field in names:
            name = names[field].lower() if field == "EndpointName" else names[field]
            return f"{_RESOURCES[field]}/{name}"
    return "*"
