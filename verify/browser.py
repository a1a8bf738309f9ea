"""A browser that somebody looks into while gateways send."""

import threading
import time
from typing import override

from local.demo.admin import Admin
from local.demo.http import HttpError


class Browser(threading.Thread):
    """Reads rooms, a series and alerts in turn, three times a second, also open-loop, until told to stop."""

    PERIOD_S = 1 / 3

    def __init__(self, admin: Admin, hostel_id: int) -> None:
        super().__init__(daemon=True)
        self._admin = admin
        room_id = admin.get(f"/hostels/{hostel_id}/rooms")["rooms"][0]["room_id"]
        self._paths = (
            f"/hostels/{hostel_id}/rooms",
            f"/rooms/{room_id}/series",
            f"/alerts?hostel_id={hostel_id}",
        )
        self.ended = threading.Event()
        self.delays_ms: dict[str, list[float]] = {"rooms": [], "series": [], "alerts": []}
        self.failed: list[str] = []

    @override
    def run(self) -> None:
        start, number = time.monotonic(), 0
        while not self.ended.is_set():
            due = start + number * self.PERIOD_S
            time.sleep(max(0.0, due - time.monotonic()))
            name, path = list(self.delays_ms)[number % 3], self._paths[number % 3]
            try:
                self._admin.get(path)
                self.delays_ms[name].append(1000 * (time.monotonic() - due))
            except HttpError as error:
                self.failed.append(str(error))
            number += 1
