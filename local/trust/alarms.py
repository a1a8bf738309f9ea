"""Rooms in which one hour of a heater is sure to raise an alert, and a warden who hears of it."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from local.trust.fleet import Hostel, Table, found, habits, row
from local.trust.sender import Sending
from local.trust.system import System

HOUR = 3_600
HISTORY_DAYS = 21
EVENING_UNITS = 5_000
"""No hour of the history is above 0.5 kWh."""
HEATER_UNITS = 35_000


@dataclass(frozen=True)
class Alarms:
    """A hostel with three quiet weeks behind it, up to the hour before `hour`."""

    system: System
    hostel: Hostel
    hour: int
    warden: str

    @classmethod
    def of(cls, system: System, name: str, rooms: int) -> "Alarms":
        warden = f"warden@{name}-{time.time_ns() // 1_000_000:x}.wattwarden.example"
        hostel = found(system, name, rooms, users=[{"email": warden, "name": "Trust Warden", "role": "warden"}])
        hour = int(time.time()) // HOUR * HOUR
        seconds = np.arange(hour - HISTORY_DAYS * 24 * HOUR, hour, HOUR, dtype=np.int64)
        past = habits(np.random.default_rng(9), list(hostel.meters), seconds, HOUR)
        quiet = Table(past.serials, past.meter, past.second, np.minimum(past.units, EVENING_UNITS), past.register)
        sending = Sending(system.cloud.url, [list(quiet.posts(hostel))])
        sending.start()
        sending.join()
        system.settle()
        return cls(system, hostel, hour, warden)

    def heat(self, room: int) -> str:
        """An hour of a heater in that room; returns the room's name once the door has taken it."""
        serials = list(self.hostel.meters)
        sending = Sending(self.system.cloud.url, [list(row(serials, room, self.hour, HEATER_UNITS).posts(self.hostel))])
        sending.start(0.0)
        sending.join()
        return serials[room]

    def tier(self, room: str) -> str | None:
        """The tier that judged the room's hour abnormal; None when nothing has."""
        found_rows = self._anomaly(room)
        return str(found_rows[0][0]) if found_rows else None

    def stamped_model(self, room: str) -> str | None:
        """The model version the anomaly names."""
        found_rows = self._anomaly(room)
        return found_rows[0][1] if found_rows else None

    def _anomaly(self, room: str) -> list[list[Any]]:
        return self.system.look(
            lambda database: database.rows(
                "SELECT tier, model_version FROM anomalies WHERE meter_id = :meter AND ts = to_timestamp(:second)",
                meter=self.hostel.meters[room],
                second=self.hour,
            )
        )

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts of the hostel by the API."""
        found_alerts: list[dict[str, Any]] = []
        before = ""
        while True:
            page = self.system.admin().get(f"/alerts?hostel_id={self.hostel.hostel_id}&limit=200{before}")
            found_alerts += page["alerts"]
            if not page["next_before"]:
                return found_alerts
            before = f"&before={page['next_before']}"

    def messages(self) -> list[str]:
        """Rooms whose alerts the warden was told of by email, in the order of the messages; a room twice if told twice."""
        texts = [message["subject"] for message in self.system.outbox(self.warden)]
        return [room for text in texts for room in self.hostel.rooms if room in text]
