"""`/_wattwarden/outages`: what of AWS is away or slow, until it is told otherwise. GET reads it, PUT changes it.

    curl -X PUT -d '{"sns": true}' http://127.0.0.1:8081/_wattwarden/outages

Held in memory: a restart ends every outage.
"""

import json
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from ministack import app
from pydantic import ConfigDict, NonNegativeFloat, ValidationError
from pydantic.dataclasses import dataclass
from starlette.requests import Request
from starlette.responses import JSONResponse

from local.emulator import require
from local.emulator.stream_signal import Asgi, Receive, Send

PATH = "/_wattwarden/outages"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Outages:
    sns: bool = False
    """Publishing answers 503."""
    endpoint: bool = False
    """Invoking a SageMaker endpoint answers 503."""
    endpoint_delay_s: NonNegativeFloat = 0.0
    """Invoking an endpoint takes that much longer."""


class Switch:
    """Holds the present outages."""

    def __init__(self) -> None:
        self.now = Outages()

    def change(self, body: bytes) -> None:
        """Set what the JSON object in `body` names.

        Raises:
            ValueError: it is no such object.
        """
        try:
            self.now = Outages(**(asdict(self.now) | json.loads(body)))
        except (ValidationError, TypeError) as error:
            raise ValueError(str(error)) from error


def install() -> Switch:
    require(app, "app")
    switch = Switch()
    app.app = _answering(app.app, switch)
    return switch


def _answering(inner: Asgi, switch: Switch) -> Asgi:
    async def application(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI's own
        if scope["type"] != "http" or scope["path"] != PATH:
            await inner(scope, receive, send)
            return
        answer, status = {}, HTTPStatus.OK
        if scope["method"] == "PUT":
            try:
                switch.change(await Request(scope, receive).body())
            except ValueError as error:
                answer, status = {"message": str(error)}, HTTPStatus.BAD_REQUEST
        await JSONResponse(answer or asdict(switch.now), status)(scope, receive, send)

    return application
