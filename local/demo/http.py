"""A keep-alive HTTP connection to WattWarden, with the patience a gateway has.

The standard library's client on purpose: it costs a tenth of the processor time of the comfortable ones, and these
tools share the machine with what they measure.
"""

import http.client
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 180.0
"""How long a call is repeated while the answer is 429 or a server's error, or nobody answers."""

IDLE_SECONDS = 4.0
"""A connection that was idle for longer is made anew: servers close them after five."""

RETRIED = frozenset({429, 500, 502, 503, 504})


class HttpError(RuntimeError):
    """The answer was an error that repeating will not mend."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}: {body[:500].decode(errors='replace')}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 the caller knows the shape
        return json.loads(self.body)


class Connection:
    """One connection to the server at `url`; not shared between threads."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = make(parts.hostname or "127.0.0.1", parts.port, timeout=timeout)
        self._base = parts.path.rstrip("/")
        self._last_used = 0.0

    def close(self) -> None:
        self._connection.close()

    def __del__(self) -> None:
        self.close()  # whoever forgets it leaves no socket open

    def once(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """One try, whatever the answer.

        Raises:
            OSError, http.client.HTTPException: nobody answered; the connection is closed and may be used again.
        """
        sent = {"Content-Type": "application/json"} if body else {}
        if time.monotonic() - self._last_used > IDLE_SECONDS:
            self._connection.close()
        try:
            self._connection.request(method, self._base + path, body=body, headers=sent | (headers or {}))
            response = self._connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        self._last_used = time.monotonic()
        return answer

    def patiently(
        self,
        method: str,
        path: str,
        body: bytes | Callable[[], bytes] | None = None,
        headers: dict[str, str] | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        sleep: Callable[[float], object] = time.sleep,
    ) -> Answer:
        """Repeat until the answer is final: success, or a refusal of this very request.

        A body that says when it was sent is made anew for each try.

        Raises:
            HttpError: it was refused, or no final answer came in time.
        """
        deadline = time.monotonic() + patience
        pause = 0.2
        while True:
            try:
                answer = self.once(method, path, body() if callable(body) else body, headers)
            except (OSError, http.client.HTTPException) as error:
                answer = Answer(503, Message(), repr(error).encode())
            if answer.status not in RETRIED:
                if answer.status >= 400 and answer.status != 422:  # noqa: PLR2004 422 says item by item why
                    raise HttpError(answer.status, answer.body)
                return answer
            if time.monotonic() > deadline:
                raise HttpError(answer.status, answer.body)
            sleep(max(retry_after(answer) or 0.0, pause * random.uniform(0.5, 1.0)))  # noqa: S311 no secret
            pause = min(pause * 2, 5.0)


def retry_after(answer: Answer) -> float | None:
    """Seconds the server asks to wait, at most 30; None when it asks for nothing."""
    value = answer.headers.get("Retry-After", "")
    return min(float(value), 30.0) if value.isdigit() else None
