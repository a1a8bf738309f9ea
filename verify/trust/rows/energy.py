"""Rows 13 and 14: days that are not 24 hours long, and registers that do not simply go up."""

import csv
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isclose, isnan, nan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from local.demo.setup import iso
from local.ledger import UNIT_KWH
from tools.cloud import REPOSITORY
from verify.sender import Post
from verify.trust.fleet import Hostel, Table, found
from verify.trust.report import Findings, Form, Row
from verify.trust.rows.sameness import DAY, HOUR, send
from verify.trust.system import System

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Beirut")
"""One shifts by half an hour, two at midnight, so that a day begins at one or has midnight twice."""
QUARTER = 900
ONE_WH = 0.001
GOLDEN = REPOSITORY / "tests" / "golden" / "meters.csv"
MOST_KW = 20.0
FEWEST_CASES = 12


# -- row 13 -----------------------------------------------------------------------------------------------------------


def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which the day begins there, epoch seconds: the first whose local date it is."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp()
    if datetime.fromtimestamp(start, zone).date() < day:  # midnight does not exist
        start += HOUR
    return int(start)


def odd_days(zone: ZoneInfo, today: date) -> list[date]:
    """The last day shorter than 24 hours and the last longer one, at least three days ago."""
    days = [today - timedelta(days=back) for back in range(3, 400)]
    lengths = {day: midnight(day + timedelta(days=1), zone) - midnight(day, zone) for day in days}
    return [
        next(day for day, length in lengths.items() if length < DAY),
        next(day for day, length in lengths.items() if length > DAY),
    ]


@dataclass(frozen=True)
class Told:
    """Three days around an odd one, told by a register and by a meter of intervals (the next one)."""

    hostel: Hostel
    meter: int
    day: date
    starts: list[int]
    """Midnights: of the day before, of the day, and of the two after."""
    register: Table


def odd_length_days(system: System, _: Form, findings: Findings) -> None:
    told: list[Told] = []
    for zone_name in ZONES:
        zone = ZoneInfo(zone_name)
        hostel = found(
            system, zone_name.lower().replace("/", "-").replace("_", "-"), 4, timezone=zone_name, meter=_kind
        )
        for meter, day in zip((0, 2), odd_days(zone, datetime.now(zone).date()), strict=True):
            starts = [midnight(day + timedelta(days=shift), zone) for shift in (-1, 0, 1, 2)]
            tables = _register_and_intervals(hostel, meter, starts)
            send(system, *(list(table.posts(hostel)) for table in tables))
            told.append(Told(hostel, meter, day, starts, tables[0]))
    system.settle()
    differences = [difference for one in told for difference in _differences(system, one)]
    findings.figures |= {
        "days": {
            f"{one.hostel.setup['timezone']} {one.day}": f"{(one.starts[2] - one.starts[1]) / HOUR:g} h" for one in told
        },
        "days_compared": len(differences),
        "largest_difference_wh": round(1_000 * max(kwh for kwh, _ in differences), 4),
    }
    findings.claims["each day's energy equals the register's difference between its midnights, to 1 Wh"] = all(
        kwh <= ONE_WH for kwh, _ in differences
    )
    findings.claims["each such day counts as wholly measured"] = all(
        isclose(coverage, 1.0, abs_tol=1e-6) for _, coverage in differences
    )


def _differences(system: System, told: Told) -> Iterator[tuple[float, float]]:
    """For each of both meters' days: kWh between the API and the register, and the share that was measured."""
    at = dict(zip(told.register.second.tolist(), told.register.units.tolist(), strict=True))
    for meter in (told.meter, told.meter + 1):
        points = _days(system, told.hostel, meter, told.starts)
        for begin, end, shift in zip(told.starts[:-1], told.starts[1:], (-1, 0, 1), strict=True):
            point = points.get(told.day + timedelta(days=shift), {"kwh": None, "coverage": 0.0})
            kwh = float("inf") if point["kwh"] is None else point["kwh"]
            yield abs(kwh - (at[end] - at[begin]) * UNIT_KWH), point["coverage"]


def _kind(number: int) -> dict[str, Any]:
    return {"interval_minutes": QUARTER / 60, "measures": "interval" if number % 2 else "register"}


