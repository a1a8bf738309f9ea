"""Rooms in which one hour of a heater is sure to raise an alert, and a warden who hears of it."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.sender import Sending
from verify.trust.fleet import Hostel, Table, found, habits, row
from verify.trust.system import System

HOUR = 3_600
HISTORY_DAYS = 21
EVENING_UNITS = 5_000
"""No hour of the history is above 0.5 kWh."""
HEATER_UNITS = 35_000
ALONE = 4
"""So many rooms of a hostel may be hot at once without being taken for one event of the hostel."""


@dataclass(frozen=True)
class Alarms:
    """Rooms with three quiet weeks behind them, up to the hour before `hour`; one warden for all."""

    system: System
    rooms: dict[str, Hostel]
    hour: int
    warden: str

    @classmethod
    def of(cls, system: System, name: str, rooms: int, *, together: bool = False) -> "Alarms":
        """`together`: in one hostel, whose many faulty rooms are one alert; else as many alerts as rooms."""
        warden = f"warden@{name}-{time.time_ns() // 1_000_000:x}.wattwarden.example"
        users = [{"email": warden, "name": "Trust Warden", "role": "warden"}]
        hour = int(time.time()) // HOUR * HOUR
        seconds = np.arange(hour - HISTORY_DAYS * 24 * HOUR, hour, HOUR, dtype=np.int64)
        in_each = rooms if together else ALONE
        known: dict[str, Hostel] = {}
        posts = []
        for number in range(-(-rooms // in_each)):
            hostel = found(system, f"{name}{number:02d}", min(in_each, rooms - number * in_each), users=users)
            past = habits(np.random.default_rng(number), list(hostel.meters), seconds, HOUR)
            quiet = Table(past.serials, past.meter, past.second, np.minimum(past.units, EVENING_UNITS), past.register)
            posts += list(quiet.posts(hostel))
            known |= dict.fromkeys(hostel.meters, hostel)
        sending = Sending(system.cloud.url, [posts])
        sending.start()
        sending.join()
        system.settle()
        return cls(system, known, hour, warden)

    def heat(self, number: int) -> str:
        """An hour of a heater in that room; returns the room's name once the door has taken it."""
        room, hostel = list(self.rooms.items())[number]
        serials = list(hostel.meters)
        reading = row(serials, serials.index(room), self.hour, HEATER_UNITS)
        sending = Sending(self.system.cloud.url, [list(reading.posts(hostel))])
        sending.start(0.0)
        sending.join()
        return room

    def verdict(self, room: str) -> tuple[str, str | None] | None:
        """The tier that judged the room's hour abnormal, and the model it names; None when nothing has yet."""
        rows = self.system.look(
            lambda database: database.rows(
                "SELECT tier, model_version FROM anomalies WHERE meter_id = :meter AND ts = to_timestamp(:second)",
                meter=self.rooms[room].meters[room],
                second=self.hour,
            )
        )
        return (str(rows[0][0]), rows[0][1]) if rows else None

    @property
    def hostel_ids(self) -> list[int]:
        return sorted({hostel.hostel_id for hostel in self.rooms.values()})

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts of the hostels by the API."""
        admin = self.system.admin()
        return [
            alert
            for hostel_id in self.hostel_ids
            for alert in admin.get(f"/alerts?hostel_id={hostel_id}&limit=200")["alerts"]
        ]

    def messages(self) -> list[str]:
        """Rooms the warden was told of, in the order of the emails; a room twice if told twice."""
        texts = [message["subject"] for message in self.system.outbox(self.warden)]
        return [room for text in texts for room in self.rooms if room in text]

    def notifications(self, what: str) -> list[list[Any]]:
        """What the database says of the messages of these hostels."""
        ids = ", ".join(map(str, self.hostel_ids))
        return self.system.look(
            lambda database: database.rows(f"SELECT {what} FROM notifications WHERE hostel_id IN ({ids})")  # noqa: S608 fixed text and integers
        )
