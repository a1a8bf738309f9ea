"""Serves the laptop cloud's one port until it is told to stop."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from local import aws
from local.edge.headers import security_headers
from local.edge.outbox_page import STYLE, outbox_page
from local.edge.proxy import Proxy
from local.edge.site import Site
from local.outbox import Collector, Outbox
from tools.cloud import REPOSITORY, Cloud, State, read_cloud

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class WithHeaders:
    """Adds headers to every HTTP response."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Edge:
    """The routes of one running cloud."""

    def __init__(self, cloud: Cloud, outbox: Outbox) -> None:
        self._cloud = cloud
        self._outbox = outbox
        self._proxy = Proxy(cloud.aws_endpoint_url)
        self._site = Site(REPOSITORY / "frontend" / "dist")

    def application(self) -> ASGIApp:
        app = Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/api/{rest:path}", self._to_app_api, methods=METHODS),
                Route("/v1/{rest:path}", self._to_ingest_api, methods=METHODS),
                WebSocketRoute("/live", self._to_live_api),
                Route("/cognito", self._to_cognito, methods=["POST"]),
                Route("/config.json", self._config),
                Route("/outbox", self._outbox_page),
                Route("/outbox.json", self._outbox_json),
                Route("/outbox.css", self._outbox_style),
                *(Route(path, self._no_page) for path in ("/api", "/v1", "/live", "/cognito")),
                Route("/{path:path}", self._site.serve),
            ],
        )
        return WithHeaders(app, security_headers(self._cloud.aws_endpoint_url))

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        await self._proxy.close()

    async def _to_app_api(self, request: Request) -> Response:
        return await self._proxy.forward(request, self._in_api("AppApiId", request.url.path))

    async def _to_ingest_api(self, request: Request) -> Response:
        return await self._proxy.forward(request, self._in_api("IngestApiId", request.url.path))

    async def _to_live_api(self, page: WebSocket) -> None:
        await self._proxy.converse(page, self._in_api("LiveApiId", "/live"))

    async def _to_cognito(self, request: Request) -> Response:
        return await self._proxy.forward(request, "/")

    def _in_api(self, output: str, path: str) -> str:
        """The path's first segment is the API's stage."""
        return f"/_aws/execute-api/{self._cloud.outputs[output]}{path}"

    async def _config(self, _: Request) -> Response:
        settings = {
            "stage": "local",
            "region": self._cloud.region,
            "userPoolId": self._cloud.outputs["UserPoolId"],
            "userPoolClientId": self._cloud.outputs["UserPoolClientId"],
            "cognitoEndpoint": "/cognito",
        }
        return JSONResponse(settings, headers={"cache-control": "no-cache"})

    def _outbox_page(self, _: Request) -> Response:
        return HTMLResponse(outbox_page(self._outbox.newest()))

    def _outbox_json(self, _: Request) -> Response:
        return JSONResponse([asdict(message) for message in self._outbox.newest()])

    async def _outbox_style(self, _: Request) -> Response:
        return Response(STYLE, media_type="text/css")

    async def _no_page(self, _: Request) -> Response:
        return JSONResponse({"title": "Not found"}, status_code=404)


def main() -> None:
    state = State.from_environment()
    cloud = read_cloud(state)
    outbox = Outbox(state.outbox)
    sns, sqs = (aws.client(service, cloud.aws_endpoint_url) for service in ("sns", "sqs"))
    collector = Collector(outbox, cloud.outputs["AlertTopicArn"], sns, sqs)
    threading.Thread(target=collector.run, daemon=True, name="outbox").start()
    uvicorn.run(
        Edge(cloud, outbox).application(), host="127.0.0.1", port=state.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()