def _register_and_intervals(hostel: Hostel, meter: int, starts: list[int]) -> tuple[Table, Table]:
    """Three days of quarter-hours: a register from the first midnight to the last, and a meter that says the same."""
    seconds = np.arange(starts[0], starts[-1] + 1, QUARTER, dtype=np.int64)
    used = np.random.default_rng(starts[0]).integers(0, 4_000, len(seconds))
    serials = list(hostel.meters)
    column = np.full(len(seconds), meter, dtype=np.int64)
    register = Table(serials, column, seconds, 12_345_678 + np.cumsum(used), column >= 0)
    intervals = Table(serials, column + 1, seconds, used, column < 0)
    return register, intervals.take(np.arange(1, len(seconds)))


def _days(system: System, hostel: Hostel, meter: int, starts: list[int]) -> dict[date, dict[str, Any]]:
    """The API's daily points around the three days, by local date."""
    room = hostel.rooms[list(hostel.meters)[meter]]
    period = f"from={iso(starts[0] - 9 * DAY)}&to={iso(starts[-1] + 9 * DAY)}"
    series = system.admin().get(f"/rooms/{room}/series?{period}")
    if series["resolution"] != "day":
        raise ValueError(f"asked for three weeks, got points by {series['resolution']}")
    zone = ZoneInfo(series["timezone"])
    return {datetime.fromisoformat(point["start"]).astimezone(zone).date(): point for point in series["points"]}


# -- row 14 -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A golden case. Times are seconds after a midnight."""

    name: str
    meter: dict[str, Any]
    changes: list[dict[str, Any]]
    arrivals: list[tuple[int, float, bool]]
    """(time, value, whether it is a register's), as they arrive."""
    expected: dict[int, float]
    """Energy by time; NaN: unknown."""
    total: float
    codes: list[str]


def cases() -> Iterator[Case]:
    with GOLDEN.open(newline="") as file:
        for line in csv.DictReader(file):
            kind = line["meter"]
            digits, minutes = re.search(r"(\d+) digits", kind), re.search(r"(\d+) min", kind)
            expected = [part.rsplit(" ", 1) for part in line["expected kWh"].split("; ")]
            arrivals = [part.split("=") for part in line["readings as they arrive"].split("; ")]
            yield Case(
                name=f"{line['case']}: {line['what happened']}",
                meter={
                    "measures": "interval" if kind.startswith("interval") else "register",
                    "interval_minutes": int(minutes[1]) if minutes else 60,
                    "register_digits": int(digits[1]) if digits else None,
                    "max_kw": MOST_KW,
                },
                changes=[_change(part) for part in line["changes"].split("; ") if part],
                arrivals=[(_seconds(at), float(value), value[0] != "+") for at, value in arrivals],
                expected={_seconds(at): nan if value == "unknown" else float(value) for at, value in expected},
                total=float(line["expected total kWh"]),
                codes=line["reason codes"].split(),
            )


def _seconds(text: str) -> int:
    """`3d 08:30` after midnight."""
    days, _, clock = text.rpartition(" ")
    hours, minutes = clock.split(":")
    return int(days.removesuffix("d") or 0) * DAY + int(hours) * HOUR + int(minutes) * 60


def _change(text: str) -> dict[str, Any]:
    """`08:30 replaced 502.0 -> ?` or `08:30 ratio 101.0 x5` as the API takes it, but for the day."""
    at, kind, *rest = text.split()
    numbers = [None if word == "?" else float(word.removeprefix("x")) for word in rest if word != "->"]
    change: dict[str, Any] = {"at": _seconds(at), "kind": kind}
    if kind == "replaced":
        return change | {"register_before": numbers[0], "register_after": numbers[1]}
    return change | {"multiplier": numbers[-1]} | ({"register_before": numbers[0]} if len(numbers) > 1 else {})


