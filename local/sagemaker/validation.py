"""Refuses what AWS would refuse, by the service model that botocore ships."""

import re
from functools import cache
from typing import Any

import botocore.loaders
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from local.sagemaker.errors import SageMakerError


@cache
def _service() -> ServiceModel:
    return ServiceModel(botocore.loaders.Loader().load_service_model("sagemaker", "service-2"))


def validate(operation: str, arguments: dict[str, Any]) -> None:
    """Check types, required members, lengths, patterns and enumerations of a request.

    Raises:
        SageMakerError: ValidationException, naming every fault; UnknownOperationException.
    """
    if operation not in _service().operation_names:
        raise SageMakerError("UnknownOperationException", f"SageMaker has no operation {operation}")
    shape = _service().operation_model(operation).input_shape
    if shape is None:
        return
    report = ParamValidator().validate(arguments, shape)
    faults = [report.generate_report()] if report.has_errors() else list(_text_faults(arguments, shape, ""))
    if faults:
        raise SageMakerError("ValidationException", f"{len(faults)} validation error detected: {'; '.join(faults)}")


def _text_faults(value: Any, shape: Shape, place: str) -> list[str]:  # noqa: ANN401 - any JSON
    """What botocore leaves to the server: patterns and enumerations, in `value` and below it."""
    if isinstance(shape, StructureShape):
        return [
            fault
            for name, member in shape.members.items()
            if value.get(name) is not None
            for fault in _text_faults(value[name], member, f"{place}.{name}")
        ]
    if isinstance(shape, ListShape):
        return [fault for item in value for fault in _text_faults(item, shape.member, place)]
    if isinstance(shape, MapShape):
        return [fault for item in value.values() for fault in _text_faults(item, shape.value, place)]
    fault = _text_fault(value, shape, place) if isinstance(value, str) else ""
    return [fault] if fault else []


def _text_fault(value: str, shape: Shape, place: str) -> str:
    """What is wrong with one text; empty when nothing is."""
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        return f"Value '{value}' at '{place[1:]}' must satisfy enum value set: {sorted(allowed)}"
    pattern = shape.metadata.get("pattern")
    if pattern and _is_python(pattern) and not re.fullmatch(pattern, value):
        return f"Value '{value}' at '{place[1:]}' must satisfy regular expression pattern: {pattern}"
    return ""


@cache
def _is_python(pattern: str) -> bool:
    """Some patterns use Java's character classes; those are left unchecked."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
