"""A weather service in Open-Meteo's answer format, fed by the generator: what the demo hostel's rooms feel is served.

GET /v1/forecast?latitude=&longitude=&past_days=&forecast_days= and GET /v1/archive?...&start_date=&end_date=.
"""

import json
from datetime import UTC, date, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from local.demo.scenario import LATITUDE, LONGITUDE, SEED, demo_hostel
from simulator.climate import CLIMATES, SPELL_DAYS, Climate, weather
from simulator.clock import Clock
from simulator.noise import DayNoise

LONGEST_DAYS = 3_700
EPOCH = date(1970, 1, 1)


def climate_at(latitude: float, longitude: float) -> tuple[Climate, int, str]:
    """Climate, seed and time zone of a place: the demo hostel's own at its door, a plausible one elsewhere."""
    if abs(latitude - LATITUDE) < 1 and abs(longitude - LONGITUDE) < 1:
        spec = demo_hostel()
        return spec.climate, spec.seed, spec.timezone
    name = "southern" if latitude < -15 else "temperate" if latitude > 35 else "humid"  # noqa: PLR2004 degrees
    offset = round(longitude / 15)
    return CLIMATES[name], SEED + round(100 * latitude) + 20_000, f"Etc/GMT{-offset:+d}"


def hourly(latitude: float, longitude: float, first_day: int, days: int) -> dict[str, Any]:
    """The answer for whole UTC days, days since 1970."""
    climate, seed, timezone = climate_at(latitude, longitude)
    margin = SPELL_DAYS + 2
    noise = DayNoise(seed, first_day - margin, days + margin + 1)
    clock = Clock.of(noise.first_day, noise.days, timezone)
    temperature, humidity = weather(climate, noise, clock)
    kept = slice(margin * 24, (margin + days) * 24)
    stamps = [datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M") for second in clock.start[kept]]
    return {
        "latitude": latitude,
        "longitude": longitude,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "hourly_units": {"time": "iso8601", "temperature_2m": "°C", "relative_humidity_2m": "%"},
        "hourly": {
            "time": stamps,
            "temperature_2m": np.round(temperature[kept], 1).tolist(),
            "relative_humidity_2m": np.round(humidity[kept]).astype(int).tolist(),
        },
    }


def answer(target: str, today: date) -> tuple[HTTPStatus, dict[str, Any]]:
    """The response to GET `target`; errors are told as Open-Meteo tells them."""
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        latitude, longitude = float(query["latitude"]), float(query["longitude"])
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 the globe
            return _refused("latitude or longitude is out of range")
        if "start_date" in query:
            first = date.fromisoformat(query["start_date"])
            last = date.fromisoformat(query["end_date"])
        elif parts.path.endswith("/forecast"):
            first = date.fromordinal(today.toordinal() - int(query.get("past_days", 0)))
            last = date.fromordinal(today.toordinal() + int(query.get("forecast_days", 7)) - 1)
        else:
            return _refused("start_date and end_date are required", HTTPStatus.BAD_REQUEST)
    except (KeyError, ValueError) as error:
        return _refused(f"a parameter is missing or malformed: {error}")
    days = (last - first).days + 1
    if not 1 <= days <= LONGEST_DAYS:
        return _refused("end_date must not lie before start_date, nor years after")
    return HTTPStatus.OK, hourly(latitude, longitude, (first - EPOCH).days, days)


def _refused(reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> tuple[HTTPStatus, dict[str, Any]]:
    return status, {"error": True, "reason": reason}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if urlsplit(self.path).path not in ("/v1/forecast", "/v1/archive"):
            status, content = _refused("not found", HTTPStatus.NOT_FOUND)
        else:
            status, content = answer(self.path, datetime.now(UTC).date())
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Say nothing: it is asked every hour."""


def server(port: int) -> ThreadingHTTPServer:
    """A server on 127.0.0.1; port 0 picks a free one (`server_address[1]`)."""
    return ThreadingHTTPServer(("127.0.0.1", port), _Handler)
