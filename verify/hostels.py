"""Hostels made up to be measured: what the administrator sets up."""

from collections.abc import Iterable, Sequence
from typing import Any


def hostel_body(
    name: str, rooms: Iterable[dict[str, Any]], *, timezone: str = "UTC", users: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "timezone": timezone,
        "currency": "EUR",
        "price_per_kwh": "0.30",
        "latitude": 50.0,
        "longitude": 8.0,
        "rooms": list(rooms),
        "users": list(users),
    }


def room_body(name: str, *, block: str, floor: int = 0, beds: int = 4, **meter: Any) -> dict[str, Any]:  # noqa: ANN401 as the API takes it
    """With one meter, hourly unless said otherwise, of the same name."""
    meters = [{"serial": name, "interval_minutes": 60} | meter]
    return {"name": name, "block": block, "floor": floor, "beds": beds, "meters": meters}
