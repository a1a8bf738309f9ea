"""The demo hostel is a valid set-up, and what its gateway sends is valid too."""

import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from local.demo.scenario import demo_hostel, recent_faults, room_names, setup_body
from local.demo.setup import Progress, head_counts, readings
from local.demo.simulate import MINUTE, Simulation, request_fault, requested_faults
from simulator.clock import DAY, HOUR
from simulator.events import Fault
from simulator.generator import generate
from tools.cloud import State
from wattwarden.contracts.api.hostels import HostelSetup
from wattwarden.contracts.readings import OccupancyIn, ReadingIn

NOW = 1_795_478_400.0  # 2026-11-24T00:00Z, a full hour


def test_the_hostel_has_24_rooms_in_three_blocks_on_three_floors() -> None:
    setup = HostelSetup.model_validate(setup_body(demo_hostel()))
    assert len(setup.rooms) == 24
    assert {room.block for room in setup.rooms} == {"A", "B", "C"}
    assert {room.floor for room in setup.rooms} == {1, 2, 3}
    assert "B-204" in {room.name for room in setup.rooms}
    assert {user.role.value for user in setup.users} == {"warden", "manager", "viewer"}


@pytest.mark.parametrize("rooms", [3, 10, 24, 101])
def test_every_room_has_a_name_of_its_own(rooms: int) -> None:
    assert len(set(room_names(rooms))) == rooms


def test_readings_are_valid_and_in_time_order() -> None:
    data = generate(demo_hostel(), NOW - DAY, NOW, injected=recent_faults(NOW))
    items = [ReadingIn.model_validate(item) for item in readings(data, room_names())]
    assert len(items) == (~data.missing).sum()
    assert all(one.timestamp <= two.timestamp for one, two in itertools.pairwise(items))


def test_head_counts_are_sent_on_change_and_every_six_hours() -> None:
    data = generate(demo_hostel(), NOW - DAY, NOW)
    items = [OccupancyIn.model_validate(item) for item in head_counts(data, room_names())]
    changes = 24 + int((np.diff(data.occupancy, axis=1) != 0).sum())
    assert changes <= len(items) <= changes + 4 * 24
    assert min(item.timestamp for item in items).timestamp() == NOW - DAY


def test_a_requested_fault_is_taken_once(tmp_path: Path) -> None:
    state = State(tmp_path, 1)
    request_fault(state, "B-204", Fault.HEATER, 20, time.time())
    request_fault(state, "nowhere", Fault.HEATER, 20, time.time())
    (event,) = requested_faults(state, room_names(), NOW)
    assert (event.room, event.kind, event.end - event.start) == (room_names().index("B-204"), Fault.HEATER, 1200)
    assert requested_faults(state, room_names(), NOW) == []


def test_progress_survives_a_restart(tmp_path: Path) -> None:
    state = State(tmp_path, 1)
    progress = Progress(3, 24, NOW, NOW - HOUR, recent_faults(NOW))
    assert Progress.load(state) is None
    progress.save(state)
    assert Progress.load(state) == progress


class RecordingGateway:
    def __init__(self) -> None:
        self.sent: list[tuple[str, list[dict[str, object]]]] = []

    def push_all(self, what: str, items: object) -> object:
        from local.demo.gateway import Tally  # noqa: PLC0415

        self.sent.append((what, list(items)))  # type: ignore[call-overload]
        return Tally()

    def readings_of(self, meter: str) -> list[dict[str, object]]:
        return [item for what, items in self.sent if what == "readings" for item in items if item["meter"] == meter]


def simulation(tmp_path: Path, until: float) -> tuple[Simulation, RecordingGateway]:
    gateway = RecordingGateway()
    progress = Progress(1, 24, until, until, ())
    made = Simulation(progress, gateway, State(tmp_path, 1), rooms=24, random_faults=0.0, report=lambda _: None)  # type: ignore[arg-type]
    return made, gateway


def test_a_pause_is_made_up_in_hours_and_then_minutes_without_a_gap(tmp_path: Path) -> None:
    live, gateway = simulation(tmp_path, NOW - 3 * HOUR)
    live.catch_up(NOW + 90, speed=0)
    sent = gateway.readings_of("WW-B204")
    assert [item["interval_minutes"] for item in sent] == [60, 60, 60, 1]
    assert sent[-1]["timestamp"] == "2026-11-24T00:01:00Z"
    assert live.progress.pushed_until == NOW + MINUTE


def test_a_fault_shows_in_the_next_minute_and_is_over_in_time(tmp_path: Path) -> None:
    live, gateway = simulation(tmp_path, NOW)
    request_fault(State(tmp_path, 1), "B-204", Fault.HEATER, 2, NOW)
    for minute in (1, 2, 3):
        live.minute(NOW + minute * MINUTE + 1)
    power = [float(str(item["kwh"])) * 60 for item in gateway.readings_of("WW-B204")]
    assert [kw > 2.9 for kw in power] == [True, True, False]
