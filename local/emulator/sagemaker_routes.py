"""Brings the local SageMaker into MiniStack: HTTP, and the integrations of Step Functions."""

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

from ministack import app
from ministack.core import router
from ministack.services import stepfunctions

from local.emulator import require
from local.emulator.outages import Switch
from local.emulator.stream_signal import Answer, Handler
from local.sagemaker.errors import SageMakerError
from local.sagemaker.service import SageMaker

type Document = dict[str, Any]

INVOCATIONS = re.compile(r"/endpoints/([^/]+)/invocations")
JSON = "application/x-amz-json-1.1"
TARGET = "SageMaker"
# Dispatch is by prefix, so the longer name stands first.
OPTIMISED = ("createEndpointConfig", "createEndpoint", "createModel", "createTrainingJob", "updateEndpoint")

_threads = ThreadPoolExecutor(32, thread_name_prefix="sagemaker")


def install(sagemaker: SageMaker, switch: Switch) -> None:
    require(app, "SERVICE_HANDLERS", "detect_service")
    require(router, "SERVICE_PATTERNS")
    require(stepfunctions, "_AWS_SDK_SERVICE_MAP", "_AWS_SDK_ERROR_PREFIX", "_SERVICE_DISPATCH", "_ExecutionError")
    app.SERVICE_HANDLERS["sagemaker"] = _control_plane(sagemaker)
    app.SERVICE_HANDLERS["sagemaker-runtime"] = _runtime(sagemaker, switch)
    router.SERVICE_PATTERNS["sagemaker"] = {"target_prefixes": [f"{TARGET}."], "host_patterns": [r"sagemaker\."]}
    app.detect_service = _telling_runtime_apart(app.detect_service)
    stepfunctions._AWS_SDK_SERVICE_MAP["sagemaker"] = {"target_prefix": TARGET, "protocol": "json"}  # noqa: SLF001 - see the package
    stepfunctions._AWS_SDK_ERROR_PREFIX["sagemaker"] = TARGET  # noqa: SLF001 - see the package
    for operation in OPTIMISED:
        integration = _integration(sagemaker, operation[0].upper() + operation[1:])
        stepfunctions._SERVICE_DISPATCH[f"arn:aws:states:::sagemaker:{operation}"] = integration  # noqa: SLF001 - see the package


def _telling_runtime_apart(inner: Callable[..., str]) -> Callable[..., str]:
    """Both APIs are signed for `sagemaker`; the path says which one is meant."""

    def detect(method: str, path: str, headers: dict[str, str], query: object) -> str:
        service = inner(method, path, headers, query)
        return "sagemaker-runtime" if service == "sagemaker" and INVOCATIONS.fullmatch(path) else service

    return detect


def _control_plane(sagemaker: SageMaker) -> Handler:
    async def handle(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: Document) -> Answer:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        arguments = json.loads(body or b"{}")
        try:
            result = await asyncio.get_running_loop().run_in_executor(_threads, sagemaker.call, operation, arguments)
        except SageMakerError as error:
            return _refusal(error, JSON)
        return 200, {"Content-Type": JSON}, json.dumps(result).encode()

    return handle


def _runtime(sagemaker: SageMaker, switch: Switch) -> Handler:
    async def handle(_method: str, path: str, headers: dict[str, str], body: bytes, _query: Document) -> Answer:
        match = INVOCATIONS.fullmatch(path)
        assert match is not None
        loop = asyncio.get_running_loop()
        await asyncio.sleep(switch.now.endpoint_delay_s)
        if switch.now.endpoint:
            return _refusal(SageMakerError("ServiceUnavailable", "The request has failed.", 503), "application/json")
        try:
            reply = await loop.run_in_executor(_threads, sagemaker.invoke, unquote(match[1]), body, headers)
        except SageMakerError as error:
            return _refusal(error, "application/json")
        answer = {"Content-Type": reply.content_type, "x-Amzn-Invoked-Production-Variant": reply.variant}
        return 200, answer, reply.body

    return handle


def _refusal(error: SageMakerError, content_type: str) -> Answer:
    body = {"__type": error.code, "message": str(error), "Message": str(error)}
    headers = {"Content-Type": content_type, "x-amzn-ErrorType": error.code}
    return error.status, headers, json.dumps(body).encode()


def _integration(sagemaker: SageMaker, operation: str) -> Callable[[str, Document], Document]:
    failed = stepfunctions._ExecutionError  # noqa: SLF001 - see the package

    def run(resource: str, arguments: Document) -> Document:
        try:
            result = sagemaker.call(operation, arguments)
        except SageMakerError as error:
            raise failed("SageMaker.AmazonSageMakerException", f"{error} ({error.code})") from error
        if ".sync" not in resource:
            return result
        job = sagemaker.wait_for_training(arguments["TrainingJobName"])
        if job["TrainingJobStatus"] != "Completed":
            raise failed("States.TaskFailed", json.dumps(job))
        return job

    return run
