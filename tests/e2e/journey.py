"""What the journeys share: a hostel of their own, people's and gateways' ways in, and patience."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pg8000.dbapi
from websockets.asyncio.client import connect

from local.demo.admin import Admin
from local.demo.gateway import Gateway, as_body, key_of
from local.demo.http import Connection
from tools.cloud import Cloud, State

HOUR = timedelta(hours=1)


@dataclass
class Hostel:
    """A hostel in the running system with its gateway; its meters bear the names of their rooms."""

    code: str
    cloud: Cloud
    admin: Admin
    gateway: Gateway
    key: str
    hostel_id: int
    rooms: dict[str, int]

    def push(self, *readings: dict[str, Any]) -> dict[str, Any]:
        return self.gateway.push("readings", as_body("readings", readings))

    def stored(self) -> int:
        """Readings of this hostel in the database."""
        sql = "SELECT count(*) FROM readings JOIN meters ON meters.id = meter_id WHERE hostel_id = %s"
        return int(query(self.cloud, sql, self.hostel_id)[0][0])

    def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin.get(f"/alerts?hostel_id={self.hostel_id}")["alerts"]
        return found


def found_hostel(cloud: Cloud, state: State, name: str, rooms: int) -> Hostel:
    """Set up a new hostel with one meter per room, a warden who has an email address and a phone, and a gateway."""
    code = f"{name}-{time.time():.0f}"
    phone = f"+9198{time.time() % 1e8:08.0f}"
    admin = Admin(cloud)
    names = [f"R{n:02}" for n in range(1, rooms + 1)]
    setup = {
        "name": f"Journey {code}",
        "timezone": "Asia/Kolkata",
        "currency": "INR",
        "price_per_kwh": "8.00",
        "latitude": 12.97,
        "longitude": 77.59,
        "rooms": [
            {
                "name": name,
                "block": "A",
                "floor": 1,
                "beds": 2,
                "has_ac": False,
                "meters": [{"serial": name}],
            }
            for name in names
        ],
        "users": [
            {"email": f"warden@{code}.example.com", "name": "Warden", "role": "warden", "phone": phone},
        ],
    }
    hostel_id = int(admin.call("PUT", f"/hostels/{code}", setup)["hostel_id"])
    key = key_of(code, hostel_id, admin, cloud, state)
    listed = admin.get(f"/hostels/{hostel_id}/rooms")["rooms"]
    return Hostel(
        code, cloud, admin, Gateway(cloud.url, key), key, hostel_id, {r["name"]: r["room_id"] for r in listed}
    )


def hourly(meter: str, hours: int, until: datetime, kwh: float = 0.18, **extra: Any) -> Iterator[dict[str, Any]]:
    """`hours` readings of a quiet room, the last one stamped `until`; evenings take a little more."""
    for back in range(hours - 1, -1, -1):
        at = until - back * HOUR
        evening = 0.12 if 14 <= at.hour <= 17 else 0.0
        wobble = 0.01 * ((at.day * 7 + at.hour * 3) % 5)
        yield {
            "meter": meter,
            "timestamp": at.isoformat(),
            "kwh": round(kwh + evening + wobble, 4),
            "voltage": 231.0,
        } | extra


def whole_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def eventually[T](look: Callable[[], T], done: Callable[[T], bool], seconds: float = 30.0) -> T:
    """Look until it is done.

    Raises:
        AssertionError: it was not in time; the last look is shown.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if done(seen):
            return seen
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s; last seen: {str(seen)[:2000]}"
        time.sleep(0.25)


def query(cloud: Cloud, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows straight from the database, which no role but the test's can reach."""
    database = cloud.database
    with pg8000.dbapi.connect(
        user=database["username"],
        password=database["password"],
        host=database["host"],
        port=int(database["port"]),
        database=database["dbname"],
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        return [tuple(row) for row in cursor.fetchall()]


def outbox(cloud: Cloud) -> list[dict[str, Any]]:
    """Every email and SMS that would have left."""
    shown = Connection(cloud.url).patiently("GET", "/outbox.json").json()
    messages: list[dict[str, Any]] = shown["messages"] if isinstance(shown, dict) else shown
    return messages


def live_messages(
    admin: Admin, cloud: Cloud, act: Callable[[], Any], wanted: Callable[[dict[str, Any]], bool]
) -> float:
    """Open the WebSocket as this person, act, and return how many seconds later the wanted message arrived."""

    async def listen() -> float:
        ticket = admin.call("POST", "/live/tickets")["ticket"]
        address = cloud.url.replace("http", "ws", 1) + f"/live?ticket={ticket}"
        async with connect(address) as socket:
            start = time.monotonic()
            await asyncio.to_thread(act)
            async with asyncio.timeout(30):
                while True:
                    if wanted(json.loads(await socket.recv())):
                        return time.monotonic() - start

    return asyncio.run(listen())
