"""`GET /_wattwarden/streams?after=N`: answers once the number of writes to Kinesis is not N any more, or after 20 s.

Kinesis can only be polled. A poller that asks five times a second keeps a laptop warm all day; with this signal it
sleeps until there is something to read, and reads within milliseconds.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from ministack import app

from local.emulator import require

PATH = "/_wattwarden/streams"
WAIT_SECONDS = 20.0

type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
type Answer = tuple[int, dict[str, str], bytes]
type Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Answer]]


class WriteCounter:
    """Counts writes; waits for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._written = asyncio.Event()

    def add(self) -> None:
        self.count += 1
        self._written.set()
        self._written = asyncio.Event()

    async def wait_beyond(self, count: int) -> int:
        """Waits while the count is `count`. A restart begins anew, so it is not only more that ends the wait."""
        if self.count == count:
            try:
                await asyncio.wait_for(self._written.wait(), WAIT_SECONDS)
            except TimeoutError:
                return self.count
        return self.count


def install() -> None:
    require(app, "SERVICE_HANDLERS", "app")
    writes = WriteCounter()
    app.SERVICE_HANDLERS["kinesis"] = _counting(app.SERVICE_HANDLERS["kinesis"], writes)
    app.app = _answering(app.app, writes)


def _counting(handle: Handler, writes: WriteCounter) -> Handler:
    async def counted(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Answer:
        answer = await handle(method, path, headers, body, query)
        if "PutRecord" in headers.get("x-amz-target", ""):
            writes.add()
        return answer

    return counted


def _answering(inner: Asgi, writes: WriteCounter) -> Asgi:
    async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await inner(scope, receive, send)
            return
        query = parse_qs(scope["query_string"].decode())
        waiting = asyncio.create_task(writes.wait_beyond(int(query.get("after", ["-1"])[0])))
        leaving = asyncio.create_task(_left(receive))  # else stopping would wait for a poller that is gone
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not waiting.done():
            waiting.cancel()
            return
        count = waiting.result()
        body = json.dumps({"count": count}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
