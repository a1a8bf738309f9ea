"""Looking into the database while readings arrive: how long each took until it was stored."""

import threading
import time
from typing import override

from local.database import Database
from tools.cloud import Cloud

EVERY_SECONDS = 0.05


class Watch(threading.Thread):
    """Notes when the newest reading of each of these meters was first seen stored."""

    def __init__(self, cloud: Cloud, meters: list[int]) -> None:
        super().__init__(daemon=True)
        self._database = Database(cloud)
        self._meters = meters
        self.lags: list[tuple[float, float]] = []
        """(epoch seconds of the reading, seconds from there until it was seen)"""
        self.ended = threading.Event()

    @override
    def run(self) -> None:
        seen = dict(self._newest())
        while not self.ended.wait(EVERY_SECONDS):
            newest, now = self._newest(), time.time()
            for meter, ts in newest:
                if ts > seen.get(meter, 0.0):
                    self.lags.append((ts, now - ts))
                    seen[meter] = ts

    def _newest(self) -> list[tuple[int, float]]:
        rows = self._database.rows(
            "SELECT meter_id, extract(epoch FROM last_ts)::float8 FROM meter_state WHERE meter_id = ANY(:meters)",
            meters=self._meters,
        )
        return [(int(meter), float(ts)) for meter, ts in rows]
