"""How far each mapping is behind, in a file that `make status` and tests read."""

import json
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from tools.cloud import write_atomically

EVERY_SECONDS = 1.0


class Shard(Protocol):
    """A shard as one mapping reads it."""

    key: str
    """The mapping's."""

    def age(self, now: datetime) -> timedelta: ...


def lags(pollers: Sequence[Shard], now: datetime) -> dict[str, float]:
    """Seconds that the oldest record not done has been in the stream, by mapping; its slowest shard counts."""
    found: dict[str, float] = {}
    for poller in pollers:
        found[poller.key] = max(found.get(poller.key, 0.0), round(poller.age(now).total_seconds(), 1))
    return found


def keep_writing(pollers: Sequence[Shard], file: Path) -> None:
    """From now on, write the lags to `file` whenever they change."""
    threading.Thread(target=_write_for_ever, args=(pollers, file), daemon=True, name="lag").start()


def _write_for_ever(pollers: Sequence[Shard], file: Path) -> None:
    written: dict[str, float] | None = None
    while True:
        present = lags(pollers, datetime.now(UTC))
        if present != written:
            write_atomically(file, json.dumps(present, indent=1))
            written = present
        time.sleep(EVERY_SECONDS)


def read(file: Path) -> dict[str, float]:
    """What was written last; empty before that. True only while the poller runs."""
    found: dict[str, float] = json.loads(file.read_text()) if file.exists() else {}
    return found
