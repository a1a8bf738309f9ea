"""Row 11: what happens to all rooms at once is told once."""

import time
from functools import partial

import numpy as np

from local.database import Database
from verify.trust.alarms import EVENING_UNITS
from verify.trust.fleet import Hostel, Table, found, habits
from verify.trust.report import Findings, Form, Row
from verify.trust.rows.sameness import DAY, HOUR, send
from verify.trust.system import System

WARDEN = {"email": "warden@grouping.wattwarden.example", "name": "Trust Warden", "role": "warden"}
HISTORY_DAYS = 16
DEAD_HOURS = 6
SAG_VOLTS = 178.0
MOST_ALERTS = 3
QUIET_SECONDS = 75.0
"""Longer than the minute after which what a crash left behind is sent."""


def together(system: System, form: Form, findings: Findings) -> None:
    rooms = 60 if form is Form.SHORT else 500
    findings.figures["rooms"] = rooms
    hour = int(time.time()) // HOUR * HOUR
    dead = _quiet(system, "dead", rooms, hour - DEAD_HOURS * HOUR)
    sagging = _quiet(system, "sagging", rooms, hour - HOUR)
    for minute_of, hostel, hours, factor, volts in (
        ("load", dead, DEAD_HOURS, 0, None),
        ("voltage", sagging, 1, 1, SAG_VOLTS),
    ):
        seconds = np.arange(hour - (hours - 1) * HOUR, hour + 1, HOUR, dtype=np.int64)
        table = habits(np.random.default_rng(11), list(hostel.meters), seconds, HOUR)
        fallen = Table(table.serials, table.meter, table.second, factor * table.units // 2, table.register)
        send(system, list(fallen.posts(hostel, voltage=volts)))
        system.settle()
        time.sleep(QUIET_SECONDS)
        incidents = int(system.look(partial(_incidents, hostel_id=hostel.hostel_id)))
        alerts = system.admin().get(f"/alerts?hostel_id={hostel.hostel_id}&limit=200")["alerts"]
        findings.figures |= {
            f"incidents_when_{minute_of}_drops": incidents,
            f"alerts_when_{minute_of}_drops": len(alerts),
            f"titles_when_{minute_of}_drops": "; ".join(sorted({alert["title"] for alert in alerts})[:5]),
        }
        findings.claims[f"the {minute_of} of all rooms drops: the detector sees it in at least half of them"] = (
            incidents >= rooms / 2
        )
        findings.claims[f"the {minute_of} of all rooms drops: at most {MOST_ALERTS} alerts"] = (
            0 < len(alerts) <= MOST_ALERTS
        )


def _quiet(system: System, name: str, rooms: int, end: int) -> Hostel:
    """A hostel with a quiet fortnight behind it, the last reading at `end`."""
    hostel = found(system, name, rooms, users=[WARDEN])
    seconds = np.arange(end - HISTORY_DAYS * DAY, end + 1, HOUR, dtype=np.int64)
    past = habits(np.random.default_rng(10), list(hostel.meters), seconds, HOUR)
    quiet = Table(past.serials, past.meter, past.second, np.minimum(past.units, EVENING_UNITS), past.register)
    send(system, list(quiet.posts(hostel)))
    system.settle()
    return hostel


def _incidents(database: Database, hostel_id: int) -> float:
    return database.number("SELECT count(DISTINCT room_id) FROM incidents WHERE hostel_id = :id", id=hostel_id)


ROWS = (
    Row(
        11,
        "500 rooms drop together",
        "at most 3 alerts",
        """Two hostels of 500 rooms with sixteen quiet days behind them. In one the load of every room falls to
        nothing for six hours (a feeder is cut behind the meters), in the other every meter reports 178 V. The
        rooms with an incident are counted in the database, so that silence of the detector is no success; the
        alerts are those of the API, after more than the minute in which leftovers are sent.""",
        "`tests/integration/test_alerts.py`, `tests/unit/usecases/test_waves.py`",
        together,
    ),
)
