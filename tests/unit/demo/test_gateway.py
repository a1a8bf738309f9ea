"""A gateway keeps order and loses nothing at a busy door; the bench counts delays from when a call was due."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from local.demo.gateway import Gateway, as_body, key_of
from local.demo.http import HttpError
from local.demo.replay import send
from local.demo.tables import detect, extract
from tests.unit.demo.test_replay import table
from tools.cloud import Cloud, State
from verify.bench.throughput import Hostel, each_period
from verify.figures import percentile
from verify.sender import Sending

NOW = 1_795_478_400.0


class Door(ThreadingHTTPServer):
    """Answers /v1/readings as the product does; the first answers may be others, and each takes `pause` seconds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, Any]] = []
        self.clocks: list[str] = []
        self.first: list[tuple[int, dict[str, str]]] = []
        self.pause = 0.0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        items = body.get("readings")
        self.server.clocks += [body["sent_at"]] if "sent_at" in body else []
        time.sleep(self.server.pause)
        if self.headers["x-api-key"] != "good":
            self._answer(403, {})
        elif self.server.first:
            status, headers = self.server.first.pop(0)
            self._answer(status, {}, headers)
        else:
            with self.server.lock:
                self.server.taken += items
            self._answer(202 if items else 400, {"accepted": len(items), "refused": []})

    def _answer(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def open_door() -> Iterator[Door]:
    door = Door()
    thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        door.shutdown()
        door.server_close()
        thread.join()


def item(number: int) -> dict[str, Any]:
    return {"meter": f"m{number}", "timestamp": "2026-01-01T00:00:00Z", "kwh": 1.0}


def test_a_busy_door_is_asked_again_and_nothing_is_sent_twice() -> None:
    with open_door() as door, Gateway(door.url, "good") as gateway:
        door.first = [(429, {"Retry-After": "0"}), (503, {})]
        tally = gateway.push_all("readings", [item(number) for number in range(2_500)])
        assert tally.accepted == 2_500
        assert [taken["meter"] for taken in door.taken] == [f"m{number}" for number in range(2_500)]


def test_a_refused_request_is_not_repeated() -> None:
    with open_door() as door, Gateway(door.url, "bad") as gateway, pytest.raises(HttpError) as refusal:
        gateway.push("readings", as_body("readings", [item(1)]))
    assert refusal.value.status == 403


class FakeAdmin:
    def __init__(self) -> None:
        self.calls = 0

    def call(self, *_: object) -> dict[str, str]:
        self.calls += 1
        return {"key": "good"}


def test_a_key_is_made_once_and_again_when_it_no_longer_opens_the_door(tmp_path: Path) -> None:
    admin, state = FakeAdmin(), State(tmp_path, 1)
    with open_door() as door:
        cloud = Cloud(door.url, "", "", {}, {}, {})
        for _ in range(2):
            assert key_of("demo", 1, admin, cloud, state) == "good"  # type: ignore[arg-type]
        assert admin.calls == 1
        file = tmp_path / "gateways.json"
        assert file.stat().st_mode & 0o777 == 0o600
        file.write_text(file.read_text().replace("good", "revoked"))
        key_of("demo", 1, admin, cloud, state)  # type: ignore[arg-type]
        assert admin.calls == 2


def test_a_replay_over_several_connections_sends_each_reading_once_and_each_meter_in_order() -> None:
    rows = extract(table(), detect(["b", "ts", "kwh"]), missing_zero=False)
    with open_door() as door:
        sent = send(rows, door.url, "good", 3, lambda _: None)
        assert sent.tally.accepted == len(rows.ts) == len(door.taken)
        for meter in rows.meters:
            stamps = [reading["timestamp"] for reading in door.taken if reading["meter"] == meter]
            assert len(stamps) == 400
            assert stamps == sorted(set(stamps))


def test_what_a_gateway_sends_says_when_by_its_own_clock_also_when_it_is_sent_again() -> None:
    with open_door() as door, Gateway(door.url, "good") as gateway:
        door.first = [(503, {})]
        gateway.push("readings", as_body("readings", [item(1)]))
        first, second = (datetime.fromisoformat(clock) for clock in door.clocks)
        assert first < second <= datetime.now(UTC)


def test_a_stall_shows_in_every_request_it_held_up() -> None:
    hostel = Hostel(0, 1, "good", list(range(5)))
    with open_door() as door:
        door.pause = 0.06
        posts = each_period(hostel, range(5), offset_s=0.0, period_s=0.02, ticks=4, epoch=lambda: NOW)
        sending = Sending(door.url, [posts])
        sending.start(0.0)
        sending.join()
        assert len(sending.accepted()) == sending.taken() == len(door.taken) == 20
        delays_ms = sending.heard().delays_ms()
        assert delays_ms == sorted(delays_ms)
        assert delays_ms[-1] > 150


def test_percentiles_of_nothing_are_nothing() -> None:
    assert percentile([], 95) is None
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
