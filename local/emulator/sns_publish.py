"""Message attributes of `arn:aws:states:::sns:publish`, which MiniStack drops.

Its state machines hand the parameters to SNS as a document, where SNS reads a form. Without the attributes no filter
policy matches, so nobody would be told anything.
"""

from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions

from local.emulator import require

if TYPE_CHECKING:
    from collections.abc import Callable

RESOURCE = "arn:aws:states:::sns:publish"

type Document = dict[str, Any]


def install() -> None:
    require(stepfunctions, "_SERVICE_DISPATCH")
    inner: Callable[[str, Document], Document] = stepfunctions._SERVICE_DISPATCH[RESOURCE]  # noqa: SLF001 - see the package
    stepfunctions._SERVICE_DISPATCH[RESOURCE] = lambda resource, document: inner(resource, as_form(document))  # noqa: SLF001 - see the package


def as_form(document: Document) -> Document:
    """The document with its attributes as SNS's query API names them: MessageAttributes.entry.1.Name and so on."""
    form = {name: value for name, value in document.items() if name != "MessageAttributes"}
    for number, (name, attribute) in enumerate(document.get("MessageAttributes", {}).items(), start=1):
        entry = f"MessageAttributes.entry.{number}"
        form[f"{entry}.Name"] = name
        for field, value in attribute.items():
            form[f"{entry}.Value.{field}"] = value
    return form
