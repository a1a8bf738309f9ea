"""Gateways that push on time, honour Retry-After, and remember exactly what the door took from them.

Open loop: each request has the moment it is due, whatever the others do, and its delay counts from there, so that a
stall shows in every request it held up (no coordinated omission).
"""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import inf
from typing import override

from local.demo.gateway import stamped
from local.demo.http import Answer, Connection, HttpError, retry_after
from local.ledger import Facts, Ints

POLITE = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Statuses that must say when to come again."""


@dataclass(frozen=True, slots=True)
class Post:
    """One request of a gateway: its body, and the identity of each reading in it."""

    due: float
    """Seconds after the start."""
    key: str
    body: bytes
    meter: Ints
    ms: Ints
    value: Ints
    what: str = "readings"
    """Which door: readings or occupancy."""


@dataclass(slots=True)
class Heard:
    """What gateways were told."""

    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    without_retry_after: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    forbidden: list[str] = field(default_factory=list)
    """Answers that a gateway can do nothing about."""
    delays: list[tuple[float, float]] = field(default_factory=list)
    """(seconds after the start when it was due, seconds from there until it was taken) of each request."""

    def add(self, other: "Heard") -> None:
        self.statuses.update(other.statuses)
        self.unanswered += other.unanswered
        self.without_retry_after += other.without_retry_after
        self.refused.update(other.refused)
        self.forbidden += other.forbidden
        self.delays += other.delays

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above that are not an honest "come again"."""
        return sum(n for status, n in self.statuses.items() if status >= 500 and status not in POLITE)  # noqa: PLR2004

    def delays_ms(self, begin: float = 0.0, end: float = float("inf")) -> list[float]:
        """Delays of the requests that were due in this part of the run."""
        return [1000 * delay for due, delay in self.delays if begin <= due < end]


class _EndedError(Exception):
    """Told to stop."""


class _Counted(Connection):
    """Notes what each try was answered."""

    def __init__(self, url: str, heard: Heard) -> None:
        super().__init__(url)
        self._heard = heard

    @override
    def once(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        try:
            answer = super().once(method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self._heard.unanswered += 1
            raise
        self._heard.statuses[answer.status] += 1
        self._heard.without_retry_after += answer.status in POLITE and retry_after(answer) is None
        return answer


class Sender(threading.Thread):
    """Some gateways on one connection. `patience`: seconds until a request that gets no final answer is given up."""

    def __init__(self, url: str, posts: Iterable[Post], patience: float) -> None:
        super().__init__(daemon=True)
        self.heard = Heard()
        self._connection = _Counted(url, self.heard)
        self._posts = posts
        self._patience = patience
        self.start_at = 0.0
        self.asked = 0
        self.taken: list[tuple[Ints, Ints, Ints]] = []
        self.ended = threading.Event()
        self.failure: Exception | None = None

    @override
    def run(self) -> None:
        try:
            for post in self._posts:
                self._sleep(max(0.0, self.start_at + post.due - time.monotonic()))
                self.asked += len(post.meter)
                self._deliver(post)
        except _EndedError:
            pass
        except Exception as error:  # noqa: BLE001 - handed to the thread that joins
            self.failure = error
        finally:
            self._connection.close()

    def _sleep(self, seconds: float) -> None:
        if self.ended.wait(seconds):
            raise _EndedError

    def _deliver(self, post: Post) -> None:
        """Send until the door has decided, as patiently as it asks for."""
        try:
            answer = self._connection.patiently(
                "POST",
                f"/v1/{post.what}",
                lambda: stamped(post.body, time.time()),
                {"x-api-key": post.key},
                patience=self._patience,
                sleep=self._sleep,
            )
        except HttpError as error:
            self.heard.forbidden.append(str(error).removeprefix("HTTP ")[:200])
            return
        self.heard.delays.append((post.due, time.monotonic() - self.start_at - post.due))
        self._note(post, answer)

    def _note(self, post: Post, answer: Answer) -> None:
        refusals = answer.json().get("refused")
        if refusals is None:  # the request as a whole
            self.heard.forbidden.append(f"{answer.status}: {answer.body[:200].decode(errors='replace')}")
            return
        self.heard.refused.update(refusal["reason"] for refusal in refusals)
        refused = {refusal["index"] for refusal in refusals}
        kept = [index for index in range(len(post.meter)) if index not in refused]
        self.taken.append((post.meter[kept], post.ms[kept], post.value[kept]))


class Sending:
    """Several senders at once: started, awaited, counted."""

    def __init__(self, url: str, lists: Sequence[Iterable[Post]], patience: float = inf) -> None:
        self._senders = [Sender(url, posts, patience) for posts in lists]
        self.started = 0.0

    def start(self, delay: float = 0.5) -> float:
        """Start them together; the monotonic instant that all dues count from."""
        self.started = time.monotonic() + delay
        for sender in self._senders:
            sender.start_at = self.started
            sender.start()
        return self.started

    @property
    def asked(self) -> int:
        """How many readings were sent so far, whatever became of them."""
        return sum(sender.asked for sender in self._senders)

    @property
    def is_active(self) -> bool:
        return any(sender.is_alive() for sender in self._senders)

    def join(self) -> float:
        """Wait until all is sent; seconds since the start. Raises what a sender died of."""
        for sender in self._senders:
            sender.join()
        for sender in self._senders:
            if sender.failure:
                raise sender.failure
        return time.monotonic() - self.started

    def stop(self) -> None:
        for sender in self._senders:
            sender.ended.set()

    def taken(self) -> int:
        """How many readings the door has taken so far; a reading sent again counts again."""
        return sum(len(meter) for sender in self._senders for meter, _, _ in list(sender.taken))

    def parts(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """What was taken, request by request."""
        return (part for sender in self._senders for part in sender.taken)

    def accepted(self) -> Facts:
        return Facts.union(self.parts())

    def heard(self) -> Heard:
        total = Heard()
        for sender in self._senders:
            total.add(sender.heard)
        return total


def lanes(posts: Iterable[tuple[int, Post]], count: int) -> list[list[Post]]:
    """Posts (of gateway g) for `count` senders: a gateway's in one and in their order."""
    lists: list[list[Post]] = [[] for _ in range(count)]
    for gateway, post in posts:
        lists[gateway % count].append(post)
    return lists
