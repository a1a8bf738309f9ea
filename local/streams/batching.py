"""Cutting a lane's records into batches."""

from collections.abc import Callable

from local.streams.mapping import PAYLOAD_LIMIT, Record, StreamMapping


class Batcher:
    """Collects records until a batch is full, its payload is, or the batching window has passed since the first.

    `take(seconds)` gives the lane's next record, or None when none comes within that time (None: waits for ever).
    """

    def __init__(
        self, mapping: StreamMapping, *, take: Callable[[float | None], Record | None], clock: Callable[[], float]
    ) -> None:
        self._mapping = mapping
        self._take = take
        self._clock = clock
        self._held: Record | None = None  # it did not fit into the batch before

    def next_batch(self) -> list[Record]:
        """The next batch; empty when waiting was ended without a record."""
        first, self._held = self._held or self._take(None), None
        if first is None:
            return []
        batch, size = [first], first.size
        deadline = self._clock() + self._mapping.batching_window
        while len(batch) < self._mapping.batch_size:
            record = self._take(max(0.0, deadline - self._clock()))
            if record is None:
                break
            if size + record.size > PAYLOAD_LIMIT:
                self._held = record
                break
            batch.append(record)
            size += record.size
        return batch
