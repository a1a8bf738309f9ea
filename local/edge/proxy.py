"""Forwarding to the APIs in MiniStack: HTTP with kept connections, WebSockets message by message."""

import asyncio
import contextlib
from collections.abc import Mapping

import httpx
import websockets
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect

# RFC 9110, 7.6.1: these are between two neighbours. `host` and the length are set anew.
HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"),
    *("upgrade", "host", "content-length", "accept-encoding", "content-encoding"),
}
LONGEST_SECONDS = 60.0  # API Gateway itself gives up after 29


class Proxy:
    def __init__(self, aws_endpoint_url: str) -> None:
        self._base = aws_endpoint_url
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self._http = httpx.AsyncClient(base_url=aws_endpoint_url, timeout=LONGEST_SECONDS, limits=limits)

    async def close(self) -> None:
        await self._http.aclose()

    async def forward(self, request: Request, path: str) -> Response:
        """Send the request to `path` in MiniStack; query, headers and body as they are. 502 when it is not there."""
        target = httpx.URL(path=path, query=request.url.query.encode())
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
        headers["x-forwarded-for"] = request.client.host if request.client else ""
        try:
            answer = await self._http.request(request.method, target, headers=headers, content=await request.body())
        except httpx.HTTPError as error:
            return JSONResponse({"title": "The API does not answer", "detail": str(error)}, status_code=502)
        return Response(answer.content, answer.status_code, _passed(answer.headers))

    async def converse(self, page: WebSocket, path: str) -> None:
        """Join a browser's WebSocket with the API's until either closes."""
        address = f"{self._base.replace('http', 'ws', 1)}{path}?{page.url.query}"
        try:
            async with connect(address, open_timeout=LONGEST_SECONDS, max_size=2**20) as api:
                await page.accept()
                await _first(_to_api(page, api), _to_page(api, page))
        except (websockets.WebSocketException, OSError, WebSocketDisconnect):
            pass  # refused before it was accepted: closing now makes it a 403, as from API Gateway
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it has closed already
            await page.close()


def _passed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in HOP_BY_HOP and name != "date"}


async def _first(*conversations: "asyncio._CoroutineLike[None]") -> None:
    tasks = [asyncio.create_task(one) for one in conversations]
    _, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


async def _to_api(page: WebSocket, api: websockets.ClientConnection) -> None:
    with contextlib.suppress(WebSocketDisconnect, websockets.ConnectionClosed):
        while True:
            await api.send(await page.receive_text())


async def _to_page(api: websockets.ClientConnection, page: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, websockets.ConnectionClosed, RuntimeError):
        async for message in api:
            await page.send_text(message if isinstance(message, str) else message.decode())
