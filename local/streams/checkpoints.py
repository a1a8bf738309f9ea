"""How far each shard has been processed, kept over restarts."""

import heapq
import json
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from local.streams.mapping import Record
from tools.cloud import write_atomically


class Checkpoints:
    """One sequence number per mapping and shard, in one file; safe between threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._places: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def get(self, mapping: str, shard: str) -> str | None:
        return self._places.get(f"{mapping}/{shard}")

    def put(self, mapping: str, shard: str, sequence_number: str) -> None:
        with self._lock:
            self._places[f"{mapping}/{shard}"] = sequence_number
            write_atomically(self._file, json.dumps(self._places, indent=1))


class Progress:
    """What of a shard is under way. Lanes finish out of order; the checkpoint stops before the first unfinished."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._unfinished: list[tuple[int, str, datetime]] = []
        self._finished: set[str] = set()

    def begin(self, record: Record) -> None:
        with self._changed:
            heapq.heappush(self._unfinished, (record.order, record.sequence_number, record.arrived))

    def finish(self, records: Sequence[Record]) -> str | None:
        """The new checkpoint, or None when it stays where it was."""
        with self._changed:
            self._finished.update(record.sequence_number for record in records)
            checkpoint = None
            while self._unfinished and self._unfinished[0][1] in self._finished:
                checkpoint = heapq.heappop(self._unfinished)[1]
                self._finished.discard(checkpoint)
            self._changed.notify_all()
            return checkpoint

    def oldest(self) -> datetime | None:
        """When the first unfinished record arrived; None when nothing is under way."""
        with self._changed:
            return self._unfinished[0][2] if self._unfinished else None

    def wait_below(self, limit: int) -> None:
        """Block while `limit` records or more are under way, so that a slow function does not fill the memory."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._unfinished) < limit)