def golden(system: System, _: Form, findings: Findings) -> None:
    all_cases = list(cases())
    hostel = found(system, "golden", len(all_cases), meter=lambda number: all_cases[number].meter)
    day = int(time.time()) // DAY * DAY - 10 * DAY
    _say_changes(system, hostel, all_cases, day, after=False)
    for number in range(max(len(case.arrivals) for case in all_cases)):
        send(system, [_arrivals(hostel, all_cases, day, number)])
        system.drain()
    system.settle()
    _say_changes(system, hostel, all_cases, day, after=True)
    system.settle()
    wrong, phantom = [], 0.0
    for case, (serial, room) in zip(all_cases, hostel.rooms.items(), strict=True):
        readings = system.admin().get(f"/rooms/{room}/readings")["readings"]
        found_kwh = {
            round(datetime.fromisoformat(reading["ts"]).timestamp()) - day: reading["kwh"] for reading in readings
        }
        by_time = sorted(readings, key=lambda reading: str(reading["ts"]))
        series = system.admin().get(f"/rooms/{room}/series?from={iso(day - DAY)}&to={iso(day + 19 * DAY)}")["points"]
        total = sum(point["kwh"] or 0.0 for point in series)
        phantom += max(0.0, total - case.total)
        same = found_kwh.keys() == case.expected.keys() and all(
            (found_kwh[at] is None)
            if isnan(kwh)
            else (found_kwh[at] is not None and abs(found_kwh[at] - kwh) < UNIT_KWH)
            for at, kwh in case.expected.items()
        )
        codes = [str(reading["quality"]) for reading in by_time]
        if not (same and codes == case.codes and abs(total - case.total) < UNIT_KWH):
            wrong.append(f"{case.name} ({serial}: {total:.4f} kWh for {case.total}, {' '.join(codes)})")
    findings.figures |= {"cases": len(all_cases), "phantom_wh": 1_000 * phantom}
    if wrong:
        findings.figures["wrong"] = "; ".join(wrong)
    findings.claims[f"at least {FEWEST_CASES} cases"] = len(all_cases) >= FEWEST_CASES
    findings.claims["every interval's energy, its reason and the day's sum are what was agreed"] = not wrong
    findings.claims["0 phantom Wh"] = phantom < UNIT_KWH


def _say_changes(system: System, hostel: Hostel, all_cases: list[Case], day: int, *, after: bool) -> None:
    """Every other case's changes are said before its readings arrive, the others' afterwards."""
    admin = system.admin()
    for number, (case, meter_id) in enumerate(zip(all_cases, hostel.meters.values(), strict=True)):
        if number % 2 == after:
            for change in case.changes:
                said = {name: value for name, value in change.items() if value is not None}
                admin.call("POST", f"/meters/{meter_id}/changes", said | {"at": iso(day + change["at"])})


def _arrivals(hostel: Hostel, all_cases: list[Case], day: int, number: int) -> Post:
    """What arrives number `number` of each case's meter, in one request."""
    rows = [
        (meter, day + case.arrivals[number][0], round(case.arrivals[number][1] / UNIT_KWH), case.arrivals[number][2])
        for meter, case in enumerate(all_cases)
        if number < len(case.arrivals)
    ]
    meter, second, units, register = (np.array(column) for column in zip(*rows, strict=True))
    [post] = Table(list(hostel.meters), meter, second, units, register).posts(hostel)
    return post


ROWS = (
    Row(
        13,
        "23- and 25-hour days, five time zones",
        "sum of intervals equals the register to 1 Wh",
        """In five zones, one that shifts by half an hour and two that shift at midnight: the last short and the
        last long day with the day before and after, by a register read every quarter of an hour and by a meter
        that sends the same energy as intervals. The API's daily series is compared with the register's
        difference between local midnights.""",
        "`tests/integration/test_rollups.py`, `tests/unit/usecases/test_energy_days.py`",
        odd_length_days,
    ),
    Row(
        14,
        "register reset, rollover, replacement, CT ratio change",
        "0 phantom Wh over 12 golden cases",
        """All cases of `tests/golden/meters.csv`, each a meter of its own, sent through the door in the order of
        arrival, a request for each arrival; changes of meters are said by the API, for half the cases only
        after the readings. Each interval's energy and reason code are read from the API and compared with the
        table, and so is the sum of the API's daily series: what that has beyond the table's total is phantom
        energy.""",
        "`tests/unit/usecases/test_energy_golden.py`",
        golden,
    ),
)
