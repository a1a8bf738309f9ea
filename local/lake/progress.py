"""What a long command is doing and how much of it is left, told while it goes on."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

from rich.console import Console
from rich.text import Text

EVERY_S = 10.0


class Step(NamedTuple):
    """What is done or waited for. `left` falls; None: how much is left is not known."""

    what: str
    left: float | None = None
    unit: str = ""
    of: float | None = None
    note: str = ""

    def __str__(self) -> str:
        if self.left is None:
            return self.what
        of = "" if self.of is None else f" of {self.of:,.0f}"
        return f"{self.what}: {self.left:,.0f}{of} {self.unit}" + (f"; {self.note}" if self.note else "")


type Tell = Callable[[Step], None]


def untold(step: Step) -> None:
    """Nobody listens."""
    del step


@dataclass(slots=True)
class _Seen:
    """Of what is done: how much was left when it moved last; instants of the monotonic clock."""

    left: float | None
    began: float
    moved: float

    def moves(self, left: float, *, resumed: bool) -> bool:
        """A backlog's age rises by itself while nothing is done: more is only news after something else was done."""
        return self.left is None or left < self.left or (resumed and left > self.left)


class Teller:
    """Tells steps in one line each: kept up to date on a terminal, printed anew every ten seconds elsewhere.

    A thread repeats it, since nobody calls while something hangs; then the line says that nothing moves.
    """

    def __init__(self, console: Console, every_s: float = EVERY_S) -> None:
        self._console, self._every_s = console, every_s
        self._lock, self._over = threading.Lock(), threading.Event()
        self._step: Step | None = None
        self._seen: dict[str, _Seen] = {}
        self._printed_at = 0.0
        self._status = console.status("") if console.is_terminal else None
        self._thread = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        if self._status:
            self._status.stop()

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        with self._lock:
            is_new = step.what not in self._seen
            seen = self._seen.setdefault(step.what, _Seen(step.left, now, now))
            resumed = self._step is not None and self._step.what != step.what
            if step.left is not None and seen.moves(step.left, resumed=resumed):
                seen.left, seen.moved = step.left, now
            self._step = step
            if self._status:
                self._status.update(self._line(now))
            elif is_new:
                self._print(now)

    def _repeat(self) -> None:
        while not self._over.wait(min(self._every_s, 1.0)):
            now = time.monotonic()
            with self._lock:
                if self._step and self._status:
                    self._status.update(self._line(now))
                elif self._step and now - self._printed_at >= self._every_s:
                    self._print(now)

    def _print(self, now: float) -> None:
        self._console.print(self._line(now), soft_wrap=True)
        self._printed_at = now

    def _line(self, now: float) -> Text:
        step = self._step or Step("")
        seen, note = self._seen[step.what], ""
        if step.left is None and now - seen.began >= self._every_s:
            note = f" ({now - seen.began:.0f} s)"
        elif step.left and now - seen.moved >= self._every_s:
            note = f" (nothing has moved for {now - seen.moved:.0f} s)"
        return Text(f"{step}{note}")
