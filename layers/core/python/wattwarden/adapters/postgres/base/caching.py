"""Answers kept for a short while in this process, and for a long while when the database is away."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from time import monotonic
from typing import Any

from wattwarden.domain.errors import UnavailableError

STALE_DEADLINE_S = 2.0
"""How long a database may take where there is an older answer to give."""

FIRST_DEADLINE_S = 10.0
"""And where there is none: a cold start fetches the secret and connects first."""


class Patience:
    """Guards a database that may be away: shared by all that ask it.

    A question has a deadline, whatever hangs (name look-up, connecting, the server); after a failure nobody asks for
    `pause_s`, and no second question is asked while one hangs.
    """

    def __init__(self, pause_s: float = 5, clock: Callable[[], float] = monotonic) -> None:
        self._pause_s = pause_s
        self._clock = clock
        self._asks_again_at = float("-inf")
        self._asked: Future[Any] | None = None

    def ask[V](self, question: Callable[[], V], deadline_s: float) -> V:
        """The answer; what comes after the deadline is lost, unless the question itself keeps it.

        Raises:
            UnavailableError: the database does not answer, or did not just now.
        """
        if self._clock() < self._asks_again_at or (self._asked is not None and not self._asked.done()):
            raise UnavailableError("the database does not answer")
        answer: Future[V] = Future()

        def run() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:  # noqa: BLE001 - told to who waits for the answer
                answer.set_exception(error)

        self._asked = answer
        Thread(target=run, daemon=True).start()
        try:
            return answer.result(deadline_s)
        except (UnavailableError, TimeoutError) as error:
            self._asks_again_at = self._clock() + self._pause_s
            raise UnavailableError("the database does not answer") from error


class Recent[K, V]:
    """Remembers what was found for `seconds`; what was not found is asked for again each time.

    While the database does not answer, what was found stands for up to `away_seconds`.
    """

    def __init__(
        self,
        load: Callable[[K], V | None],
        patience: Patience,
        *,
        seconds: float = 30,
        away_seconds: float = 24 * 3600,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._load = load
        self._patience = patience
        self._seconds = seconds
        self._away_seconds = away_seconds
        self._clock = clock
        self._kept: dict[K, tuple[float, V]] = {}

    def __call__(self, key: K) -> V | None:
        """What the key names, None when nothing.

        Raises:
            UnavailableError: the database does not answer, and the key was not asked for within `away_seconds`.
        """
        now = self._clock()
        since, value = self._kept.get(key, (float("-inf"), None))
        if now < since + self._seconds:
            return value
        known = now < since + self._away_seconds
        try:
            return self._patience.ask(lambda: self._found(key), STALE_DEADLINE_S if known else FIRST_DEADLINE_S)
        except UnavailableError:
            if known:
                return value
            raise

    def _found(self, key: K) -> V | None:
        found = self._load(key)
        if found is None:
            self._kept.pop(key, None)
        else:
            self._kept[key] = (self._clock(), found)
        return found
