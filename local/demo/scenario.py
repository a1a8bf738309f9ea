"""The demo hostel: who lives in it, who watches it, and what just went wrong."""

from typing import Any

from simulator.climate import CLIMATES
from simulator.clock import HOUR
from simulator.events import Event, Fault
from simulator.generator import Hostel
from simulator.noise import fixed

CODE = "demo"
SEED = 42
BLOCKS = ("A", "B", "C")
LATITUDE, LONGITUDE = 12.97, 80.22
HISTORY_WEEKS = 8


def room_names(rooms: int = 24) -> list[str]:
    """Three blocks of three floors: A-101 ... C-302, half of each block's rooms on its second floor."""
    names = []
    for index, block in enumerate(BLOCKS):
        size = rooms // len(BLOCKS) + (index < rooms % len(BLOCKS))
        middle = size - 2 * (size // 4)
        for floor, count in enumerate((size // 4, middle, size // 4), start=1):
            names += [f"{block}-{floor}{number:02d}" for number in range(1, count + 1)]
    return names


def serial(room: str) -> str:
    return "WW-" + room.replace("-", "")


def demo_hostel(rooms: int = 24) -> Hostel:
    """Its generator: Chennai, a third of the rooms with air conditioning, few faults of its own."""
    rng = fixed(SEED, "demo rooms")
    return Hostel(
        seed=SEED,
        timezone="Asia/Kolkata",
        climate=CLIMATES["humid"],
        beds=tuple(int(beds) for beds in rng.choice((2, 4, 4, 6), rooms)),
        has_ac=tuple(bool(ac) for ac in rng.random(rooms) < 0.34),  # noqa: PLR2004 every third room
        event_rate=0.25,
    )


def setup_body(spec: Hostel) -> dict[str, Any]:
    """What PUT /api/v1/hostels/demo takes."""
    return {
        "name": "Demo Hostel",
        "timezone": spec.timezone,
        "currency": "INR",
        "price_per_kwh": "8.50",
        "latitude": LATITUDE,
        "longitude": LONGITUDE,
        "rooms": [
            {
                "name": name,
                "block": name[0],
                "floor": int(name[2]),
                "beds": beds,
                "has_ac": has_ac,
                "meters": [{"serial": serial(name), "interval_minutes": 60, "nominal_voltage": spec.nominal_voltage}],
            }
            for name, beds, has_ac in zip(room_names(spec.rooms), spec.beds, spec.has_ac, strict=True)
        ],
        "users": [
            _user("warden.a@demo.wattwarden.example", "Asha Nair", "warden", "+919800000001"),
            _user("warden.b@demo.wattwarden.example", "Bala Krishnan", "warden", "+919800000002"),
            _user("manager@demo.wattwarden.example", "Chitra Rao", "manager", "+919800000003"),
            _user("viewer@demo.wattwarden.example", "Dev Menon", "viewer", None),
        ],
    }


def _user(email: str, name: str, role: str, phone: str | None) -> dict[str, Any]:
    return {"email": email, "name": name, "role": role, "phone": phone}


def recent_faults(end: float, rooms: int = 24) -> tuple[Event, ...]:
    """What went wrong in the last three days before `end` (epoch seconds, a full hour)."""
    names = room_names(rooms)

    def fault(room: str, kind: Fault, hours_ago: float, hours: float, size: float) -> Event:
        start = end - hours_ago * HOUR
        return Event(names.index(room), kind, start, start + hours * HOUR, size)

    return (
        fault("A-202", Fault.HEATER, 62, 4, 1.8),
        fault("C-203", Fault.ZERO, 50, 14, 0.0),
        fault("B-201", Fault.EMPTY_LOAD, 31, 8, 0.9),
        fault("A-301", Fault.UNDERVOLTAGE, 26, 6, 45),
        fault("C-301", Fault.STUCK, 20, 12, 1.0),
        fault("C-202", Fault.HEATER, 5, 5, 2.2),
        fault("A-102", Fault.POWER_FACTOR, 30, 28, 0.33),
    )
